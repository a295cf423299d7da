using SynapseLab.Topologies;

namespace SynapseLab.Runtimes.Starting;

/// <summary>What a user wants started.</summary>
/// <param name="Topology">The topology, valid.</param>
public sealed record LabStartRequest(Topology Topology)
{
    /// <summary>The lab's name; null: the topology's.</summary>
    public string? LabName { get; init; }

    /// <summary>Added to every usual port; null: as little as other labs leave.</summary>
    public int? PortOffset { get; init; }

    /// <summary>Whether to use a prepared database; false starts from an empty one, as a new installation does.</summary>
    public bool PreparedDatabase { get; init; } = true;

    /// <summary>Whether a lab that does not start is kept as it is, to be looked at, until somebody takes it down.
    /// One whose start is broken off is not.</summary>
    public bool KeepFailed { get; init; }

    /// <summary>See <see cref="Deployments.DeploymentInputs.HostPrefix"/>.</summary>
    public string HostPrefix { get; init; } = "";

    /// <summary>The name it will have.</summary>
    public string Name => LabName ?? Topology.Name;
}
