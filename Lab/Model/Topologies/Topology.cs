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

    /// <summary>The file, word for word; empty for a topology that was not read from one. No part of what the topology means:
    /// another comment is no other topology.</summary>
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
