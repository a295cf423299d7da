using System.Net;
using SynapseLab.Plans;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Proofs;

/// <summary>
/// What happened in a lab since a moment: lines of the proxy's log, and what each process's counters and the rows per writer gained.
/// Labs are used again and again, so only differences mean something.
/// </summary>
public sealed class EvidenceWindow
{
    private static readonly TimeSpan QuietWithin = TimeSpan.FromSeconds(30);

    private readonly RunningLab _lab;
    private readonly LogMark _opened;
    private readonly IReadOnlyDictionary<string, MetricsSnapshot> _metrics;
    private readonly Dictionary<string, IReadOnlyDictionary<string, long>> _rows;

    private EvidenceWindow(
        RunningLab lab,
        LogMark opened,
        IReadOnlyDictionary<string, MetricsSnapshot> metrics,
        Dictionary<string, IReadOnlyDictionary<string, long>> rows)
    {
        _lab = lab;
        _opened = opened;
        _metrics = metrics;
        _rows = rows;
    }

    /// <summary>Opens a window at a moment when nothing goes through the proxy, so that log, counters and rows all begin at the same
    /// point.</summary>
    /// <exception cref="LabException">Somebody kept using the lab for 30 s (exit code 1).</exception>
    public static async Task<EvidenceWindow> OpenAsync(RunningLab lab, CancellationToken cancellationToken)
    {
        EvidenceWindow? window = null;
        await lab.Waiter.UntilAsync(
            QuietWithin,
            "nothing goes through the proxy",
            async token =>
            {
                var opened = await lab.ProxyLog.MarkAsync(token);
                await lab.TakenUpAsync(token);
                var metrics = await lab.AllMetricsAsync(token);
                var rows = new Dictionary<string, IReadOnlyDictionary<string, long>>();
                foreach (var homeserver in lab.Deployment.Homeservers)
                {
                    rows[homeserver.Key] = await EventRows.ByWriterAsync(lab.Database(homeserver.Key), token);
                }

                window = new EvidenceWindow(lab, opened, metrics, rows);
                var meanwhile = await lab.ProxyLog.SinceAsync(opened, token);
                return meanwhile is [.., var last]
                    ? Observation.No($"{meanwhile.Count} requests, the last {last.Method} {last.Path} to {last.Homeserver}")
                    : Observation.Yes("quiet");
            },
            cancellationToken);
        return window!;
    }

    /// <summary>
    /// The requests that began since then and that the proxy has finished. A long poll that somebody left is finished by HAProxy when
    /// Synapse answers, up to its whole time later, and Synapse counted it when it came: before.
    /// </summary>
    public async Task<IReadOnlyList<ProxyLogLine>> LinesAsync(CancellationToken cancellationToken) =>
        [.. (await _lab.ProxyLog.SinceAsync(_opened, cancellationToken)).Where(line => line.Began >= _opened.Time)];

    /// <summary>What a process counted since then; if it was restarted meanwhile, since its start.</summary>
    public async Task<MetricsSnapshot> CountedAsync(SynapseProcess process, CancellationToken cancellationToken)
    {
        var now = await _lab.MetricsAsync(process.Id, cancellationToken);
        var before = _metrics[process.Id];
        const string start = "process_start_time_seconds";
        return now.Sum(start) == before.Sum(start) ? now.Delta(before) : now;
    }

    /// <summary>Rows of <c>events</c> that a homeserver gained since then, by writer.</summary>
    public async Task<IReadOnlyDictionary<string, long>> EventRowsAsync(Homeserver homeserver, CancellationToken cancellationToken)
    {
        var now = await EventRows.ByWriterAsync(_lab.Database(homeserver.Key), cancellationToken);
        return now
            .Select(row => (row.Key, Gained: row.Value - _rows[homeserver.Key].GetValueOrDefault(row.Key)))
            .Where(row => row.Gained != 0)
            .ToDictionary(row => row.Key, row => row.Gained);
    }

    /// <summary>Who has an address of the log; the address itself where nobody has.</summary>
    public string WhoIsAt(string remote) => IPAddress.TryParse(remote, out var address) ? _lab.ProcessAt(address) ?? remote : remote;
}
