using SynapseLab.Yaml;

namespace SynapseLab.LoadTests.Profiles;

/// <summary>The profiles of a folder, by name.</summary>
/// <param name="folder">Usually <c>profiles/</c> of the repository.</param>
public sealed class ProfileLibrary(string folder)
{
    /// <summary>The names that <see cref="Load"/> takes, sorted.</summary>
    public IReadOnlyList<string> Names =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)] : [];

    /// <summary>Reads a profile.</summary>
    /// <param name="nameOrPath">A name from <see cref="Names"/>, or the path of a file.</param>
    /// <exception cref="LabException">There is none (exit code 2), or it has problems, which are listed.</exception>
    public (ProfileResult Result, string Text) Load(string nameOrPath)
    {
        var isPath = nameOrPath.Contains('/') || nameOrPath.EndsWith(".yaml", StringComparison.Ordinal);
        var file = isPath ? nameOrPath : Path.Combine(folder, nameOrPath + ".yaml");
        if (!File.Exists(file))
        {
            throw LabException.WrongUse(isPath ? $"there is no file {nameOrPath}" : $"there is no load profile '{nameOrPath}'", null, Spelling.SuggestAmong(nameOrPath, Names, "There are"));
        }

        // Shown as a person would write it: relative where it lies below the current folder.
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, file);
        var shown = relative.StartsWith("..", StringComparison.Ordinal) ? file : relative;
        string text;
        try
        {
            text = new FileInfo(file).Length > LoadProfileFile.MostBytes ? new string(' ', LoadProfileFile.MostBytes + 1) : File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LabException.WrongUse($"the profile cannot be read: {e.Message}", shown);
        }

        var result = LoadProfileFile.Parse(shown, text);
        return result.Profile is null ? throw new LabException(ExitCodes.WrongUse, result.Problems) : (result, text);
    }
}
