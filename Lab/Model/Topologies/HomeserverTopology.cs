using System.Text.Json.Serialization;

namespace SynapseLab.Topologies;

/// <summary>One homeserver: main and its workers, in the words of Synapse's own configuration.</summary>
public sealed record HomeserverTopology
{
    /// <summary>Synapse's <c>server_name</c>: <c>hs1.test</c>.</summary>
    public required string ServerName { get; init; }

    /// <summary>The short name of a homeserver: the first label of its server_name, <c>hs1</c> of <c>hs1.test</c>.</summary>
    public static string KeyOf(string serverName) => serverName.Split('.', 2)[0];

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
    /// Values are null, bool, long, double, string, <see cref="IReadOnlyList{T}"/> of values or
    /// <see cref="IReadOnlyDictionary{TKey, TValue}"/> from string to value.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();

    /// <summary>Files that the topology brings in, which <see cref="Options"/> may name as <c>/config/files/...</c>.</summary>
    public IReadOnlyList<ExtraFile> Files { get; init; } = [];

    /// <summary>Whether users log in and register at a Matrix Authentication Service and not at Synapse:
    /// <c>matrix_authentication_service: {enabled: true}</c>,
    /// or <c>experimental_features: {msc3861: {enabled: true}}</c> before Synapse 1.157.</summary>
    [JsonIgnore]
    public bool DelegatesLogin =>
        Is(true, "matrix_authentication_service", "enabled") || Is(true, "experimental_features", "msc3861", "enabled");

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
