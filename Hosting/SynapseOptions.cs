namespace Aspire.Hosting;

/// <summary>What <c>AddSynapse</c> deploys.</summary>
public sealed record SynapseOptions
{
    /// <summary>What is deployed where nothing is said.</summary>
    public const string DefaultTopology = "reference";

    /// <summary>Name of a topology of the lab, or a path to one: <c>reference</c>, <c>my.yaml</c>.</summary>
    public string Topology { get; init; } = DefaultTopology;

    /// <summary>Name of the lab, by which <c>./lab status</c> and the other commands find it; null: the topology's.</summary>
    public string? LabName { get; init; }

    /// <summary>Added to every usual port (8008, 8448, 8090, 5442); null: as little as other labs leave.</summary>
    public int? PortOffset { get; init; }

    /// <summary>Whether main creates the schema, as in a new installation, in place of a prepared database.</summary>
    public bool EmptyDatabase { get; init; }
}
