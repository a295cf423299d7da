using SynapseLab.Evidence;
using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What each Synapse process used and did during a load: the differences between readings of its own metrics.</summary>
/// <param name="lab">The lab.</param>
public sealed class ProcessAccounts(RunningLab lab)
{
    private Dictionary<string, MetricsSnapshot?> _before = [];
    private Dictionary<string, MetricsSnapshot?> _atEnd = [];

    /// <summary>The reading before the load.</summary>
    /// <exception cref="LabException">A process gives no metrics (exit code 1).</exception>
    public async Task OpenAsync(CancellationToken cancellationToken) =>
        _before = (await lab.AllMetricsAsync(cancellationToken)).ToDictionary(pair => pair.Key, pair => (MetricsSnapshot?)pair.Value);

    /// <summary>The reading at the end of the load, for CPU: while the last messages arrive, little is done.</summary>
    public async Task EndLoadAsync(CancellationToken cancellationToken) => _atEnd = await ReadAsync(_before.Keys, cancellationToken);

    /// <summary>The reading after the last messages, for what was done: transactions to other servers go out late.</summary>
    /// <param name="loadSeconds">How long the load lasted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What each process did, and the processes that do not answer any more or are not the ones that they were.</returns>
    public async Task<(IReadOnlyList<ProcessResult> Results, IReadOnlyList<string> Dead)> CloseAsync(double loadSeconds, CancellationToken cancellationToken)
    {
        var results = new List<ProcessResult>();

        // Who did not answer at the end of the load is not asked again: a frozen process lets everybody wait for the time-out.
        var dead = _atEnd.Where(entry => entry.Value is null).Select(entry => entry.Key).ToList();
        foreach (var (id, last) in await ReadAsync(_atEnd.Where(entry => entry.Value is not null).Select(entry => entry.Key), cancellationToken))
        {
            // A process that was started again counts from zero, and was dead in between (Prometheus client: process_start_time_seconds).
            var atEnd = _atEnd[id]!;
            if (last is null || last.Sum("process_start_time_seconds") != _before[id]!.Sum("process_start_time_seconds"))
            {
                dead.Add(id);
                continue;
            }

            var delta = last.Delta(_before[id]!);
            var cpu = atEnd.Sum("process_cpu_seconds_total") - _before[id]!.Sum("process_cpu_seconds_total");
            results.Add(new ProcessResult(
                id,
                Math.Round(cpu, 3),
                Math.Round(cpu / Math.Max(0.001, loadSeconds), 4),
                Math.Round(last.Sum("process_resident_memory_bytes") / 1048576, 1),
                delta.Sum("synapse_http_server_response_count_total"),
                delta.Sum("synapse_http_server_response_count_total", ("servlet", "SyncRestServlet")),
                delta.Sum("synapse_storage_events_persisted_events_total"),
                delta.Sum("synapse_federation_client_sent_transactions_total"),
                delta.Sum("synapse_federation_client_sent_edus_total")));
        }

        return (results, dead);
    }

    private async Task<Dictionary<string, MetricsSnapshot?>> ReadAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var snapshots = await Task.WhenAll(ids.Select(async id => (Id: id, Snapshot: await TryMetricsAsync(id, cancellationToken))));
        return snapshots.ToDictionary(entry => entry.Id, entry => entry.Snapshot);
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
