namespace SynapseLab.Topologies;

/// <summary>The topologies that the lab knows by name: the files of one folder, <c>topologies/</c>.</summary>
/// <param name="folder">The folder; it need not exist.</param>
public sealed class TopologyLibrary(string folder)
{
    /// <summary>The names, sorted: <c>monolith</c>, <c>reference</c>.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    /// <summary>Loads a topology by its name, or any file by its path.</summary>
    /// <param name="nameOrPath">A name of <see cref="Names"/>, or a path ending in .yaml or .yml.</param>
    /// <exception cref="LabException">Exit code 2: there is none, it cannot be read, or it has problems (all of them).</exception>
    public Topology Load(string nameOrPath)
    {
        var (path, shown) = Locate(nameOrPath);
        byte[] bytes;
        try
        {
            bytes = ReadBounded(path, Yaml.YamlText.MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LabException.WrongUse($"the topology cannot be read: {e.Message}", shown, "Check the path and its rights");
        }

        var result = TopologyFile.Parse(shown, bytes);
        if (result.Topology is { } topology)
        {
            result = TopologyFile.WithFiles(shown, topology, source => ReadBounded(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, source), ExtraFile.MaxBytes));
        }

        return result.Topology ?? throw new LabException(ExitCodes.WrongUse, result.Problems);
    }

    // One byte more than is allowed is enough to see that a file is too large, be it a disk image or /dev/zero.
    private static byte[] ReadBounded(string path, int most)
    {
        using var stream = File.OpenRead(path);
        var buffer = new byte[most + 1];
        return buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
    }

    private (string Path, string Shown) Locate(string nameOrPath)
    {
        if (Names.Contains(nameOrPath))
        {
            var file = $"{nameOrPath}.yaml";
            return (Path.Combine(folder, file), $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}/{file}");
        }

        var isPath = nameOrPath.EndsWith(".yaml", StringComparison.Ordinal) || nameOrPath.EndsWith(".yml", StringComparison.Ordinal) || nameOrPath.Contains('/');
        if (isPath && File.Exists(nameOrPath))
        {
            return (nameOrPath, nameOrPath);
        }

        throw isPath
            ? LabException.WrongUse("there is no such file", nameOrPath, $"Name a file, or one of: {string.Join(", ", Names)}")
            : LabException.WrongUse($"there is no topology '{nameOrPath}'", null, Yaml.Spelling.Suggest(nameOrPath, Names));
    }
}
