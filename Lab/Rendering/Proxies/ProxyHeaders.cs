namespace SynapseLab.Proxies;

/// <summary>What the lab's proxies tell in headers of their own.</summary>
public static class ProxyHeaders
{
    /// <summary>Of a response: the id of the process that served it, <c>generic_worker1</c>.
    /// Absent or empty where the proxy answered by itself.</summary>
    public const string Worker = "X-Synapse-Worker";
}
