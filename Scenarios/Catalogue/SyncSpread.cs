using SynapseLab.Catalogue;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Scenarios.Statistics;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Many users spread over the sync pool.</summary>
internal sealed class SyncSpread : IScenario
{
    private const int Users = 100;
    private const int SyncsEach = 3;

    /// <inheritdoc/>
    public string Name => "sync-spread";

    /// <inheritdoc/>
    public string Summary =>
        $"{Users} users spread over the sync pool by the shares of the proxy's ring, no worse than chance allows (chi-square, "
        + $"p >= {ChiSquare.FalseAlarm}), each on exactly one worker.";

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
        var map = context.Lab.Deployment.BuildRoutes();
        var pool = map.Decide(new HttpRequestLine("GET", "/_matrix/client/v3/sync?since=s"), homeserver.Key).Pool!;

        // The ring does not cut the pool into equal parts, so equal parts are not what chance would make.
        var shares = map.Shares(pool);
        context.Story.Step(
            $"{Users} people register; their names, which the ring goes by, come of the seed: --seed {context.Seed} repeats the spread");
        var names = Enumerable.Range(0, Users).Select(_ => $"member-{context.Random.NextInt64():x}").ToArray();
        var users = new User[Users];
        await context.ForEachAsync(
            Enumerable.Range(0, Users),
            async (i, token) => users[i] = await context.UserCalledAsync($"member{i + 1}", names[i], token),
            cancellationToken);

        // A token says how far the streams were, not whose it is: one initial sync gives all of them a point to go on from.
        var since = (await users[0].Client.SyncAsync(new SyncRequest(), cancellationToken)).NextBatch;
        var window = await context.OpenWindowAsync(cancellationToken);
        context.Story.Step($"each syncs {SyncsEach} times");
        await context.ForEachAsync(
            users,
            async (user, token) =>
            {
                for (var i = 0; i < SyncsEach; i++)
                {
                    await user.Client.SyncAsync(new SyncRequest(since), token);
                }
            },
            cancellationToken);

        var ring = pool.Members.Zip(shares, (process, share) => Invariant($"{process.Id} ({share:P1})"));
        await context.Prover.ProveAsync(
            $"each user is on one worker, and the {Users} users are spread over {string.Join(", ", ring)} "
            + $"as chance would with seed {context.Seed}",
            [
                new Witness(EvidenceSource.ProxyLog, async token =>
                {
                    var byRequest = SyncLines.Of(await window.LinesAsync(token))
                        .ToLookup(line => line.RequestId[..line.RequestId.LastIndexOf('-')], line => line.Worker);
                    var workers = users.Select(user => byRequest[user.RequestPrefix].Distinct().ToArray()).ToArray();
                    var perWorker = pool.Members.Select(process => workers.Count(of => of is [var only] && only == process.Id)).ToArray();
                    var spread = ChiSquare.Of(perWorker, [.. shares.Select(share => share * Users)]);
                    var wandering = workers.Count(of => of.Length != 1);
                    var counts = pool.Members.Zip(perWorker, (process, count) => KeyValuePair.Create(process.Id, count));
                    return new Observation(
                        wandering == 0 && perWorker.Sum() == Users && spread.IsPlausible,
                        $"users: {Counts.Tell(counts)}; {spread}"
                        + (wandering == 0 ? "" : $"; {wandering} users on none or several"));
                }),
                new Witness(EvidenceSource.Metrics, token => SyncLines.MetricsAgreeAsync(window, homeserver, token)),
            ],
            cancellationToken);
    }
}
