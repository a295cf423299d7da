namespace SynapseLab.Topologies;

/// <summary>The options that the configuration of the lab's Synapse reads: SynapseOptions.txt,
/// which eng/synapse_options.py takes out of Synapse's own code. Others it passes over in silence.</summary>
internal static class SynapseOptions
{
    private const string VersionMark = "# Synapse ";

    private static readonly string[] Lines = Read();

    private static readonly IReadOnlyDictionary<string, IReadOnlySet<string>> Nested = Lines
        .Where(line => line.Contains('.', StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split('.', 2))
        .GroupBy(pair => pair[0], pair => pair[1])
        .ToDictionary(group => group.Key, IReadOnlySet<string> (group) => group.ToHashSet());

    /// <summary>Which Synapse the list is of: <c>1.160.0</c>.</summary>
    public static string Version { get; } = Lines.First(line => line.StartsWith(VersionMark, StringComparison.Ordinal))[VersionMark.Length..];

    /// <summary>Names at the top of homeserver.yaml or of a worker's file.</summary>
    public static IReadOnlySet<string> Known { get; } = Lines
        .Where(line => !line.Contains('.', StringComparison.Ordinal) && !line.StartsWith('#'))
        .ToHashSet();

    /// <summary>What may stand in the mapping of an option: <c>enabled</c> in <c>presence</c>; null: any, or it is no mapping.</summary>
    public static IReadOnlySet<string>? In(string option) => Nested.GetValueOrDefault(option);

    /// <summary>The whole list, word for word.</summary>
    public static string Text => string.Join('\n', Lines) + "\n";

    private static string[] Read()
    {
        using var reader = new StreamReader(typeof(SynapseOptions).Assembly.GetManifestResourceStream("topologies/SynapseOptions.txt")!);
        return reader.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}
