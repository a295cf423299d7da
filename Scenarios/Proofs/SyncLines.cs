using SynapseLab.Plans;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>A /sync in the proxy's log.</summary>
/// <param name="RequestId">Its request ID.</param>
/// <param name="Homeserver">Key of the homeserver.</param>
/// <param name="Worker">Who served it; empty: nobody.</param>
/// <param name="Pool">The pool it was sent to.</param>
/// <param name="Status">HTTP status; 499 where the client went away (nginx).</param>
/// <param name="Since">Whether it went on from a token: an incremental sync, unless <paramref name="FullState"/>.</param>
/// <param name="FullState">Whether it asked for the full state.</param>
internal sealed record SyncLine(string RequestId, string Homeserver, string Worker, string Pool, int Status, bool Since, bool FullState);

/// <summary>Reads syncs out of the proxy's log.</summary>
internal static class SyncLines
{
    /// <summary>The syncs among lines of the log.</summary>
    public static IReadOnlyList<SyncLine> Of(IEnumerable<ProxyLogLine> lines) =>
        [.. lines
            .Where(line => line.Path.StartsWith("/_matrix/client/", StringComparison.Ordinal))
            .Where(line => line.Path.EndsWith("/sync", StringComparison.Ordinal))
            .Select(line => new SyncLine(
                line.RequestId,
                line.Homeserver,
                line.Worker,
                line.Pool,
                line.Status,
                line.Uri.Contains("since=", StringComparison.Ordinal),
                line.Uri.Contains("full_state=true", StringComparison.Ordinal)))];

    /// <summary>Whether the processes of a homeserver counted as many syncs as the proxy says it sent to them.</summary>
    public static async Task<Observation> MetricsAgreeAsync(
        EvidenceWindow window, Homeserver homeserver, CancellationToken cancellationToken)
    {
        var served = new Dictionary<string, long>();
        foreach (var process in homeserver.Processes)
        {
            var counted = await window.CountedAsync(process, cancellationToken);
            served[process.Id] = (long)counted.Sum(SynapseMetric.Requests, ("servlet", "SyncRestServlet"));
        }

        var logged = Of(await window.LinesAsync(cancellationToken))
            .Where(line => line.Homeserver == homeserver.Key)
            .CountBy(line => line.Worker)
            .ToDictionary(count => count.Key, count => (long)count.Value);
        return new Observation(
            Counts.Agree(served, logged), $"syncs served: {Counts.Tell(served)}; sent there by the proxy: {Counts.Tell(logged)}");
    }
}
