using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Each destination has one federation sender, and Synapse's rule says which.</summary>
internal sealed class FederationSharding : IScenario
{
    private const int MessagesEach = 5;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "federation-sharding";

    /// <inheritdoc/>
    public string Summary =>
        "In a room shared by all homeservers, each destination is served by the sender that the rule names, "
        + "as the receiving side and the senders' counters both show.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Senders(topology) ?? TopologyNeeds.SeparateContainers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var names = string.Join(", ", context.Homeservers.Select(homeserver => homeserver.ServerName));
        context.Story.Step($"one person on each of {names}; all meet in a room");
        var room = await FederatedRoom.OpenAsync(context, context.Homeservers, cancellationToken);
        var streams = await room.FollowAsync(context, cancellationToken);
        var window = await context.OpenWindowAsync(cancellationToken);

        context.Story.Step($"each sends {MessagesEach} messages, and everybody waits for all of them");
        var total = MessagesEach * room.Members.Count;
        var following = streams.Select(of => of.Value.FollowUntilAsync(
            $"{of.Key.HomeserverKey} has all {total} messages",
            () => of.Value.HasMessages(room.RoomId, total),
            LongPoll,
            cancellationToken)).ToArray();
        await context.ForEachAsync(
            room.Members,
            async (member, token) =>
            {
                for (var i = 0; i < MessagesEach; i++)
                {
                    await member.Client.SendMessageAsync(room.RoomId, $"{member.Name} {i}", $"m{i}", token);
                }
            },
            cancellationToken);
        await Task.WhenAll(following);

        foreach (var origin in context.Homeservers.Where(homeserver => homeserver.Senders.Count > 1))
        {
            await ProveOriginAsync(context, window, origin, cancellationToken);
        }
    }

    private static Task ProveOriginAsync(
        ScenarioContext context, EvidenceWindow window, Homeserver origin, CancellationToken cancellationToken)
    {
        var senders = origin.Senders;
        var rule = context.Homeservers.Where(homeserver => homeserver != origin)
            .ToDictionary(destination => destination.Key, destination => ShardingRule.Pick(destination.ServerName, senders).Id);
        return context.Prover.ProveAsync(
            $"{origin.ServerName} sends to {string.Join(", ", rule.Select(pair => $"{pair.Key} by {pair.Value}"))}",
            [
                new Witness(EvidenceSource.ReceivingServer, async token =>
                {
                    var arrived = FederationLines.Transactions(window, await window.LinesAsync(token))
                        .Where(line => IsOf(origin, line.From)).ToArray();
                    var pairs = arrived.CountBy(line => (line.To, line.From)).ToArray();
                    var told = pairs.Select(pair => $"{pair.Value} at {pair.Key.To} from {pair.Key.From}");
                    return new Observation(
                        rule.All(pair => pairs.Where(of => of.Key.To == pair.Key).Select(of => of.Key.From).SequenceEqual([pair.Value])),
                        $"transactions arrived: {string.Join(", ", told.Order(StringComparer.Ordinal))}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = new Dictionary<string, long>();
                    foreach (var process in origin.Processes)
                    {
                        counted[process.Id] = (long)(await window.CountedAsync(process, token)).Sum(SynapseMetric.SentTransactions);
                    }

                    var arrived = FederationLines.Transactions(window, await window.LinesAsync(token))
                        .Where(line => IsOf(origin, line.From) && line.Status == 200)
                        .CountBy(line => line.From).ToDictionary(count => count.Key, count => (long)count.Value);
                    return new Observation(
                        Counts.Agree(counted, arrived),
                        $"transactions sent, as the processes count: {Counts.Tell(counted)}; arrived from each: {Counts.Tell(arrived)}");
                }),
            ],
            cancellationToken);
    }

    private static bool IsOf(Homeserver homeserver, string process) => homeserver.Processes.Any(own => own.Id == process);
}
