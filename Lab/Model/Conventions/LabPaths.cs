namespace SynapseLab.Conventions;

/// <summary>Paths, ports and names inside containers that configuration, proxies and runtimes have to agree on.</summary>
public static class LabPaths
{
    /// <summary>Where a homeserver's folder (<c>hs1/</c>) is mounted in its Synapse containers.</summary>
    public const string SynapseConfig = "/config";

    /// <summary>The script that asks and tells the launcher inside its container: images/synapse/processes.py,
    /// which says how it is called.</summary>
    public const string ProcessesScript = SynapseConfig + "/processes.py";

    /// <summary>The database that a prepared cluster keeps beside those in use: Synapse's schema and nothing else.</summary>
    public const string TemplateDatabase = "synapse_template";

    /// <summary>Where the proxy's folder (<c>proxy/</c>: its configuration, certificates) is mounted.</summary>
    public const string ProxyConfig = "/lab/proxy";

    /// <summary>Where the sockets of Synapse are with <c>sockets: unix</c>, the same in all containers that have them:
    /// <c>/run/synapse/hs1/client/main.sock</c>, and <c>/run/synapse/hs1/replication/main.sock</c>,
    /// which the proxy does not have.</summary>
    public const string Sockets = "/run/synapse";

    /// <summary>The folder of Redis's socket with <c>sockets: unix</c>.</summary>
    public const string RedisSockets = "/run/redis";

    /// <summary>Port of the operator's listener in the proxy container: <c>/health/{process id}</c> and <c>/metrics/{process id}</c>;
    /// published on loopback only, apart from the public ports.</summary>
    public const int OperatorPort = 8090;

    /// <summary>Client port of the first homeserver in the proxy container; homeserver k (from 0) has <c>ClientPort + k</c>.</summary>
    public const int ClientPort = 8008;

    /// <summary>The folder of a homeserver's media in the lab's folder; Synapse makes folders in it (<c>local_content</c>,
    /// <c>url_cache</c>), and no files.</summary>
    /// <param name="homeserverKey">Its short name: <c>hs1</c>.</param>
    public static string MediaFolder(string homeserverKey) => $"media/{homeserverKey}";

    /// <summary>Federation port in the proxy container;
    /// server names without a port are found there or through .well-known on 443.</summary>
    public const int FederationPort = 8448;
}
