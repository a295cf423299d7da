using SynapseLab.Yaml;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>The profiles of a folder, by name.</summary>
/// <param name="folder">Usually <c>profiles/</c> of the repository.</param>
public sealed class ProfileLibrary(string folder)
{
    private readonly YamlFolder _files = new(folder, "load profile");

    /// <summary>The names that <see cref="Load"/> takes, sorted.</summary>
    public IReadOnlyList<string> Names => _files.Names;

    /// <summary>Reads a profile.</summary>
    /// <param name="nameOrPath">A name from <see cref="Names"/>, or the path of a file.</param>
    /// <returns>A result with a profile.</returns>
    /// <exception cref="LabException">Exit code 2: there is none, it cannot be read, or it has problems (all of them).</exception>
    public ProfileResult Load(string nameOrPath)
    {
        var file = _files.Read(nameOrPath);
        var result = LoadProfileFile.Parse(file.Shown, file.Bytes);
        return result.Profile is null ? throw new LabException(ExitCodes.WrongUse, result.Problems) : result;
    }
}
