using SynapseLab.LoadTests.Reports;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Evidence;

namespace SynapseLab.LoadTests.Runs;

/// <summary>What each Synapse process used and did during a load: the differences between readings of its own metrics. A process that is
/// too busy to answer leaves a gap; that it is dead only the engine can say (<see cref="DeathWatch"/>).</summary>
/// <param name="lab">The lab.</param>
internal sealed class ProcessAccounts(RunningLab lab)
{
    private Dictionary<string, MetricsSnapshot?> _before = [];
    private Dictionary<string, MetricsSnapshot?> _atEnd = [];

    /// <summary>The reading before the load.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken) =>
        _before = await ReadAsync(lab.Deployment.Processes.Select(process => process.Id), cancellationToken);

    /// <summary>The reading at the end of the load, for CPU: while the last messages arrive, little is done.</summary>
    public async Task EndLoadAsync(CancellationToken cancellationToken) => _atEnd = await ReadAsync(_before.Keys, cancellationToken);

    /// <summary>The reading after the last messages, for what was done: transactions to other servers go out late.</summary>
    /// <param name="loadSeconds">How long the load lasted.</param>
    /// <param name="patient">Whether those are asked again who did not answer at the end of the load: not where a part of the lab died, and
    /// everybody would wait for it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What each process did; which are not the ones that they were; and what could not be read, a sentence each.</returns>
    public async Task<(IReadOnlyList<ProcessResult> Results, IReadOnlyList<string> Restarted, IReadOnlyList<string> Gaps)> CloseAsync(
        double loadSeconds, bool patient, CancellationToken cancellationToken)
    {
        var (results, restarted, gaps) = (new List<ProcessResult>(), new List<string>(), new List<string>());
        var lasts = await ReadAsync(_before.Keys.Where(id => patient || _atEnd.GetValueOrDefault(id) is not null), cancellationToken);
        foreach (var (id, before) in _before)
        {
            var (atEnd, last) = (_atEnd.GetValueOrDefault(id), lasts.GetValueOrDefault(id));
            if (before is null || last is null)
            {
                gaps.Add($"{id} gave no metrics {(before is null ? "before the load" : "after the load")}: what it did is not known");
                continue;
            }

            // A process that was started again counts from zero, and was dead in between (Prometheus client: process_start_time_seconds).
            if (last.Sum("process_start_time_seconds") != before.Sum("process_start_time_seconds"))
            {
                restarted.Add(id);
                continue;
            }

            if (atEnd is null)
            {
                gaps.Add($"{id} gave no metrics at the end of the load: its CPU is that up to the arrival of the last message");
                atEnd = last;
            }

            var delta = last.Delta(before);
            var cpu = atEnd.Sum("process_cpu_seconds_total") - before.Sum("process_cpu_seconds_total");

            // Of transactions, the wait for a free connection of the pool (synapse/storage/database.py, sql_scheduling_timer).
            var transactions = delta.Sum("synapse_storage_schedule_time_count");
            var waited = delta.Sum("synapse_storage_schedule_time_sum");
            results.Add(new ProcessResult(
                id,
                Math.Round(cpu, 3),
                Math.Round(cpu / Math.Max(0.001, loadSeconds), 4),
                Math.Round(last.Sum("process_resident_memory_bytes") / 1048576, 1),
                delta.Sum("synapse_http_server_response_count_total"),
                delta.Sum("synapse_http_server_response_count_total", ("servlet", "SyncRestServlet")),
                delta.Sum("synapse_storage_events_persisted_events_total"),
                delta.Sum("synapse_federation_client_sent_transactions_total"),
                delta.Sum("synapse_federation_client_sent_edus_total"),
                transactions > 0 ? Math.Round(waited / transactions * 1000, 3) : 0));
        }

        return (results, restarted, gaps);
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
