using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Waiting;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>Requests as each process of a running lab counts them (<c>synapse_http_server_response_count_total</c>).</summary>
internal sealed class RequestCounts(RunningLab lab, Servlets registered)
{
    // Requests that the map does not speak of: replication between processes, and the operator's looks at health.
    private static readonly string[] OtherServlets = ["HealthResource"];

    /// <summary>The counts, once they stand still: a response is counted just after it was sent, so two looks have to see the same.</summary>
    public async Task<IReadOnlyDictionary<string, MetricsSnapshot>> SettledAsync(CancellationToken cancellationToken)
    {
        var last = await lab.AllMetricsAsync(cancellationToken);
        await lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the counts of requests stand still",
            async token =>
            {
                var now = await lab.AllMetricsAsync(token);
                var still = now.All(process => Since(process.Key, last[process.Key], process.Value).All(count => count.Value == 0));
                last = now;
                return new Observation(still, "requests come in");
            },
            cancellationToken);
        return last;
    }

    /// <summary>The same requests by worker, method and servlet, as the proxy logged them and as each process counted them.</summary>
    public async Task AgreeAsync(
        Homeserver homeserver,
        IReadOnlyDictionary<string, MetricsSnapshot> before,
        IReadOnlyList<ProxyLogLine> lines,
        CancellationToken cancellationToken)
    {
        var logged = lines
            .Where(line => line.Worker.Length > 0)
            .Select(line => new Counted(line.Worker, line.Method, registered.NameOf(line.Worker, line.Method, line.Uri.Split('?')[0])))
            .Where(request => !OtherServlets.Contains(request.Servlet))
            .CountBy(request => request)
            .ToDictionary(count => count.Key, count => (double)count.Value);
        await lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(10),
            "the processes' own counts agree with the log",
            async token =>
            {
                var after = await lab.AllMetricsAsync(token);
                var counted = homeserver.Processes
                    .SelectMany(process => Since(process.Id, before[process.Id], after[process.Id]))
                    .Where(count => count.Value != 0)
                    .ToDictionary(count => count.Key, count => count.Value);
                var differing = logged.Keys.Union(counted.Keys)
                    .Where(key => logged.GetValueOrDefault(key) != counted.GetValueOrDefault(key))
                    .Select(key =>
                        $"{key.Worker} {key.Method} {key.Servlet}: logged {logged.GetValueOrDefault(key)}, "
                            + $"counted {counted.GetValueOrDefault(key)}")
                    .ToArray();
                return new Observation(differing.Length == 0, differing.Length == 0 ? "agree" : string.Join("; ", differing));
            },
            cancellationToken);
    }

    private IEnumerable<(Counted Key, double Value)> Since(string process, MetricsSnapshot before, MetricsSnapshot after)
    {
        var first = Served(process, before);
        return Served(process, after).Select(count => (count.Key, count.Value - first.GetValueOrDefault(count.Key)));
    }

    private Dictionary<Counted, double> Served(string process, MetricsSnapshot metrics) => metrics
        .Samples("synapse_http_server_response_count_total")
        .Select(sample => (Method: Label(sample, "method"), Servlet: Label(sample, "servlet"), sample.Value))
        // ReplicationSendEventsRestServlet, and RegisterDeviceReplicationServlet.
        .Where(sample => !sample.Servlet.Contains("Replication", StringComparison.Ordinal) && !OtherServlets.Contains(sample.Servlet))
        .GroupBy(sample => new Counted(process, sample.Method, registered.Known(sample.Servlet)))
        .ToDictionary(group => group.Key, group => group.Sum(sample => sample.Value));

    private static string Label(MetricSample sample, string name) => sample.Labels.GetValueOrDefault(name) ?? "";

    private readonly record struct Counted(string Worker, string Method, string Servlet);
}
