namespace SynapseLab.Proxies;

/// <summary>
/// Whose X-Forwarded-For counts. Only this machine reaches the published ports, through the engine's gateway, so a client may
/// say which address it plays, and affinity by source address can be tried from one machine.
/// </summary>
internal static class TrustedNetworks
{
    /// <summary>The private networks that container engines take theirs from, and loopback.</summary>
    public static IReadOnlyList<string> All { get; } = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"];
}
