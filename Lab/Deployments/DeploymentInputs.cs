namespace SynapseLab.Deployments;

/// <summary>What a deployment needs from the machine: everything that is not in the topology. Filled by the command that starts a lab; fixed values in tests.</summary>
public sealed record DeploymentInputs
{
    /// <summary>The lab's name on this machine; null: the topology's.</summary>
    public string? LabName { get; init; }

    /// <summary>The images to run.</summary>
    public ImageSet Images { get; init; } = ImageSet.Official;

    /// <summary>Ports on 127.0.0.1.</summary>
    public PortPlan Ports { get; init; } = PortPlan.Default;

    /// <summary>What all host names on the network begin with: <c>hs1-</c>, so that they are <c>hs1-postgres</c> and <c>hs1-main</c>, for a network that the lab shares with others. Empty: the network is its own.</summary>
    public string HostPrefix { get; init; } = "";

    /// <summary>Whether Postgres's image already holds the schema of this Synapse version (database <c>synapse_template</c>): then everything starts at once;
    /// otherwise main starts first and the workers follow when it is healthy.</summary>
    public bool PreparedDatabase { get; init; }

    /// <summary>Further host names of a container beside its own name.</summary>
    internal IReadOnlyList<string> HostsOf(string container) => HostPrefix.Length == 0 ? [] : [HostPrefix + container];
}

/// <summary>The images of a lab.</summary>
/// <param name="Synapse">For example <c>matrixdotorg/synapse:v1.160.0</c>.</param>
/// <param name="Postgres">For example <c>postgres:18</c>.</param>
/// <param name="Redis">For example <c>redis:8</c>.</param>
/// <param name="Nginx">For example <c>nginx:1.30</c>.</param>
/// <param name="Haproxy">For example <c>haproxy:3.2</c>.</param>
public sealed record ImageSet(string Synapse, string Postgres, string Redis, string Nginx, string Haproxy)
{
    /// <summary>The official images the lab was tried with; <c>eng/images.env</c> says the same.</summary>
    public static ImageSet Official { get; } = new("matrixdotorg/synapse:v1.160.0", "postgres:18", "redis:8", "nginx:1.30", "haproxy:3.2");
}

/// <summary>Ports on 127.0.0.1. Homeserver n (from 0) has client port <c>Client + n</c> and federation port <c>Federation + n</c>.</summary>
/// <param name="Client">First client port.</param>
/// <param name="Federation">First federation port.</param>
/// <param name="Operator">Port of the operator's listener: health and metrics of every process.</param>
/// <param name="Sql">Port of Postgres.</param>
public sealed record PortPlan(int Client, int Federation, int Operator, int Sql)
{
    /// <summary>8008 and 8448 as Synapse's documentation has them; 8090 for the operator, 5442 for Postgres beside one that the machine may have.</summary>
    public static PortPlan Default { get; } = new(8008, 8448, 8090, 5442);
}
