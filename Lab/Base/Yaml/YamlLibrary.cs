namespace SynapseLab.Yaml;

/// <summary>Files of one folder that people write, by name: <c>topologies/reference.yaml</c> is <c>reference</c>. Files elsewhere are taken by
/// their path.</summary>
/// <param name="folder">The folder; it need not exist.</param>
/// <param name="what">What a file is, for problems: <c>topology</c>.</param>
/// <typeparam name="T">What is read from a file.</typeparam>
public abstract class YamlLibrary<T>(string folder, string what) where T : class
{
    /// <summary>The names that <see cref="Load"/> takes, sorted: <c>monolith</c>, <c>reference</c>.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    /// <summary>Reads a file.</summary>
    /// <param name="nameOrPath">A name of <see cref="Names"/>, or a path ending in .yaml or .yml.</param>
    /// <exception cref="LabException">Exit code 2: there is none, it cannot be read, or it has problems (all of them).</exception>
    public T Load(string nameOrPath)
    {
        var (read, problems) = Parse(Read(nameOrPath));
        return read ?? throw new LabException(ExitCodes.WrongUse, problems);
    }

    /// <summary>Reads what a file has in it.</summary>
    /// <returns>What was read; null where there are problems.</returns>
    protected abstract (T? Read, IReadOnlyList<Problem> Problems) Parse(YamlFile file);

    private YamlFile Read(string nameOrPath)
    {
        var (path, shown) = Locate(nameOrPath);
        try
        {
            return new YamlFile(path, shown, YamlFile.ReadBounded(path, YamlText.MaxBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LabException.WrongUse($"the {what} cannot be read: {e.Message}", shown, "Check the path and its rights");
        }
    }

    private (string Path, string Shown) Locate(string nameOrPath)
    {
        if (Names.Contains(nameOrPath))
        {
            var file = $"{nameOrPath}.yaml";
            return (Path.Combine(folder, file), $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}/{file}");
        }

        var isPath = nameOrPath.Contains('/') || Path.GetExtension(nameOrPath) is ".yaml" or ".yml";
        if (isPath && File.Exists(nameOrPath))
        {
            return (nameOrPath, nameOrPath);
        }

        throw isPath
            ? LabException.WrongUse("there is no such file", nameOrPath, $"Name a file, or one of: {string.Join(", ", Names)}")
            : LabException.WrongUse($"there is no {what} '{nameOrPath}'", null, Spelling.Suggest(nameOrPath, Names));
    }
}

/// <summary>A file of a user, unread so far.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Shown">How problems name it: <c>topologies/reference.yaml</c>, or as the user wrote it.</param>
/// <param name="Bytes">Its contents, which may be anything.</param>
public sealed record YamlFile(string Path, string Shown, byte[] Bytes)
{
    /// <summary>Reads no more of a file than one byte beyond what is allowed, which is enough to see that it is too large, be it a disk image
    /// or /dev/zero.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many bytes are allowed.</param>
    public static byte[] ReadBounded(string path, int most)
    {
        using var stream = File.OpenRead(path);
        var buffer = new byte[most + 1];
        return buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
    }
}
