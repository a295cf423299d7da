using SynapseLab.Plans;
using SynapseLab.Runtimes.Evidence;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>The sync worker of a user goes away and comes back while the user is being written to.</summary>
internal sealed class SyncFailover : IScenario
{
    private const int MessagesPerPhase = 20;

    // More than a run that is allowed: a worker that answers too early shows.
    private const int QuietPolls = 3;

    // A sync that ends a moment before its time is over may look like one that ended at once; more in a row are a loop.
    private const int EmptyRunAllowed = 1;

    // Short, so that several run out while nobody writes.
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AllWithin = TimeSpan.FromSeconds(240);

    /// <inheritdoc/>
    public string Name => "sync-failover";

    /// <inheritdoc/>
    public string Summary =>
        "When a user's sync worker is stopped, the user goes on on another, misses nothing, "
        + "sees nothing twice and never loops on empty syncs; so too when it is back and serves the user again.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded", "reference"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.SyncWorkers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => true;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var pool = ScenarioContext.Pool(context.Homeserver(), "sync");
        var story = context.Story;
        story.Step("alice reads, bob writes to a room they share");
        var alice = await context.UserAsync("alice", cancellationToken);
        var bob = await context.UserAsync("bob", cancellationToken);
        var roomId = await bob.Client.CreateRoomAsync(null, cancellationToken);
        await alice.Client.JoinAsync(roomId, cancellationToken);
        var begin = await context.Lab.ProxyLog.MarkAsync(cancellationToken);
        var stream = context.Stream(alice);
        await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        var serving = (await SyncsAsync(begin, null, cancellationToken))[^1].Worker;
        var own = pool.Single(process => process.Id == serving);
        var others = pool.Where(process => process != own).ToArray();

        var sent = new List<string>();
        var over = false;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // One stream of syncs from the first message to the last, as a client's: it is in a long poll when the worker goes and when it
        // comes.
        var following = stream.FollowUntilAsync(
            "bob has written all he has to say",
            () => new Observation(Volatile.Read(ref over), $"{stream.Bodies(roomId).Count} messages"),
            LongPoll,
            enough.Token,
            AllWithin);
        LogMark stopped, started, back;
        Dictionary<string, long> servedBefore, servedMeanwhile;
        try
        {
            await PhaseAsync("before");
            story.Step($"{own.Id}, which serves alice's syncs, is stopped");
            await context.Lab.StopAsync(own.Id, cancellationToken);
            stopped = await context.Lab.ProxyLog.MarkAsync(cancellationToken);
            servedBefore = await ServedAsync(others, cancellationToken);
            await PhaseAsync("while it is down");
            await SilenceAsync("while it is down");
            servedMeanwhile = await ServedAsync(others, cancellationToken);
            started = await context.Lab.ProxyLog.MarkAsync(cancellationToken);
            story.Step($"{own.Id} is started again");
            await context.Lab.StartAsync(own.Id, cancellationToken);
            await context.Lab.WaitReadyAsync(own.Id, ReadyWithin, cancellationToken);
            await context.Prover.ExpectAsync(
                $"{own.Id} serves alice again",
                async token =>
                {
                    var last = (await SyncsAsync(started, null, token)).LastOrDefault();
                    return new Observation(
                        last?.Worker == own.Id, last is null ? "no sync yet" : $"her last sync was served by {last.Worker}");
                },
                cancellationToken);
            back = await context.Lab.ProxyLog.MarkAsync(cancellationToken);
            await PhaseAsync("after it is back");
            await SilenceAsync("after it is back");
            Volatile.Write(ref over, true);
            await following;
        }
        finally
        {
            await enough.CancelAsync();
            await context.Lab.StartAsync(own.Id, CancellationToken.None);
        }

        context.Prover.Require(
            "alice saw every message once, in order, and no sync looped",
            new Observation(
                stream.Bodies(roomId).SequenceEqual(sent) && stream.Duplicates.Count == 0 && stream.LongestEmptyRun <= EmptyRunAllowed,
                $"{stream.Bodies(roomId).Count} of {sent.Count} messages, {stream.Duplicates.Count} twice, "
                + $"{stream.Answers} syncs answered, {stream.Failures} not, {stream.FilledGaps} gaps filled, "
                + $"{stream.QuietAnswers} long polls ran their time without news, "
                + $"longest run of empty answers before their time {stream.LongestEmptyRun}"));
        await context.Prover.ProveAsync(
            $"while {own.Id} was down, {string.Join(" or ", others.Select(process => process.Id))} served all of alice's syncs",
            [
                new Witness(EvidenceSource.ProxyLog, async token => ServedBy(await SyncsAsync(stopped, started, token), others)),
                new Witness(EvidenceSource.Metrics, () =>
                {
                    var served = servedMeanwhile.ToDictionary(count => count.Key, count => count.Value - servedBefore[count.Key]);
                    return new Observation(served.Values.Sum() > 0, $"incremental syncs served in that time: {Counts.Tell(served)}");
                }),
            ],
            cancellationToken);
        await context.Prover.ProveAsync(
            $"since it is back, {own.Id} serves all of alice's syncs again",
            [
                new Witness(EvidenceSource.ProxyLog, async token => ServedBy(await SyncsAsync(back, null, token), [own])),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var logged = (await SyncsAsync(started, null, token)).Count(line => line.Worker == own.Id);
                    var served = (await ServedAsync([own], token))[own.Id];
                    return new Observation(
                        served == logged && served > 0,
                        $"incremental syncs served since its restart: {own.Id} {served}; sent there by the proxy: {logged}");
                }),
            ],
            cancellationToken);

        // Alice's answered incremental syncs between two marks, or from a mark on.
        async Task<IReadOnlyList<SyncLine>> SyncsAsync(LogMark from, LogMark? to, CancellationToken token) =>
            [.. SyncLines.Of((await context.Lab.ProxyLog.SinceAsync(from, token)).Take((to?.Position ?? int.MaxValue) - from.Position))
                .Where(line => alice.Sent(line.RequestId) && line.Since && line.Status == 200)];

        async Task<Dictionary<string, long>> ServedAsync(IReadOnlyList<SynapseProcess> processes, CancellationToken token)
        {
            var served = new Dictionary<string, long>();
            foreach (var process in processes)
            {
                var metrics = await context.Lab.MetricsAsync(process.Id, token);
                served[process.Id] = (long)metrics.Sum(
                    SynapseMetric.Responses, ("servlet", "SyncRestServlet"), ("tag", "sync_v2:incremental_sync"));
            }

            return served;
        }

        async Task PhaseAsync(string when)
        {
            story.Step($"bob writes {MessagesPerPhase} messages {when}");
            for (var i = 0; i < MessagesPerPhase; i++)
            {
                var body = $"{when} {i + 1}";
                sent.Add(body);
                await bob.Client.SendMessageAsync(roomId, body, $"m{sent.Count}", cancellationToken);
            }

            await FollowedAsync(
                $"alice has the messages sent {when}",
                () => new Observation(
                    stream.Bodies(roomId).Count >= sent.Count,
                    $"{stream.Bodies(roomId).Count} of {sent.Count} messages, {stream.Failures} syncs failed"));
        }

        async Task SilenceAsync(string when)
        {
            story.Step($"bob is silent {when}");
            var before = stream.QuietAnswers;
            await FollowedAsync(
                $"alice's syncs wait for news that does not come, {when}",
                () => new Observation(
                    stream.QuietAnswers - before >= QuietPolls,
                    $"{stream.QuietAnswers - before} of {QuietPolls} syncs waited their time, "
                    + $"longest run of empty answers before their time {stream.LongestEmptyRun}"));
        }

        Task FollowedAsync(string claim, Func<Observation> look) => context.Prover.ExpectAsync(
            claim,
            _ => Task.FromResult(following.IsFaulted ? throw following.Exception.GetBaseException() : look()),
            cancellationToken);
    }

    private static Observation ServedBy(IReadOnlyList<SyncLine> syncs, IReadOnlyList<SynapseProcess> processes) =>
        new(
            syncs.Count > 0 && syncs.All(line => processes.Any(process => process.Id == line.Worker)),
            $"alice's syncs: {Counts.Tell(syncs.CountBy(line => line.Worker))}");
}
