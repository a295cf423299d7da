using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>One container, free of any runtime's words.</summary>
public sealed record ContainerSpec
{
    /// <summary>Name in the lab: <c>postgres</c>, and for a process of its own that of the process, <c>generic_worker1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required ContainerKind Kind { get; init; }

    /// <summary>Image reference: <c>matrixdotorg/synapse:v1.160.0</c>.</summary>
    public required string Image { get; init; }

    /// <summary>Replaces the image's entry point; empty: the image's own.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Arguments of the entry point.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment; never secrets.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Bind mounts from the lab's folder.</summary>
    public IReadOnlyList<Mount> Mounts { get; init; } = [];

    /// <summary>Named volumes: name to path in the container; removed with the lab.</summary>
    public IReadOnlyDictionary<string, string> Volumes { get; init; } = new Dictionary<string, string>();

    /// <summary>Paths that lie in memory.</summary>
    public IReadOnlyList<string> Tmpfs { get; init; } = [];

    /// <summary>Ports reachable from this machine, on loopback only.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>Further host names on the lab's network: <c>hs1.test</c> for the proxy, <c>generic-worker1</c> for a process.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Run as the user who owns the lab's folder, so that owner-only files can be read; false:
    /// the image decides (Postgres starts as root and drops to its own user).</summary>
    public bool RunAsOwner { get; init; } = true;

    /// <summary>CPU and memory.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>Containers that have to be there first.</summary>
    public IReadOnlyList<Dependency> DependsOn { get; init; } = [];

    /// <summary>A command inside the container that exits 0 when it is healthy, for people who run the Compose file by hand;
    /// the lab itself looks from outside.</summary>
    public IReadOnlyList<string> HealthCommand { get; init; } = [];

    /// <summary>The homeserver it belongs to (<c>hs1</c>); null: shared.</summary>
    public string? HomeserverKey { get; init; }
}

/// <summary>What a container is.</summary>
public enum ContainerKind
{
    /// <summary>Postgres.</summary>
    Postgres,

    /// <summary>Redis.</summary>
    Redis,

    /// <summary>A main process.</summary>
    Main,

    /// <summary>A worker.</summary>
    Worker,

    /// <summary>Main and workers of a homeserver together (<see cref="Packing.OneContainer"/>).</summary>
    Homeserver,

    /// <summary>The reverse proxy.</summary>
    Proxy,
}

/// <summary>A bind mount.</summary>
/// <param name="Source">Path in the lab's folder, relative: <c>hs1</c>.</param>
/// <param name="Target">Path in the container: <c>/config</c>.</param>
/// <param name="ReadOnly">Whether the container may not write there.</param>
public sealed record Mount(string Source, string Target, bool ReadOnly = true);

/// <summary>A port of the container that is reachable on 127.0.0.1.</summary>
/// <param name="Name">What it is: <c>client</c>, <c>federation</c>, <c>operator</c>, <c>sql</c>.</param>
/// <param name="HostPort">Port on 127.0.0.1.</param>
/// <param name="ContainerPort">Port in the container.</param>
public sealed record PublishedPort(string Name, int HostPort, int ContainerPort);

/// <summary>What has to be true of another container before this one starts.</summary>
/// <param name="Container">Its name.</param>
/// <param name="Condition">Started or healthy.</param>
public sealed record Dependency(string Container, DependencyCondition Condition);

/// <summary>See <see cref="Dependency"/>.</summary>
public enum DependencyCondition
{
    /// <summary>The container runs.</summary>
    Started,

    /// <summary>Its health command succeeded.</summary>
    Healthy,
}
