using SynapseLab.Numbers;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Only one of several persisters has work. The events stream then has writers whose position stands still, and whoever waits
/// for the lowest position of all waits too long (element-hq/synapse#15595).</summary>
internal sealed class IdlePersister : IScenario
{
    private const int Messages = 30;

    // Half of the 5 s for which Synapse waits for a stream that lags (synapse/replication/http/_base.py
    // _WAIT_FOR_REPLICATION_TIMEOUT_SECONDS). Whoever is held up waits for all of them, each time: so the median tells it from a machine
    // that was busy for a moment.
    private static readonly TimeSpan HalfWithin = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "idle-persister";

    /// <inheritdoc/>
    public string Summary =>
        "While only one persister has work, the idle ones hold up neither delivery to local users nor, "
        + "where there are other homeservers, to theirs.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["sharded", "federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Persisters(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var persisters = homeserver.WritersOf("events");
        var busy = persisters[context.Random.Next(persisters.Count)];
        var alice = await context.UserAsync("alice", cancellationToken);
        var (roomId, made) = await RoomMint.MintAsync(alice, homeserver, busy, null, cancellationToken);
        context.Story.Step(
            $"alice has a room that {busy.Id} writes (try {made}); bob joins it, and somebody from another homeserver where there is one");
        var bob = await context.UserAsync("bob", cancellationToken);
        await bob.Client.JoinAsync(roomId, cancellationToken);
        List<User> readers = [bob];
        if (context.Homeservers.Skip(1).FirstOrDefault() is { } other)
        {
            var carol = await context.UserAsync("carol", cancellationToken, other.Key);
            await carol.Client.JoinAsync(roomId, cancellationToken, homeserver.ServerName);
            readers.Add(carol);
        }

        var streams = readers.ToDictionary(reader => reader, context.Stream);
        foreach (var stream in streams.Values)
        {
            await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        }

        var window = await context.OpenWindowAsync(cancellationToken);
        context.Story.Step($"alice sends {Messages} messages, each after the one before has arrived with everybody");
        var times = readers.ToDictionary(reader => reader, _ => new List<TimeSpan>());
        for (var i = 0; i < Messages; i++)
        {
            var start = context.Lab.Time.GetTimestamp();
            var eventId = await alice.Client.SendMessageAsync(roomId, $"message {i}", $"m{i}", cancellationToken);
            await Task.WhenAll(readers.Select(async reader =>
            {
                var stream = streams[reader];
                await stream.FollowUntilAsync(
                    $"{reader.Id} is given message {i}",
                    () => new Observation(stream.Events(roomId).Any(e => e.EventId == eventId), $"{stream.Events(roomId).Count} events"),
                    LongPoll,
                    cancellationToken);
                times[reader].Add(context.Lab.Time.GetElapsedTime(start));
            }));
        }

        foreach (var reader in readers)
        {
            var median = times[reader].Select(time => time.TotalSeconds).Median();
            context.Prover.Require(
                $"messages reach {reader.Id} without being held up: "
                + Invariant($"half of them within {HalfWithin.TotalSeconds} s of their sending"),
                new Observation(
                    median <= HalfWithin.TotalSeconds,
                    Invariant($"half of them took up to {median:0.00} s, the slowest {times[reader].Max().TotalSeconds:0.00} s")));
        }

        await context.Prover.ProveAsync(
            $"only {busy.Id} wrote meanwhile; {string.Join(", ", persisters.Except([busy]).Select(persister => persister.Id))} stood idle",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var rows = await window.EventRowsAsync(homeserver, token);
                    var only = rows.Count == 1 && rows.GetValueOrDefault(busy.InstanceName) >= Messages;
                    return new Observation(only, $"rows of events gained: {Counts.Tell(rows)}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = new Dictionary<string, long>();
                    foreach (var persister in persisters)
                    {
                        counted[persister.Id] = (long)(await window.CountedAsync(persister, token)).Sum(SynapseMetric.PersistedEvents);
                    }

                    var only = counted.All(count => count.Key == busy.Id ? count.Value >= Messages : count.Value == 0);
                    return new Observation(only, $"events persisted: {Counts.Tell(counted)}");
                }),
            ],
            cancellationToken);
    }
}
