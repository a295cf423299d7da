namespace SynapseLab.Topologies;

/// <summary>What Synapse's listeners for requests and replication, and Redis, listen on. Postgres,
/// metrics and the proxy are on TCP in any case.</summary>
public enum Sockets
{
    /// <summary>Ports on the lab's network (<c>tcp</c>), the default.</summary>
    Tcp,

    /// <summary>Unix sockets in folders that the containers share (<c>unix</c>).</summary>
    Unix,
}
