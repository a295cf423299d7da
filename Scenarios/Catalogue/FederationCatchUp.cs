using SynapseLab.Plans;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>A homeserver is away for a while. Synapse then sends it only the newest event of each room when it is back
/// (synapse/federation/sender/per_destination_queue.py, catching up); the rest the other side has to fetch.</summary>
internal sealed class FederationCatchUp : IScenario
{
    private const int Messages = 30;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(5);

    // Synapse tries a transaction up to ten times, a good second or two apart (max_long_retries, max_long_retry_delay), before it notes a
    // failure.
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CaughtUpWithin = TimeSpan.FromSeconds(90);

    /// <inheritdoc/>
    public string Name => "federation-catch-up";

    /// <inheritdoc/>
    public string Summary => "A homeserver that was down for a while catches up, and nothing that was sent meanwhile is lost.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Homeservers(topology, 3) ?? TopologyNeeds.SingleProcess(topology);

    /// <inheritdoc/>
    public bool BreaksThings => true;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var away = context.Homeservers.Last(homeserver => homeserver.Processes.Count == 1);
        var others = context.Homeservers.Where(homeserver => homeserver != away).Take(2).ToArray();
        var everybody = others.Append(away).Select(homeserver => homeserver.ServerName);
        context.Story.Step($"people of {string.Join(", ", everybody)} meet in a room");
        var room = await FederatedRoom.OpenAsync(context, [.. others, away], cancellationToken);
        var reader = room.Of(away);
        var stream = context.Stream(reader);
        await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        await room.Members[0].Client.SendMessageAsync(room.RoomId, "before", "before", cancellationToken);
        await stream.FollowUntilAsync("the message before is there", () => stream.HasMessages(room.RoomId, 1), LongPoll, cancellationToken);

        var sent = new List<string> { "before" };
        try
        {
            context.Story.Step($"{away.ServerName} is stopped; the others write {Messages} messages");
            await context.Lab.StopAsync(away.Main.Id, cancellationToken);
            var stopped = await context.Lab.ProxyLog.MarkAsync(cancellationToken);
            for (var i = 0; i < Messages; i++)
            {
                var sender = room.Members[i % 2];
                var body = $"{sender.HomeserverKey} {i}";
                await sender.Client.SendMessageAsync(room.RoomId, body, $"m{i}", cancellationToken);
                sent.Add(body);
            }

            await context.Prover.ProveAsync(
                $"{string.Join(" and ", others.Select(homeserver => homeserver.ServerName))} notice that {away.ServerName} is away",
                [
                    new Witness(EvidenceSource.ProxyLog, async token =>
                    {
                        var refused = (await context.Lab.ProxyLog.SinceAsync(stopped, token))
                            .Where(line => line.Listener == "federation" && line.Homeserver == away.Key && line.Status >= 500)
                            .Count(line => line.Path.StartsWith("/_matrix/federation/v1/send/", StringComparison.Ordinal));
                        return new Observation(refused > 0, $"{refused} transactions refused");
                    }),
                    new Witness(EvidenceSource.Database, async token =>
                    {
                        await using var command = context.Lab.Database(others[0].Key).CreateCommand(
                            "SELECT retry_interval, failure_ts IS NOT NULL FROM destinations WHERE destination = $1");
                        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = away.ServerName });
                        await using var row = await command.ExecuteReaderAsync(token);
                        return await row.ReadAsync(token) && row.GetBoolean(1)
                            ? Observation.Yes($"{others[0].ServerName} notes a failure, to be tried again after {row.GetInt64(0)} ms")
                            : Observation.No($"{others[0].ServerName} has noted no failure");
                    }),
                ],
                cancellationToken,
                NoticedWithin);
        }
        finally
        {
            context.Story.Step($"{away.ServerName} is started again");
            await context.Lab.StartAsync(away.Main.Id, CancellationToken.None);
        }

        await context.Lab.WaitReadyAsync(away.Main.Id, ReadyWithin, cancellationToken);
        // A request of the homeserver tells the others that it is there, and their processes tell the sender that is responsible for it
        // (replication command REMOTE_SERVER_UP). Left alone, senders look for such homeservers once a minute.
        context.Story.Step($"{reader.Id} says so in the room");
        await reader.Client.SendMessageAsync(room.RoomId, "back", "back", cancellationToken);
        sent.Add("back");
        await context.Prover.ProveAsync(
            $"{away.ServerName} has all {Messages} messages that it missed, and its user was given them",
            [
                new Witness(EvidenceSource.Client, async token =>
                {
                    await stream.StepAsync(TimeSpan.FromSeconds(1), token);
                    var bodies = stream.Bodies(room.RoomId);
                    var lost = sent.Except(bodies).ToArray();
                    var inOrder = others.All(homeserver => Of(homeserver, bodies).SequenceEqual(Of(homeserver, sent)));
                    return new Observation(
                        lost.Length == 0 && stream.Duplicates.Count == 0 && inOrder,
                        $"{sent.Count - lost.Length} of {sent.Count} messages, {stream.Duplicates.Count} twice, "
                        + $"{stream.FilledGaps} gaps filled, each sender's {(inOrder ? "" : "not ")}in the order in which they were sent");
                }),
                new Witness(EvidenceSource.Database, async token =>
                {
                    var rows = (await EventRows.MessagesOfRoomAsync(context.Lab.Database(away.Key), room.RoomId, token)).Values.Sum();
                    return new Observation(rows == sent.Count, $"{rows} of {sent.Count} rows of events");
                }),
            ],
            cancellationToken,
            CaughtUpWithin);
    }

    // Bodies are written as "hs1 7": who wrote it, and its number.
    private static IEnumerable<string> Of(Homeserver homeserver, IEnumerable<string> bodies) =>
        bodies.Where(body => body.StartsWith($"{homeserver.Key} ", StringComparison.Ordinal));
}
