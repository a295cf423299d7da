namespace SynapseLab.LoadTests.Profiles;

/// <summary>A profile, or why there is none.</summary>
/// <param name="Profile">The profile; null where there are problems.</param>
/// <param name="Text">The file's text.</param>
/// <param name="Problems">What is wrong with the file, in the order of its lines.</param>
/// <param name="Places">Line of each key that the file has, such as <c>rooms.members</c>, as <c>profiles/my.yaml:7</c>; for problems that
/// only show later, with a topology.</param>
public sealed record ProfileResult(
    LoadProfile? Profile, string Text, IReadOnlyList<Problem> Problems, IReadOnlyDictionary<string, string> Places);
