using SynapseLab.Conventions;
using SynapseLab.Plans;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Two people talk through the proxy, and the evidence says which process did what.</summary>
internal sealed class FirstProof : IScenario
{
    private const int Messages = 100;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "first-proof";

    /// <inheritdoc/>
    public string Summary =>
        "Two people exchange 100 messages, typing and receipts; events, receipts, typing, "
        + "syncs and federation are each done by the process that should do it.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["reference", "sharded", "monolith"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => null;

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var homeserver = context.Homeserver();
        var story = context.Story;
        story.Step("alice and bob register through the proxy; alice makes a room and bob joins");
        var window = await context.OpenWindowAsync(cancellationToken);
        var alice = await context.UserAsync("alice", cancellationToken);
        var bob = await context.UserAsync("bob", cancellationToken);
        var roomId = await alice.Client.CreateRoomAsync(null, cancellationToken);
        await bob.Client.JoinAsync(roomId, cancellationToken);

        story.Step($"they send {Messages} messages in turns, and each follows /sync");
        var streams = new Dictionary<User, SyncStream> { [alice] = context.Stream(alice), [bob] = context.Stream(bob) };
        foreach (var stream in streams.Values)
        {
            await stream.StepAsync(TimeSpan.Zero, cancellationToken);
        }

        var sent = Enumerable.Range(1, Messages).Select(n => $"message {n}").ToArray();
        var following = streams.Select(of => of.Value.FollowUntilAsync(
            $"{of.Key.Name} has all {Messages} messages",
            () => of.Value.HasMessages(roomId, Messages),
            LongPoll,
            cancellationToken)).ToArray();
        var eventIds = new List<string>();
        foreach (var (i, body) in sent.Index())
        {
            eventIds.Add(await (i % 2 == 0 ? alice : bob).Client.SendMessageAsync(roomId, body, $"m{i}", cancellationToken));
        }

        await Task.WhenAll(following);
        foreach (var (user, stream) in streams)
        {
            context.Prover.Require(
                $"{user.Name} sees all {Messages} messages once, in the order in which they were sent",
                stream.Bodies(roomId).SequenceEqual(sent) && stream.Duplicates.Count == 0
                    ? Observation.Yes($"{stream.Answers} syncs")
                    : Observation.No(
                        $"{stream.Bodies(roomId).Count} messages, {stream.Duplicates.Count} twice: "
                        + string.Join(", ", stream.Bodies(roomId))));
        }

        story.Step("bob types, and alice reads his last message");
        await bob.Client.TypingAsync(roomId, bob.Id, TimeSpan.FromSeconds(30), cancellationToken);
        await alice.Client.ReceiptAsync(roomId, eventIds[^1], cancellationToken);
        await Task.WhenAll(
            streams[alice].FollowUntilAsync(
                "alice is told that bob types",
                () => Ephemeral(streams[alice], stream => SyncNews.IsTyping(stream, roomId, bob.Id)),
                LongPoll,
                cancellationToken),
            streams[bob].FollowUntilAsync(
                "bob is told that alice has read his message",
                () => Ephemeral(streams[bob], stream => SyncNews.HasRead(stream, roomId, alice.Id, eventIds[^1])),
                LongPoll,
                cancellationToken));
        story.Saw("alice is told that bob types, bob is told that alice has read his message");

        await ProveEventsAsync(context, window, homeserver, roomId, cancellationToken);
        await ProveReceiptsAndTypingAsync(context, window, homeserver, roomId, alice, bob, cancellationToken);
        await ProveSyncsAsync(context, window, homeserver, [alice, bob], cancellationToken);
        await ProveSendersAsync(context, homeserver, roomId, cancellationToken);

        Observation Ephemeral(SyncStream stream, Func<SyncStream, bool> told) =>
            new(told(stream), Told([.. stream.Ephemeral(roomId).Select(e => e.Type)]));

        static string Told(string[] types) => $"{types.Length} ephemeral events: {string.Join(", ", types)}";
    }

    private static Task ProveEventsAsync(
        ScenarioContext context, EvidenceWindow window, Homeserver homeserver, string roomId, CancellationToken cancellationToken)
    {
        var writers = homeserver.WritersOf("events");
        var mine = ShardingRule.Pick(roomId, writers);
        return context.Prover.ProveAsync(
            $"{mine.Id} wrote the room's messages, and only {string.Join(", ", writers.Select(writer => writer.Id))} wrote any events",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var messages = await EventRows.MessagesOfRoomAsync(context.Lab.Database(homeserver.Key), roomId, token);
                    var all = await EventRows.ByWriterAsync(context.Lab.Database(homeserver.Key), token);
                    var seen = $"the room's {Messages} messages: {Counts.Tell(messages)}; all rows of events: {Counts.Tell(all)}";
                    return new Observation(
                        messages.GetValueOrDefault(mine.InstanceName) == Messages && messages.Count == 1
                            && all.Keys.All(name => writers.Any(writer => writer.InstanceName == name)),
                        seen);
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = await CountedAsync(window, homeserver, SynapseMetric.PersistedEvents, [], token);
                    var rows = await window.EventRowsAsync(homeserver, token);
                    var byInstance = counted.ToDictionary(
                        count => homeserver.Processes.Single(process => process.Id == count.Key).InstanceName, count => count.Value);
                    return new Observation(
                        Counts.Agree(byInstance, rows), $"events persisted: {Counts.Tell(counted)}; rows gained: {Counts.Tell(rows)}");
                }),
            ],
            cancellationToken);
    }

    private static async Task ProveReceiptsAndTypingAsync(
        ScenarioContext context,
        EvidenceWindow window,
        Homeserver homeserver,
        string roomId,
        User alice,
        User bob,
        CancellationToken cancellationToken)
    {
        var receipts = homeserver.WritersOf("receipts");
        await context.Prover.ProveAsync(
            $"alice's receipt was written by {string.Join(" or ", receipts.Select(writer => writer.Id))}",
            [
                new Witness(EvidenceSource.ProxyLog, token => ServedAsync(window, alice, "/receipt/", receipts, token)),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    // A process without others to tell counts no stream updates.
                    var (metric, label) = homeserver.Processes.Count > 1
                        ? (SynapseMetric.StreamUpdates, ("stream_name", "receipts"))
                        : (SynapseMetric.Requests, ("servlet", "ReceiptRestServlet"));
                    var written = await CountedAsync(window, homeserver, metric, [label], token);
                    return new Observation(OnlyBy(written, receipts), $"{metric} ({label.Item2}): {Counts.Tell(written)}");
                }),
                new Witness(EvidenceSource.Database, async token =>
                {
                    await using var command = context.Lab.Database(homeserver.Key).CreateCommand(
                        "SELECT COALESCE(instance_name, 'master') FROM receipts_linearized WHERE room_id = $1 AND user_id = $2");
                    command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = roomId });
                    command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = alice.Id });
                    var name = await command.ExecuteScalarAsync(token) as string;
                    return new Observation(
                        receipts.Any(writer => writer.InstanceName == name), $"the row of receipts_linearized is of {name ?? "nobody"}");
                }),
            ],
            cancellationToken);

        var typing = homeserver.WritersOf("typing");
        await context.Prover.ProveAsync(
            $"bob's typing was taken by {typing[0].Id}",
            [
                new Witness(EvidenceSource.ProxyLog, token => ServedAsync(window, bob, "/typing/", typing, token)),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var served = await CountedAsync(
                        window, homeserver, SynapseMetric.Requests, [("servlet", "RoomTypingRestServlet"), ("method", "PUT")], token);
                    return new Observation(OnlyBy(served, typing), $"typing requests served: {Counts.Tell(served)}");
                }),
            ],
            cancellationToken);
    }

    private static Task ProveSyncsAsync(
        ScenarioContext context, EvidenceWindow window, Homeserver homeserver, IReadOnlyList<User> users,
        CancellationToken cancellationToken)
    {
        var pool = ScenarioContext.Pool(homeserver, "sync").Select(process => process.Id).ToArray();
        return context.Prover.ProveAsync(
            $"one of {string.Join(", ", pool)} served all following syncs of each user",
            [
                new Witness(EvidenceSource.ProxyLog, async token =>
                {
                    var lines = SyncLines.Of(await window.LinesAsync(token));
                    var byUser = users.Select(user =>
                    {
                        var syncs = lines.Where(line => user.Sent(line.RequestId) && line.Since);
                        return (user, Workers: syncs.CountBy(line => line.Worker).ToArray());
                    }).ToArray();
                    return new Observation(
                        byUser.All(of => of.Workers.Length == 1 && pool.Contains(of.Workers[0].Key)),
                        string.Join("; ", byUser.Select(of => $"{of.user.Name}'s: {Counts.Tell(of.Workers)}")));
                }),
                new Witness(EvidenceSource.Metrics, token => SyncLines.MetricsAgreeAsync(window, homeserver, token)),
            ],
            cancellationToken);
    }

    private static string Names(string[] processes) => processes.Length == 0 ? "nobody" : string.Join(", ", processes);

    private static Task ProveSendersAsync(
        ScenarioContext context, Homeserver homeserver, string roomId, CancellationToken cancellationToken)
    {
        var senders = homeserver.Senders;
        return context.Prover.ProveAsync(
            $"{string.Join(", ", senders.Select(sender => sender.Id))} {(senders.Count == 1 ? "works" : "work")} "
            + "through the events for other homeservers, and nobody else does",
            [
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    // The gauge is set by whoever runs the federation sender's loop, even if nothing has to be sent.
                    var metrics = await context.Lab.AllMetricsAsync(token);
                    var working = homeserver.Processes.Where(process =>
                        metrics[process.Id].Sum(SynapseMetric.ProcessingPositions, ("name", "federation_sender")) > 0).ToArray();
                    return new Observation(
                        working.Select(process => process.Id).Order().SequenceEqual(senders.Select(sender => sender.Id).Order()),
                        $"processing positions of a federation sender are at {Names([.. working.Select(process => process.Id)])}");
                }),
                new Witness(EvidenceSource.Database, async token =>
                {
                    await using var command = context.Lab.Database(homeserver.Key).CreateCommand(
                        """
                        SELECT instance_name, stream_id >= (SELECT max(stream_ordering) FROM events WHERE room_id = $1)
                        FROM federation_stream_position WHERE type = 'events' ORDER BY 1
                        """);
                    command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = roomId });
                    var past = new List<string>();
                    await using var reader = await command.ExecuteReaderAsync(token);
                    while (await reader.ReadAsync(token))
                    {
                        if (reader.GetBoolean(1))
                        {
                            past.Add(reader.GetString(0));
                        }
                    }

                    return new Observation(
                        past.Order().SequenceEqual(senders.Select(sender => sender.InstanceName).Order()),
                        $"past the room's last event in federation_stream_position: {Names([.. past])}");
                }),
            ],
            cancellationToken);
    }

    private static async Task<Observation> ServedAsync(
        EvidenceWindow window, User user, string path, IReadOnlyList<SynapseProcess> allowed, CancellationToken cancellationToken)
    {
        var lines = (await window.LinesAsync(cancellationToken))
            .Where(line => user.Sent(line.RequestId) && line.Path.Contains(path, StringComparison.Ordinal)).ToArray();
        return new Observation(
            lines.Length > 0 && lines.All(line => line.Status == 200 && allowed.Any(process => process.Id == line.Worker)),
            lines.Length == 0
                ? "no line yet"
                : string.Join("; ", lines.Select(line => $"{line.Method} {path} {line.Status} by {line.Worker}")));
    }

    private static async Task<Dictionary<string, long>> CountedAsync(
        EvidenceWindow window,
        Homeserver homeserver,
        string metric,
        (string Label, string Value)[] labels,
        CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>();
        foreach (var process in homeserver.Processes)
        {
            counts[process.Id] = (long)(await window.CountedAsync(process, cancellationToken)).Sum(metric, labels);
        }

        return counts;
    }

    private static bool OnlyBy(Dictionary<string, long> counts, IReadOnlyList<SynapseProcess> allowed) =>
        counts.Values.Sum() > 0 && counts.All(count => count.Value == 0 || allowed.Any(process => process.Id == count.Key));
}
