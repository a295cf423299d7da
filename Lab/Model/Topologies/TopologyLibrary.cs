using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>The topologies that the lab knows by name: the files of one folder, <c>topologies/</c>.</summary>
/// <param name="folder">The folder; it need not exist.</param>
public sealed class TopologyLibrary(string folder)
{
    private readonly YamlFolder _files = new(folder, "topology");

    /// <summary>The names, sorted: <c>monolith</c>, <c>reference</c>.</summary>
    public IReadOnlyList<string> Names => _files.Names;

    /// <summary>Loads a topology by its name, or any file by its path.</summary>
    /// <param name="nameOrPath">A name of <see cref="Names"/>, or a path ending in .yaml or .yml.</param>
    /// <exception cref="LabException">Exit code 2: there is none, it cannot be read, or it has problems (all of them).</exception>
    public Topology Load(string nameOrPath)
    {
        var file = _files.Read(nameOrPath);
        var result = TopologyFile.Parse(file.Shown, file.Bytes);
        if (result.Topology is { } topology)
        {
            var beside = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
            result = TopologyFile.WithFiles(
                file.Shown, topology, source => YamlFolder.ReadBounded(Path.Combine(beside, source), ExtraFile.MaxBytes));
        }

        return result.Topology ?? throw new LabException(ExitCodes.WrongUse, result.Problems);
    }
}
