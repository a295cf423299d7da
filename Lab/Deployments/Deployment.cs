using SynapseLab.Topologies;

namespace SynapseLab.Deployments;

/// <summary>
/// A fully resolved lab: containers, files with their contents, ports, secrets by name, start order and health.
/// Made by a pure function of topology and inputs; every runtime takes it as it is.
/// </summary>
public sealed record Deployment
{
    /// <summary>The lab's name, unique on the machine: <c>reference</c>. Compose project and network are called <c>synapse-lab-{Name}</c>.</summary>
    public required string LabName { get; init; }

    /// <summary>What it was made from.</summary>
    public required Topology Topology { get; init; }

    /// <summary>The homeservers with their processes, in topology order.</summary>
    public required IReadOnlyList<Homeserver> Homeservers { get; init; }

    /// <summary>All containers in start order: a container starts after those it depends on.</summary>
    public required IReadOnlyList<ContainerSpec> Containers { get; init; }

    /// <summary>The files of the lab's folder, without secrets. Stable order (ordinal by path).</summary>
    public required IReadOnlyList<LabFile> Files { get; init; }

    /// <summary>The secrets that have to lie in the lab's folder before the start.</summary>
    public required IReadOnlyList<SecretFile> Secrets { get; init; }

    /// <summary>Where the running lab is reached from this machine.</summary>
    public required IReadOnlyList<LabEndpoint> Endpoints { get; init; }

    /// <summary>All Synapse processes of all homeservers, main first in each.</summary>
    public IEnumerable<SynapseProcess> Processes => Homeservers.SelectMany(homeserver => homeserver.Processes);

    /// <summary>A homeserver as people name it.</summary>
    /// <param name="word">Its server_name or its short name: <c>home.example</c>, <c>home</c>; null: the first.</param>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public Homeserver HomeserverOf(string? word) =>
        Homeservers.FirstOrDefault(homeserver => word is null || homeserver.IsCalled(word)) ?? throw Homeserver.Unknown(word!, Homeservers);

    /// <summary>The secret with which users are registered (Synapse's docs/admin_api/register_api.md).</summary>
    public SecretFile RegistrationSecretOf(Homeserver homeserver) => Secrets.Single(secret =>
        secret.Path.StartsWith(homeserver.Key + "/", StringComparison.Ordinal) && secret.Path.Contains("registration_shared_secret", StringComparison.Ordinal));
}

/// <summary>One homeserver.</summary>
/// <param name="ServerName">Synapse's <c>server_name</c>, also the proxy's name on the lab's network: <c>hs1.test</c>.</param>
/// <param name="Key">Short name used in container names, folders and the database: <c>hs1</c>.</param>
/// <param name="Database">Its database in the Postgres container: <c>hs1</c>.</param>
/// <param name="Processes">Main first, then the workers in topology order.</param>
/// <param name="Topology">What it was made from.</param>
public sealed record Homeserver(
    string ServerName,
    string Key,
    string Database,
    IReadOnlyList<SynapseProcess> Processes,
    HomeserverTopology Topology)
{
    /// <summary>The main process.</summary>
    public SynapseProcess Main => Processes[0];

    /// <summary>Whether people may mean it by a word: its server_name, the topology's own word, or its short name.</summary>
    public bool IsCalled(string word) => word == ServerName || word == Key;

    /// <summary>What is said where no homeserver is called like that.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">Those there are.</param>
    public static LabException Unknown(string word, IEnumerable<Homeserver> known) =>
        LabException.WrongUse($"there is no homeserver '{word}'", fix: Yaml.Spelling.SuggestAmong(word, known.Select(homeserver => homeserver.ServerName), "There are"));
}

/// <summary>One Synapse process. Its HTTP and metrics ports are unique in the whole lab, so that a port names a process in any proxy's log.</summary>
/// <param name="Name">Name as people say it: <c>main</c>, <c>generic_worker1</c>. Unique in its homeserver.</param>
/// <param name="Id">Name unique in the lab: equal to <paramref name="Name"/> where there is one homeserver, <c>hs2-generic_worker1</c> otherwise.
/// It is what <c>./lab logs</c> takes, the proxy logs and the metrics say.</param>
/// <param name="HomeserverKey">The homeserver it belongs to: <c>hs1</c>.</param>
/// <param name="Host">Its host name on the lab's network. No underscores: Synapse's HTTP client refuses them (idna).</param>
/// <param name="Container">The container it runs in.</param>
/// <param name="HttpPort">Port of its HTTP listener (client and federation, or health only); <c>/health</c> answers there in any case.</param>
/// <param name="ReplicationPort">Port of its replication listener; null: none.</param>
/// <param name="MetricsPort">Port of its metrics listener, path <c>/_synapse/metrics</c>.</param>
/// <param name="Resources">Resources of the HTTP listener; only <c>health</c> where clients are not served.</param>
/// <param name="Worker">What it was made from; null for main.</param>
public sealed record SynapseProcess(
    string Name,
    string Id,
    string HomeserverKey,
    string Host,
    string Container,
    int HttpPort,
    int? ReplicationPort,
    int MetricsPort,
    IReadOnlyList<string> Resources,
    WorkerTopology? Worker)
{
    /// <summary>Path of its HTTP listener with <c>sockets: unix</c>: <c>/run/synapse/hs1/client/generic_worker1.sock</c>. It has no <see cref="HttpPort"/> then, which is only a number that is its own; null: TCP.</summary>
    public string? HttpSocket { get; init; }

    /// <summary>Path of its replication listener with <c>sockets: unix</c>, in place of <see cref="ReplicationPort"/>: <c>/run/synapse/hs1/replication/main.sock</c>; null: TCP, or none.</summary>
    public string? ReplicationSocket { get; init; }

    /// <summary>Main or a worker.</summary>
    public bool IsMain => Worker is null;

    /// <summary>How Synapse calls it in <c>stream_writers</c>, in <c>instance_name</c> columns and in logs: main is <c>master</c> there.</summary>
    public string InstanceName => IsMain ? "master" : Name;
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

    /// <summary>Run as the user who owns the lab's folder, so that owner-only files can be read; false: the image decides (Postgres starts as root and drops to its own user).</summary>
    public bool RunAsOwner { get; init; } = true;

    /// <summary>CPU and memory.</summary>
    public Limits Limits { get; init; } = new();

    /// <summary>Containers that have to be there first.</summary>
    public IReadOnlyList<Dependency> DependsOn { get; init; } = [];

    /// <summary>A command inside the container that exits 0 when it is healthy, for people who run the Compose file by hand; the lab itself looks from outside.</summary>
    public IReadOnlyList<string> HealthCommand { get; init; } = [];

    /// <summary>The homeserver it belongs to (<c>hs1</c>); null: shared.</summary>
    public string? HomeserverKey { get; init; }
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

/// <summary>A file of the lab's folder.</summary>
/// <param name="Path">Relative, with slashes: <c>hs1/homeserver.yaml</c>.</param>
/// <param name="Contents">Text, LF line ends.</param>
/// <param name="Executable">Whether it is a script.</param>
public sealed record LabFile(string Path, string Contents, bool Executable = false);

/// <summary>What kind of secret a file holds.</summary>
public enum SecretKind
{
    /// <summary>A random word of 256 bits, base64url without padding, no line end.</summary>
    Random,

    /// <summary>Synapse's signing key: <c>ed25519 a_AbCd base64</c>.</summary>
    SigningKey,

    /// <summary>libpq password file, one line for any host, database and user: <c>*:*:*:*:PASSWORD</c>, with the contents of another secret as password.</summary>
    PasswordFile,

    /// <summary>The lab's certificate authority: PEM certificate (<c>ca.crt</c>) and key (<c>ca.key</c>) beside it.</summary>
    CertificateAuthority,

    /// <summary>A PEM certificate for a server name, signed by the lab's CA, and its key beside it (<c>.crt</c>, <c>.key</c>).</summary>
    Certificate,
}

/// <summary>A secret in the lab's folder; its contents come from outside and are in no other file.</summary>
/// <param name="Path">Relative: <c>hs1/secrets/macaroon_secret_key</c>. For certificates: the path without ending.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Subject">Server name for a certificate or signing key; for a password file the path of the secret with the password; null otherwise.</param>
public sealed record SecretFile(string Path, SecretKind Kind, string? Subject = null);

/// <summary>A place where the running lab is reached from this machine.</summary>
/// <param name="Name"><c>client</c>, <c>federation</c>, <c>operator</c>, <c>sql</c>.</param>
/// <param name="HomeserverKey">The homeserver; null: the whole lab.</param>
/// <param name="Uri">For example <c>http://127.0.0.1:8008</c>, <c>https://127.0.0.1:8448</c>, <c>tcp://127.0.0.1:5432</c>.</param>
public sealed record LabEndpoint(string Name, string? HomeserverKey, Uri Uri);
