using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>The topologies that the lab knows by name: the files of one folder, <c>topologies/</c>.</summary>
/// <param name="folder">The folder; it need not exist.</param>
public sealed class TopologyLibrary(string folder) : YamlLibrary<Topology>(folder, "topology")
{
    /// <inheritdoc/>
    protected override (Topology? Read, IReadOnlyList<Problem> Problems) Parse(YamlFile file)
    {
        var result = TopologyFile.Parse(file.Shown, file.Bytes);
        if (result.Topology is { } topology)
        {
            var beside = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
            result = TopologyFile.WithFiles(
                file.Shown, topology, source => YamlFile.ReadBounded(Path.Combine(beside, source), ExtraFile.MaxBytes));
        }

        return (result.Topology, result.Problems);
    }
}
