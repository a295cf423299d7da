using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>One user, one sync worker: whatever device, wherever the token stands, over whichever connection.</summary>
internal sealed class SyncAffinity : IScenario
{
    private const int Syncs = 50;

    /// <inheritdoc/>
    public string Name => "sync-affinity";

    /// <inheritdoc/>
    public string Summary => $"One user stays on one sync worker over {Syncs} syncs, two devices and a reconnect.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded", "reference"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.SyncWorkers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var pool = ScenarioContext.Pool(homeserver, "sync");
        context.Story.Step("alice registers on one device and logs in on another, which sends its token in the query");
        var phone = await context.UserAsync("alice", cancellationToken);
        var laptop = await context.DeviceAsync(phone, tokenInQuery: true, cancellationToken);
        var since = (await phone.Client.SyncAsync(new SyncRequest(), cancellationToken)).NextBatch;

        var window = await context.OpenWindowAsync(cancellationToken);
        var reconnected = context.Reconnected(phone);
        context.Story.Step($"she syncs {Syncs} times: from the phone, from the laptop, and from the phone over new connections");
        foreach (var (device, count) in new[] { (phone, 20), (laptop, 15), (reconnected, Syncs - 35) })
        {
            for (var i = 0; i < count; i++)
            {
                since = (await device.Client.SyncAsync(new SyncRequest(since), cancellationToken)).NextBatch;
            }
        }

        await context.Prover.ProveAsync(
            "one worker of the sync pool served them all",
            [
                new Witness(EvidenceSource.ProxyLog, async token =>
                {
                    var lines = SyncLines.Of(await window.LinesAsync(token))
                        .Where(line => line.RequestId.StartsWith(phone.RequestPrefix, StringComparison.Ordinal)).ToArray();
                    var workers = lines.CountBy(line => line.Worker).ToArray();
                    return new Observation(
                        lines.Length == Syncs && workers.Length == 1 && pool.Any(process => process.Id == workers[0].Key),
                        $"{lines.Length} syncs: {Counts.Tell(workers)}; "
                        + $"the pool is {string.Join(", ", pool.Select(process => process.Id))}");
                }),
                new Witness(EvidenceSource.Metrics, token => SyncLines.MetricsAgreeAsync(window, homeserver, token)),
            ],
            cancellationToken);
    }
}
