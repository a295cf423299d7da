using System.Globalization;
using SynapseLab.Deployments;
using SynapseLab.Yaml;

namespace SynapseLab.Runtimes.Parts;

/// <summary>The memory that a container may use, and where a user set it.</summary>
/// <param name="Bytes">The limit.</param>
/// <param name="Key">Its key in the topology: <c>homeservers.hs1.test.workers.generic_worker.limits.memory</c>.</param>
/// <param name="Where">File and line: <c>mine.yaml:12</c>; null: unknown.</param>
public sealed record MemoryLimit(long Bytes, string Key, string? Where)
{
    // What is nearer dies of the next larger request; Synapse's own memory swings by some hundredths.
    private const double Near = 0.9;

    /// <summary>The limit in words: <c>125 MiB</c>.</summary>
    public string Text => Mebibytes(Bytes);

    /// <summary>What to do: <c>Raise limits.postgres.memory (mine.yaml:12)</c>.</summary>
    public string Fix => $"Raise {Key}{(Where is null ? "" : $" ({Where})")}";

    /// <summary>The limit of a container; null: it may use all of the machine's.</summary>
    /// <param name="deployment">The lab.</param>
    /// <param name="container">One of its containers.</param>
    /// <param name="topologyText">The topology's file as it was when the lab was started; empty: unknown.</param>
    public static MemoryLimit? Of(Deployment deployment, ContainerSpec container, string topologyText)
    {
        if (container.Limits.MemoryBytes is not { } bytes)
        {
            return null;
        }

        var path = PathOf(deployment, container);
        var node = YamlText.Parse(topologyText, new FileProblems(""));
        foreach (var key in path)
        {
            node = (node as YamlMapping)?[key];
        }

        return new MemoryLimit(
            bytes,
            string.Join('.', path),
            node is null ? null : string.Create(CultureInfo.InvariantCulture, $"{deployment.Topology.Name}.yaml:{node.Line}"));
    }

    /// <summary>Whether a use is so near the limit that it is worth a mark.</summary>
    public bool IsNear(long used) => used >= Near * Bytes;

    /// <summary>Bytes in words: <c>124 MiB</c>.</summary>
    public static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MiB");

    private static IReadOnlyList<string> PathOf(Deployment deployment, ContainerSpec container)
    {
        if (container.HomeserverKey is not { } homeserverKey)
        {
            return ["limits", container.Name, "memory"];
        }

        var homeserver = deployment.Homeservers.Single(one => one.Key == homeserverKey);
        var worker = container.Kind == ContainerKind.Worker
            ? homeserver.Processes.Single(process => process.Container == container.Name).Worker
            : null;
        return ["homeservers", homeserver.ServerName, .. worker is null ? (string[])["main"] : ["workers", worker.Group], "limits", "memory"];
    }
}
