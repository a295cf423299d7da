using System.Net;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Health;

/// <summary>What one look saw of a part, each thing from where it is known first hand.</summary>
/// <param name="Part">The part.</param>
/// <param name="State">What the engine says.</param>
/// <param name="Own">The part's own answer; null: it was not asked, since it does not run.</param>
internal sealed record PartSeen(LabPart Part, PartState State, Observation? Own)
{
    /// <summary>Of a Synapse process: its metrics; null where it gave none.</summary>
    public MetricsSnapshot? Metrics { get; init; }

    /// <summary>Addresses of its container on the lab's network.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Of Redis: who is subscribed.</summary>
    public IReadOnlyList<RedisSubscriber> Subscribers { get; init; } = [];

    /// <summary>Of the proxy: what it says of each homeserver's main, by key; those that are well are left out.</summary>
    public IReadOnlyDictionary<string, string> Unreached { get; init; } = new Dictionary<string, string>();
}
