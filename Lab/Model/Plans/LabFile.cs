namespace SynapseLab.Plans;

/// <summary>A file of the lab's folder.</summary>
/// <param name="Path">Relative, with slashes: <c>hs1/homeserver.yaml</c>.</param>
/// <param name="Contents">Text, LF line ends.</param>
/// <param name="Executable">Whether it is a script.</param>
public sealed record LabFile(string Path, string Contents, bool Executable = false);
