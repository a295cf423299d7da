using SynapseLab.Yaml;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>The load profiles that the lab knows by name: the files of one folder, <c>profiles/</c>.</summary>
/// <param name="folder">The folder; it need not exist.</param>
public sealed class ProfileLibrary(string folder) : YamlLibrary<ProfileResult>(folder, "load profile")
{
    /// <inheritdoc/>
    protected override (ProfileResult? Read, IReadOnlyList<Problem> Problems) Parse(YamlFile file)
    {
        var result = LoadProfileFile.Parse(file.Shown, file.Bytes);
        return (result.Profile is null ? null : result, result.Problems);
    }
}
