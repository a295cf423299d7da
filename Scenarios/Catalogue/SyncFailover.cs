using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>The sync worker of a user goes away and comes back while the user is being written to.</summary>
public sealed class SyncFailover : IScenario
{
    private const int MessagesPerPhase = 20;

    // A sync that ends a moment before its time is over may look like one that ended at once; more in a row are a loop.
    private const int EmptyRunAllowed = 1;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AllWithin = TimeSpan.FromSeconds(240);

    /// <inheritdoc/>
    public string Name => "sync-failover";

    /// <inheritdoc/>
    public string Summary => "When a user's sync worker is stopped, the user goes on on another, misses nothing, sees nothing twice and never loops on empty syncs; so too when it is back.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded", "reference"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.SyncWorkers(topology) ?? TopologyNeeds.SeparateContainers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => true;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var pool = ScenarioContext.Pool(homeserver, "sync");
        var story = context.Story;
        story.Step("alice reads, bob writes to a room they share");
        var alice = await context.UserAsync("alice", cancellationToken);
        var bob = await context.UserAsync("bob", cancellationToken);
        var roomId = await bob.Client.CreateRoomAsync(null, cancellationToken);
        await alice.Client.JoinAsync(roomId, cancellationToken);
        var window = await context.OpenWindowAsync(cancellationToken);
        var stream = context.Stream(alice);
        await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        var worker = LastWorker(alice, await window.LinesAsync(cancellationToken));
        var own = pool.Single(process => process.Id == worker);

        var sent = new List<string>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = stream.FollowUntilAsync(
            "alice has the messages of all three phases", () => stream.HasMessages(roomId, 3 * MessagesPerPhase), LongPoll, enough.Token, AllWithin);
        try
        {
            await PhaseAsync("before");
            story.Step($"{own.Id}, which serves alice's syncs, is stopped");
            await context.Lab.StopAsync(own.Id, cancellationToken);
            await PhaseAsync("while it is down");
            story.Step($"{own.Id} is started again");
            await context.Lab.StartAsync(own.Id, cancellationToken);
            await context.Lab.WaitReadyAsync(own.Id, ReadyWithin, cancellationToken);
            await PhaseAsync("after it is back");
            await following;
            // What comes twice may come late: one more sync after the last message.
            await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        }
        finally
        {
            await enough.CancelAsync();
            await context.Lab.StartAsync(own.Id, CancellationToken.None);
        }

        context.Prover.Require(
            "alice saw every message once, in order, and no sync looped",
            new Look(
                stream.Bodies(roomId).SequenceEqual(sent) && stream.Duplicates.Count == 0 && stream.LongestEmptyRun <= EmptyRunAllowed,
                $"{stream.Bodies(roomId).Count} of {sent.Count} messages, {stream.Duplicates.Count} twice, {stream.Answers} syncs answered, {stream.Failures} not, "
                + $"{stream.FilledGaps} gaps filled, longest run of empty answers {stream.LongestEmptyRun}"));

        await context.Prover.ProveAsync(
            $"another worker of the pool took over from {own.Id}",
            [
                new Witness(EvidenceSource.ProxyLog, async token =>
                {
                    var served = SyncLines.Of(await window.LinesAsync(token)).Where(line => alice.Sent(line.RequestId) && line.Since && line.Status == 200).CountBy(line => line.Worker).ToArray();
                    return new Look(served.Any(count => IsOther(count.Key)), $"alice's syncs: {Counts.Tell(served)}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counts = new Dictionary<string, int>();
                    foreach (var process in pool)
                    {
                        counts[process.Id] = (int)(await window.CountedAsync(process, token)).Sum(SynapseMetric.Responses, ("servlet", "SyncRestServlet"), ("tag", "sync_v2:incremental_sync"));
                    }

                    return new Look(counts.Any(count => count.Value > 0 && IsOther(count.Key)), $"incremental syncs served ({own.Id}: since its restart): {Counts.Tell(counts)}");
                }),
            ],
            cancellationToken);

        bool IsOther(string worker) => worker != own.Id && pool.Any(process => process.Id == worker);

        async Task PhaseAsync(string when)
        {
            story.Step($"bob writes {MessagesPerPhase} messages {when}");
            for (var i = 0; i < MessagesPerPhase; i++)
            {
                var body = $"{when} {i + 1}";
                sent.Add(body);
                await bob.Client.SendMessageAsync(roomId, body, $"m{sent.Count}", cancellationToken);
            }

            await context.Prover.ExpectAsync(
                $"alice has the messages sent {when}",
                _ => Task.FromResult(new Look(
                    stream.Bodies(roomId).Count >= sent.Count,
                    following.IsFaulted ? throw following.Exception.GetBaseException() : $"{stream.Bodies(roomId).Count} of {sent.Count} messages, {stream.Failures} syncs failed")),
                cancellationToken);
        }
    }

    private static string LastWorker(User user, IReadOnlyList<Evidence.ProxyLogLine> lines) =>
        SyncLines.Of(lines).Last(line => user.Sent(line.RequestId) && line.Since).Worker;
}
