namespace SynapseLab.Catalogue;

/// <summary>A stream that <c>stream_writers</c> may name, and Synapse's rules about its writers (synapse/config/workers.py WriterLocations
/// and WorkerConfig.read_config).</summary>
/// <param name="Name">Its name in <c>stream_writers</c>: <c>receipts</c>.</param>
/// <param name="ManyWriters">Whether it may be shared by several processes; otherwise it takes exactly one.</param>
/// <param name="ServesRequests">Whether its endpoints have to reach the writer itself, which then needs a listener for clients.
/// Events are the one stream that is written through replication requests only (synapse/handlers/message.py).</param>
internal sealed record StreamRule(string Name, bool ManyWriters, bool ServesRequests = true)
{
    /// <summary>The rule of a stream.</summary>
    /// <exception cref="KeyNotFoundException">Synapse has no such stream.</exception>
    public static StreamRule Find(string name) =>
        All.FirstOrDefault(stream => stream.Name == name) ?? throw new KeyNotFoundException($"no stream '{name}'");

    /// <summary>All streams, in the order of docs/workers.md.</summary>
    public static IReadOnlyList<StreamRule> All { get; } =
    [
        new("events", ManyWriters: true, ServesRequests: false),
        new("typing", ManyWriters: false),
        new("to_device", ManyWriters: false),
        new("account_data", ManyWriters: false),
        new("receipts", ManyWriters: true),
        new("presence", ManyWriters: false),
        new("push_rules", ManyWriters: false),
        new("device_lists", ManyWriters: true),
        new("thread_subscriptions", ManyWriters: true),
        new("quarantined_media_changes", ManyWriters: true),
    ];
}
