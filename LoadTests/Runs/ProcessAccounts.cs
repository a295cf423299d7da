using SynapseLab.Evidence;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What each Synapse process did during a load: the difference of two readings of its own metrics.</summary>
/// <param name="lab">The lab.</param>
public sealed class ProcessAccounts(RunningLab lab)
{
    private IReadOnlyDictionary<string, MetricsSnapshot?> _before = new Dictionary<string, MetricsSnapshot?>();

    /// <summary>The reading before the load.</summary>
    /// <exception cref="LabException">A process gives no metrics (exit code 1).</exception>
    public async Task OpenAsync(CancellationToken cancellationToken) =>
        _before = (await lab.AllMetricsAsync(cancellationToken)).ToDictionary(pair => pair.Key, pair => (MetricsSnapshot?)pair.Value);

    /// <summary>The reading after it.</summary>
    /// <param name="seconds">Time between the readings.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What each process did, and the processes that do not answer any more or are not the ones that they were.</returns>
    public async Task<(IReadOnlyList<ProcessResult> Results, IReadOnlyList<string> Dead)> CloseAsync(double seconds, CancellationToken cancellationToken)
    {
        var results = new List<ProcessResult>();
        var dead = new List<string>();
        var after = await Task.WhenAll(_before.Keys.Select(async id => (Id: id, Snapshot: await TryMetricsAsync(id, cancellationToken))));
        foreach (var (id, snapshot) in after)
        {
            // A process that was started again counts from zero, and was dead in between (Prometheus client: process_start_time_seconds).
            if (snapshot is null || snapshot.Sum("process_start_time_seconds") != _before[id]!.Sum("process_start_time_seconds"))
            {
                dead.Add(id);
                continue;
            }

            var delta = snapshot.Delta(_before[id]!);
            var cpu = delta.Sum("process_cpu_seconds_total");
            results.Add(new ProcessResult(
                id,
                Math.Round(cpu, 3),
                Math.Round(cpu / Math.Max(0.001, seconds), 4),
                Math.Round(snapshot.Sum("process_resident_memory_bytes") / 1048576, 1),
                delta.Sum("synapse_http_server_response_count_total"),
                delta.Sum("synapse_http_server_response_count_total", ("servlet", "SyncRestServlet")),
                delta.Sum("synapse_storage_events_persisted_events_total"),
                delta.Sum("synapse_federation_client_sent_transactions_total"),
                delta.Sum("synapse_federation_client_sent_edus_total")));
        }

        return (results, dead);
    }

    private async Task<MetricsSnapshot?> TryMetricsAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await lab.MetricsAsync(id, cancellationToken);
        }
        catch (LabException)
        {
            return null;
        }
    }
}
