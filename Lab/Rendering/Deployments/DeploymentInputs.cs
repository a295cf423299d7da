using SynapseLab.Plans;

namespace SynapseLab.Deployments;

/// <summary>What a deployment needs from the machine: everything that is not in the topology. Filled by the command that starts a lab;
/// fixed values in tests.</summary>
public sealed record DeploymentInputs
{
    /// <summary>The lab's name on this machine; null: the topology's.</summary>
    public string? LabName { get; init; }

    /// <summary>The images to run.</summary>
    public ImageSet Images { get; init; } = ImageSet.Official;

    /// <summary>Ports on 127.0.0.1.</summary>
    public PortPlan Ports { get; init; } = PortPlan.Default;

    /// <summary>What all host names on the network begin with: <c>hs1-</c>, so that they are <c>hs1-postgres</c> and <c>hs1-main</c>,
    /// for a network that the lab shares with others. Empty: the network is its own.</summary>
    public string HostPrefix { get; init; } = "";

    /// <summary>Whether Postgres's image already holds the schema of this Synapse version (database <c>synapse_template</c>):
    /// then everything starts at once; otherwise main starts first and the workers follow when it is healthy.</summary>
    public bool PreparedDatabase { get; init; }

    /// <summary>Further host names of a container beside its own name.</summary>
    internal IReadOnlyList<string> HostsOf(string container) => HostPrefix.Length == 0 ? [] : [HostPrefix + container];
}
