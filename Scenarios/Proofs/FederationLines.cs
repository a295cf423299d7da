using SynapseLab.Runtimes.Evidence;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>A request of one homeserver to another, as it arrived at the receiving side.</summary>
/// <param name="To">Key of the receiving homeserver.</param>
/// <param name="From">Id of the process that opened the connection, by its address on the lab's network; the address where nobody has
/// it.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path without query.</param>
/// <param name="Status">HTTP status of the answer.</param>
internal sealed record FederationLine(string To, string From, string Method, string Path, int Status);

/// <summary>Reads the federation's side of the proxy's log.</summary>
internal static class FederationLines
{
    /// <summary>All requests that came in on federation listeners, .well-known and keys included.</summary>
    public static IEnumerable<FederationLine> Of(EvidenceWindow window, IEnumerable<ProxyLogLine> lines) =>
        lines.Where(line => line.Listener == "federation")
            .Select(line => new FederationLine(line.Homeserver, window.WhoIsAt(line.Remote), line.Method, line.Path, line.Status));

    /// <summary>Transactions (Server-Server API, PUT /_matrix/federation/v1/send/{txnId}).</summary>
    public static IEnumerable<FederationLine> Transactions(EvidenceWindow window, IEnumerable<ProxyLogLine> lines) =>
        Of(window, lines).Where(line => line.Path.StartsWith("/_matrix/federation/v1/send/", StringComparison.Ordinal));
}
