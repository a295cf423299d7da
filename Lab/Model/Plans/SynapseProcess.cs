using SynapseLab.Topologies;

namespace SynapseLab.Plans;

/// <summary>One Synapse process. Its HTTP and metrics ports are unique in the whole lab,
/// so that a port names a process in any proxy's log.</summary>
/// <param name="Name">Name as people say it: <c>main</c>, <c>generic_worker1</c>. Unique in its homeserver.</param>
/// <param name="Id">Name unique in the lab: equal to <paramref name="Name"/> where there is one homeserver,
/// <c>hs2-generic_worker1</c> otherwise. It is what <c>./lab logs</c> takes, the proxy logs and the metrics say.</param>
/// <param name="HomeserverKey">The homeserver it belongs to: <c>hs1</c>.</param>
/// <param name="Host">Its host name on the lab's network. No underscores: Synapse's HTTP client refuses them (idna).</param>
/// <param name="Container">The container it runs in.</param>
/// <param name="HttpPort">Port of its HTTP listener (client and federation, or health only);
/// <c>/health</c> answers there in any case.</param>
/// <param name="ReplicationPort">Port of its replication listener; null: none.</param>
/// <param name="MetricsPort">Port of its metrics listener, path <c>/_synapse/metrics</c>.</param>
/// <param name="Resources">Resources of the HTTP listener; only <c>health</c> where clients are not served.</param>
/// <param name="Worker">What it was made from; null for main.</param>
public sealed record SynapseProcess(
    string Name,
    string Id,
    string HomeserverKey,
    string Host,
    string Container,
    int HttpPort,
    int? ReplicationPort,
    int MetricsPort,
    IReadOnlyList<string> Resources,
    WorkerTopology? Worker)
{
    /// <summary>Path of its HTTP listener with <c>sockets: unix</c>: <c>/run/synapse/hs1/client/generic_worker1.sock</c>.
    /// It has no <see cref="HttpPort"/> then, which is only a number that is its own; null: TCP.</summary>
    public string? HttpSocket { get; init; }

    /// <summary>Path of its replication listener with <c>sockets: unix</c>, in place of <see cref="ReplicationPort"/>:
    /// <c>/run/synapse/hs1/replication/main.sock</c>; null: TCP, or none.</summary>
    public string? ReplicationSocket { get; init; }

    /// <summary>Main or a worker.</summary>
    public bool IsMain => Worker is null;

    /// <summary>How Synapse calls it in <c>stream_writers</c>, in <c>instance_name</c> columns and in logs:
    /// main is <c>master</c> there.</summary>
    public string InstanceName => IsMain ? "master" : Name;
}
