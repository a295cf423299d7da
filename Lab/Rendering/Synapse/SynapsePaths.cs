using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Topologies;

namespace SynapseLab.Synapse;

/// <summary>Paths in Synapse's containers that its configuration names, and where they come from in the lab's folder.</summary>
public static class SynapsePaths
{
    /// <summary>The homeserver's configuration.</summary>
    public const string HomeserverYaml = LabPaths.SynapseConfig + "/homeserver.yaml";

    /// <summary>The media store.</summary>
    public const string Media = "/media";

    /// <summary>The certificate of the authority that signs for every homeserver of the lab.</summary>
    public const string CertificateAuthority = "/lab/ca.crt";

    /// <summary>libpq's password file.</summary>
    public const string PostgresPasswordFile = "/lab/secrets/pgpass";

    /// <summary>Redis's password.</summary>
    public const string RedisPassword = "/lab/secrets/redis_password";

    /// <summary>Redis's socket, with <c>sockets: unix</c>.</summary>
    public const string RedisSocket = LabPaths.RedisSockets + "/redis.sock";

    /// <summary>The file of one worker.</summary>
    public static string WorkerYaml(WorkerTopology worker) => $"{LabPaths.SynapseConfig}/workers/{worker.Name}.yaml";

    /// <summary>The logging of one process.</summary>
    public static string LogYaml(SynapseProcess process) => $"{LabPaths.SynapseConfig}/log/{process.Name}.yaml";

    /// <summary>A secret of the homeserver: <c>signing.key</c>, <c>macaroon_secret_key</c>.</summary>
    public static string Secret(string name) => $"{LabPaths.SynapseConfig}/secrets/{name}";
}
