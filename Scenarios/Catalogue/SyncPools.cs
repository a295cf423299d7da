using SynapseLab.Runtimes.Evidence;
using SynapseLab.Plans;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Syncs that start from nothing keep away from those that go on.</summary>
internal sealed class SyncPools : IScenario
{
    private const int Users = 10;

    /// <inheritdoc/>
    public string Name => "sync-pools";

    /// <inheritdoc/>
    public string Summary => "Initial syncs (no since, full_state, initialSync) land on their own pool, incremental ones on the sync pool.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.InitialSyncWorkers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var initialPool = ScenarioContext.Pool(homeserver, "initial_sync");
        var syncPool = ScenarioContext.Pool(homeserver, "sync");
        context.Story.Step($"{Users} people register");
        var users = await context.UsersAsync("newcomer", Users, cancellationToken);

        var window = await context.OpenWindowAsync(cancellationToken);
        context.Story.Step(
            "each syncs from nothing, goes on twice, asks for the full state, goes on once more, and asks for the old initialSync");
        await context.ForEachAsync(
            users,
            async (user, token) =>
            {
                var since = (await user.Client.SyncAsync(new SyncRequest(), token)).NextBatch;
                since = (await user.Client.SyncAsync(new SyncRequest(since), token)).NextBatch;
                since = (await user.Client.SyncAsync(new SyncRequest(since), token)).NextBatch;
                since = (await user.Client.SyncAsync(new SyncRequest(since, FullState: true), token)).NextBatch;
                await user.Client.SyncAsync(new SyncRequest(since), token);
                await user.Client.SendAsync(HttpMethod.Get, "/_matrix/client/v3/initialSync?limit=1", null, token);
            },
            cancellationToken);

        await context.Prover.ProveAsync(
            $"initial syncs go to {Names(initialPool)}, incremental ones to {Names(syncPool)}",
            [
                new Witness(EvidenceSource.ProxyLog, async token =>
                {
                    var lines = (await window.LinesAsync(token)).Where(line => users.Any(user => user.Sent(line.RequestId))).ToArray();
                    var syncs = SyncLines.Of(lines);
                    var initial = syncs.Where(line => !line.Since || line.FullState).Select(line => line.Worker)
                        .Concat(lines.Where(line => line.Path.EndsWith("/initialSync", StringComparison.Ordinal))
                            .Select(line => line.Worker))
                        .CountBy(worker => worker).ToArray();
                    var incremental = syncs.Where(line => line.Since && !line.FullState).CountBy(line => line.Worker).ToArray();
                    return new Observation(
                        Only(initial, initialPool, 3 * Users) && Only(incremental, syncPool, 3 * Users),
                        $"initial: {Counts.Tell(initial)}; incremental: {Counts.Tell(incremental)}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    // Synapse tells the kinds apart itself: synapse/handlers/sync.py sets the tag of the request.
                    var initial = new Dictionary<string, int>();
                    var incremental = new Dictionary<string, int>();
                    foreach (var process in homeserver.Processes)
                    {
                        var counted = await window.CountedAsync(process, token);
                        initial[process.Id] = (int)(Tagged(counted, "sync_v2:initial_sync") + Tagged(counted, "sync_v2:full_state_sync")
                            + counted.Sum(SynapseMetric.Requests, ("servlet", "InitialSyncRestServlet")));
                        incremental[process.Id] = (int)Tagged(counted, "sync_v2:incremental_sync");
                    }

                    return new Observation(
                        Only(initial, initialPool, 3 * Users) && Only(incremental, syncPool, 3 * Users),
                        $"initial: {Counts.Tell(initial)}; incremental: {Counts.Tell(incremental)}");
                }),
            ],
            cancellationToken);
    }

    private static double Tagged(MetricsSnapshot counted, string tag) =>
        counted.Sum(SynapseMetric.Responses, ("servlet", "SyncRestServlet"), ("tag", tag));

    private static bool Only(IEnumerable<KeyValuePair<string, int>> counts, IReadOnlyList<SynapseProcess> pool, int total)
    {
        var some = counts.Where(count => count.Value > 0).ToArray();
        return some.Sum(count => count.Value) == total && some.All(count => pool.Any(process => process.Id == count.Key));
    }

    private static string Names(IEnumerable<SynapseProcess> pool) => string.Join(", ", pool.Select(process => process.Id));
}
