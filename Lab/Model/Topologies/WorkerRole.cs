namespace SynapseLab.Topologies;

/// <summary>
/// What a worker is for: which listeners it gets and which groups of routes the proxy sends to it. Every worker runs
/// <c>synapse.app.generic_worker</c>; the historical apps are equivalent to it (docs/workers.md "Historical apps").
/// </summary>
/// <param name="Name">The word used in topologies: <c>generic_worker</c>, <c>event_persister</c>, <c>synchrotron</c>.</param>
/// <param name="Description">What it does, one sentence.</param>
public sealed record WorkerRole(string Name, string Description)
{
    /// <summary>Resources of its HTTP listener (<c>client</c>, <c>federation</c>, <c>media</c>, <c>openid</c>); empty:
    /// a listener with <c>health</c> only.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>Whether it answers replication requests of other processes: stream writers do, and senders that
    /// outbound federation is restricted to (decided by the deployment).</summary>
    public bool Replication { get; init; }

    /// <summary>Names of the catalogue's route groups it serves before generic workers do (<c>sync</c>, <c>event_sending</c>); <c>*</c>:
    /// all that a generic worker may serve and nobody else claims.</summary>
    public IReadOnlyList<string> RouteGroups { get; init; } = [];

    /// <summary>The option of homeserver.yaml that has to name a worker of this role, or it does nothing:
    /// <c>federation_sender_instances</c>, <c>stream_writers.events</c>; null: none.</summary>
    public string? NeedsListingIn { get; init; }
}
