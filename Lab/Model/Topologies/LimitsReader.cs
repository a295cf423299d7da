using System.Globalization;
using SynapseLab.Yaml;

namespace SynapseLab.Topologies;

/// <summary>Reads <c>limits</c>: <c>{cpus: 0.5, memory: 512MiB}</c>.</summary>
internal static class LimitsReader
{
    public static Limits Read(YamlNode? node, FileProblems problems)
    {
        double? cpus = node.Child("cpus") is { } cores
            ? YamlValues.ToValue(cores) switch { long whole => whole, double part => part, _ => null }
            : null;
        var memory = node.Text("memory") is { } text ? Bytes(text) : null;
        if (memory < TopologyShape.MinMemoryBytes)
        {
            problems.Add(
                node.Child("memory")!.Line,
                $"'memory' has to be at least {TopologyShape.MinMemoryBytes >> 20}MiB, here it is {node.Text("memory")}");
        }

        return new Limits(cpus, memory);
    }

    // "512MiB", "2 GiB"
    private static long? Bytes(string text)
    {
        var shift = text.EndsWith("MiB", StringComparison.Ordinal) ? 20 : text.EndsWith("GiB", StringComparison.Ordinal) ? 30 : 0;
        return shift > 0
            && long.TryParse(text.AsSpan(0, text.Length - 3).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number < 10_000_000
            ? number << shift
            : null;
    }
}
