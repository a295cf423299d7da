using System.Text.Json.Serialization;

namespace SynapseLab.Topologies;

/// <summary>
/// What a user wrote, parsed and validated: every name in it exists, every rule of Synapse about workers holds.
/// Names of worker groups are already expanded to instance names (<c>generic_worker</c> with count 3 is generic_worker1..3).
/// </summary>
public sealed record Topology
{
    /// <summary>The file's name without its ending: <c>reference</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file, word for word; empty for a topology that was not read from one. No part of what the topology means: another comment is no other topology.</summary>
    [JsonIgnore]
    public string Text { get; init; } = "";

    /// <summary>What it is for, one or two sentences.</summary>
    public string Description { get; init; } = "";

    /// <summary>Synapse's image or version where the topology asks for one; null for the lab's default.</summary>
    public string? SynapseImage { get; init; }

    /// <summary>How the Synapse processes of a homeserver are put into containers.</summary>
    public Packing Packing { get; init; } = Packing.Separate;

    /// <summary>What Synapse's listeners and Redis listen on.</summary>
    public Sockets Sockets { get; init; } = Sockets.Tcp;

    /// <summary>The homeservers, in file order; at least one.</summary>
    public required IReadOnlyList<HomeserverTopology> Homeservers { get; init; }

    /// <summary>The reverse proxy in front of all homeservers.</summary>
    public ProxyTopology Proxy { get; init; } = new();

    /// <summary>Postgres's <c>max_connections</c>; null: as many as the pools of all processes may want.</summary>
    public int? PostgresMaxConnections { get; init; }

    /// <summary>Limits of containers that are not Synapse: keys <c>postgres</c>, <c>redis</c>, <c>proxy</c>.</summary>
    public IReadOnlyDictionary<string, Limits> Limits { get; init; } = new Dictionary<string, Limits>();
}

/// <summary>How the Synapse processes of one homeserver are put into containers.</summary>
public enum Packing
{
    /// <summary>One container per process (<c>separate</c>); the default, and the only way for runs that break things.</summary>
    Separate,

    /// <summary>Main and workers of a homeserver forked after the imports inside one container (<c>one-container</c>): starts faster and needs less memory.</summary>
    OneContainer,
}

/// <summary>What Synapse's listeners for requests and replication, and Redis, listen on. Postgres, metrics and the proxy are on TCP in any case.</summary>
public enum Sockets
{
    /// <summary>Ports on the lab's network (<c>tcp</c>), the default.</summary>
    Tcp,

    /// <summary>Unix sockets in folders that the containers share (<c>unix</c>).</summary>
    Unix,
}

/// <summary>One homeserver: main and its workers, in the words of Synapse's own configuration.</summary>
public sealed record HomeserverTopology
{
    /// <summary>Synapse's <c>server_name</c>: <c>hs1.test</c>.</summary>
    public required string ServerName { get; init; }

    /// <summary>CPU and memory of main's container.</summary>
    public Limits MainLimits { get; init; } = new();

    /// <summary>The workers, expanded, in file order; empty for a homeserver without workers.</summary>
    public IReadOnlyList<WorkerTopology> Workers { get; init; } = [];

    /// <summary>
    /// Synapse's <c>stream_writers</c>: stream name to instance names in configuration order (the order decides the sharding,
    /// synapse/config/_base.py ShardedWorkerHandlingConfig). Streams that are not listed are written by main.
    /// Main is called <c>main</c> here; the rendering translates to Synapse's <c>master</c>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> StreamWriters { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Synapse's <c>federation_sender_instances</c>, in configuration order; empty: main sends.</summary>
    public IReadOnlyList<string> FederationSenderInstances { get; init; } = [];

    /// <summary>Synapse's <c>pusher_instances</c>; empty: main pushes.</summary>
    public IReadOnlyList<string> PusherInstances { get; init; } = [];

    /// <summary>Synapse's <c>outbound_federation_restricted_to</c>; empty: every process may open connections to other servers.</summary>
    public IReadOnlyList<string> OutboundFederationRestrictedTo { get; init; } = [];

    /// <summary>Synapse's <c>run_background_tasks_on</c>; null: main.</summary>
    public string? RunBackgroundTasksOn { get; init; }

    /// <summary>Synapse's <c>notify_appservices_from_worker</c>; null: main.</summary>
    public string? NotifyAppservicesFromWorker { get; init; }

    /// <summary>Synapse's <c>update_user_directory_from_worker</c>; null: main.</summary>
    public string? UpdateUserDirectoryFromWorker { get; init; }

    /// <summary>Synapse's <c>media_instance_running_background_jobs</c>; null: main, or the only media repository.</summary>
    public string? MediaInstanceRunningBackgroundJobs { get; init; }

    /// <summary>Further options of homeserver.yaml, as the user wrote them; they win over what the lab would write.
    /// Values are null, bool, long, double, string, <see cref="IReadOnlyList{T}"/> of values or <see cref="IReadOnlyDictionary{TKey, TValue}"/> from string to value.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();

    /// <summary>Files that the topology brings in, which <see cref="Options"/> may name as <c>/config/files/...</c>.</summary>
    public IReadOnlyList<ExtraFile> Files { get; init; } = [];

    /// <summary>Whether users log in and register at a Matrix Authentication Service and not at Synapse: <c>matrix_authentication_service: {enabled: true}</c>, or
    /// <c>experimental_features: {msc3861: {enabled: true}}</c> before Synapse 1.157.</summary>
    [JsonIgnore]
    public bool DelegatesLogin => Is(true, "matrix_authentication_service", "enabled") || Is(true, "experimental_features", "msc3861", "enabled");

    /// <summary><c>database: {args: {cp_max: ...}}</c>; null: not said.</summary>
    [JsonIgnore]
    public int? PoolMax => Option("database", "args", "cp_max") is long most ? (int)Math.Clamp(most, 1, 10_000) : null;

    private bool Is(object value, params ReadOnlySpan<string> path) => Equals(Option(path), value);

    private object? Option(params ReadOnlySpan<string> path)
    {
        object? value = Options;
        foreach (var key in path)
        {
            value = (value as IReadOnlyDictionary<string, object?>)?.GetValueOrDefault(key);
        }

        return value;
    }
}

/// <summary>One worker process.</summary>
/// <param name="Name">Synapse's <c>worker_name</c>: <c>generic_worker1</c>.</param>
/// <param name="Group">The key it was declared under: <c>generic_worker</c>.</param>
/// <param name="Role">Its role.</param>
/// <param name="Limits">CPU and memory of its container.</param>
public sealed record WorkerTopology(string Name, string Group, WorkerRole Role, Limits Limits);

/// <summary>Limits of one container.</summary>
/// <param name="Cpus">Cores, <c>0.5</c> is half of one; null: no limit.</param>
/// <param name="MemoryBytes">Memory in bytes; null: no limit.</param>
public sealed record Limits(double? Cpus = null, long? MemoryBytes = null);

/// <summary>The reverse proxy.</summary>
public sealed record ProxyTopology
{
    /// <summary>The key of <see cref="Affinity"/> for all groups that are not named.</summary>
    public const string DefaultAffinity = "default";

    /// <summary>Which program: <c>nginx</c> or <c>haproxy</c>.</summary>
    public string Kind { get; init; } = "nginx";

    /// <summary>Affinity by route group of the catalogue (<c>sync: user</c>), and <c>default</c> for all groups not named; where nothing is said, the catalogue's recommendation holds.</summary>
    public IReadOnlyDictionary<string, Affinity> Affinity { get; init; } = new Dictionary<string, Affinity>();
}

/// <summary>What decides which worker of a pool serves a request.</summary>
public enum Affinity
{
    /// <summary>Nothing (<c>none</c>): requests go round.</summary>
    None,

    /// <summary>The client's address (<c>source_ip</c>).</summary>
    SourceIp,

    /// <summary>The user in the access token (<c>user</c>), or the whole token where its format is unknown.</summary>
    User,

    /// <summary>The room ID in the path (<c>room</c>).</summary>
    Room,

    /// <summary>The sending homeserver (<c>origin</c>), from the X-Matrix authorization header.</summary>
    Origin,
}
