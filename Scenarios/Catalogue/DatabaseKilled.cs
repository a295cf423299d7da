using Npgsql;
using SynapseLab.Deployments;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;
using static System.FormattableString;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>
/// Postgres is killed (SIGKILL) again and again while six people write into three rooms and sync. What Synapse answered with 200 is
/// promised: Postgres had committed it. A write-ahead log that was not handed to the kernel before the answer (synchronous_commit=off)
/// loses the newest of it, and Synapse's persisters then go on from positions that the database no longer has.
/// A room can be stopped by a fault of Synapse's own all the same, whatever the settings: <see cref="PersistingLeftovers"/>. It is told
/// apart by the persister's log and by the row in the database, which is taken away; a room that stays silent for any other reason fails
/// the scenario.
/// </summary>
internal sealed class DatabaseKilled : IScenario
{
    private const int Kills = 10;
    private const int People = 6;
    private const int Rooms = 3;

    // Of each kill the moment is chosen by chance: after so many messages more.
    private const int FewestBetweenKills = 5;
    private const int MostBetweenKills = 25;

    private static readonly TimeSpan BetweenSends = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(5);

    // Postgres replays its log and Synapse connects anew: two seconds on a quiet machine.
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AllWithin = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public string Name => "database-killed";

    /// <inheritdoc/>
    public string Summary =>
        "Postgres is killed ten times while six people write and sync: "
        + "every acknowledged message is in its room once and in every member's sync once, each sender's in order, "
        + "and every room takes the next message by itself.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["reference", "sharded", "monolith"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => null;

    /// <inheritdoc/>
    public bool BreaksThings => true;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var postgres = context.Lab.Deployment.Containers.Single(container => container.Kind == ContainerKind.Postgres).Name;
        context.Story.Step($"{People} people are in {Rooms} rooms; each writes every {BetweenSends.TotalMilliseconds} ms and syncs");
        var people = await context.UsersAsync("writer", People, cancellationToken);
        var rooms = new List<string>();
        for (var i = 0; i < Rooms; i++)
        {
            rooms.Add(await people[0].Client.CreateRoomAsync(null, cancellationToken));
        }

        var joins = people.Skip(1).SelectMany(_ => rooms, (person, room) => (person, room));
        await context.ForEachAsync(joins, (join, token) => join.person.Client.JoinAsync(join.room, token), cancellationToken);
        SyncStream Following(User person) => new(person.Client, context.Lab.Time, context.Lab.Waiter) { ThroughServerErrors = true };
        var streams = people.Select(Following).ToArray();
        await Task.WhenAll(streams.Select(stream => stream.StepAsync(TimeSpan.Zero, cancellationToken)));

        var ledger = new Ledger(rooms);
        await using var leftovers = PersistingLeftovers.Follow(context.Lab, context.Homeserver());
        var stopped = 0;
        using var enough = new CancellationTokenSource();
        var allIsSent = false;
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] readers = [.. streams.Select((stream, i) => stream.FollowUntilAsync(
            $"{people[i].Id} is given every acknowledged message",
            () =>
            {
                var lacking = ledger.LackingIn(stream).Count;
                var complete = Volatile.Read(ref allIsSent) && lacking == 0;
                return new Observation(complete, $"{lacking} of {ledger.Count} acknowledged messages lack");
            },
            LongPoll,
            broken.Token,
            AllWithin))];
        var following = Task.WhenAll(readers);
        Task[] writers = [.. people.Select((person, i) => WriteAsync(context, ledger, person, rooms, i, enough.Token, broken.Token))];
        var sending = Task.WhenAll(writers);
        try
        {
            for (var kill = 1; kill <= Kills; kill++)
            {
                var more = ledger.Count + context.Random.Next(FewestBetweenKills, MostBetweenKills);
                await WhileWritingAsync(
                    $"messages are acknowledged before kill {kill}",
                    () => new Observation(ledger.Count >= more, $"{ledger.Count} of {more}"));
                context.Story.Step($"kill {kill}: after {ledger.Count} acknowledged messages");
                leftovers.Forget();
                await context.Lab.KillAsync(postgres, cancellationToken);
                var before = ledger.CountByRoom();
                await context.Lab.StartAsync(postgres, cancellationToken);
                await WhileWritingAsync(
                    $"every room takes the next message after kill {kill}",
                    () =>
                    {
                        var taken = ledger.CountByRoom().Zip(before, (now, then) => now - then).ToArray();
                        var (all, counts) = (taken.All(count => count > 0), string.Join(", ", taken));
                        return new Observation(all, $"messages since, by room: {counts}; the last refusal: {ledger.LastRefusal}");
                    });
            }

            // The last messages can meet Synapse's own fault, too.
            await enough.CancelAsync();
            await WhileWritingAsync("the last messages are acknowledged", () => new Observation(
                sending.IsCompletedSuccessfully, $"{ledger.Count} messages; the last refusal: {ledger.LastRefusal}"));
            Volatile.Write(ref allIsSent, true);
            context.Story.Step(
                $"nobody writes any more: {ledger.Count} messages were acknowledged, {ledger.Refusals} tries were refused or broken off; "
                + $"Synapse's own fault stopped a room {stopped} times");
            await following;
        }
        finally
        {
            await broken.CancelAsync();
            await context.Lab.StartAsync(postgres, CancellationToken.None);
        }

        context.Prover.Require(
            "every member's sync has every acknowledged message once, each sender's in order", ledger.HeldBy(people, streams));
        await context.Prover.ProveAsync(
            "every acknowledged message is in its room once, and none that was not sent",
            [
                new Witness(EvidenceSource.Database, async token =>
                    ledger.HeldBy(await BodiesInDatabaseAsync(context.Lab.Database(people[0].HomeserverKey), rooms, token))),
                new Witness(EvidenceSource.Client, async token =>
                    ledger.HeldBy(await BodiesInHistoryAsync(people[^1].Client, rooms, token))),
            ],
            cancellationToken);

        // What a sender or reader failed of stands in the claim's history, and not the room's silence alone.
        Task WhileWritingAsync(string claim, Func<Observation> look) => context.Prover.ExpectAsync(
            claim,
            async token =>
            {
                foreach (var row in await leftovers.TakeAwayAsync(token))
                {
                    stopped++;
                    context.Story.Saw(
                        $"Synapse's own fault (docs/scenarios.md): {row.InstanceName} refuses a room for the row that it left itself, "
                        + $"state group {row.StateGroup}; the row is taken away");
                }

                var failed = readers.Concat(writers).FirstOrDefault(task => task.IsFaulted)?.Exception;
                return failed is null ? look() : throw failed.GetBaseException();
            },
            cancellationToken,
            BackWithin);
    }

    // One message after the other, each tried with the same transaction ID until it is acknowledged, as clients do.
    private static async Task WriteAsync(
        ScenarioContext context,
        Ledger ledger,
        User person,
        IReadOnlyList<string> rooms,
        int first,
        CancellationToken enough,
        CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(BetweenSends, context.Lab.Time);
        for (var number = 1; !enough.IsCancellationRequested; number++)
        {
            var room = (first + number) % rooms.Count;
            var body = Invariant($"{person.Name} {number}");
            for (var acknowledged = false; !acknowledged;)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
                try
                {
                    await person.Client.SendMessageAsync(rooms[room], body, $"m{number}", cancellationToken);
                    ledger.Acknowledge(room, person.Name, body);
                    acknowledged = true;
                }
                catch (Exception e)
                    when (e is HttpRequestException or IOException or TimeoutException or MatrixException { IsServerError: true })
                {
                    ledger.Refuse(e);
                }
            }
        }
    }

    private static async Task<ILookup<string, string>> BodiesInDatabaseAsync(
        NpgsqlDataSource database, IReadOnlyList<string> rooms, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT room_id, event_json.json::jsonb #>> '{content,body}' FROM events JOIN event_json USING (event_id, room_id) "
            + "WHERE room_id = ANY($1) AND type = 'm.room.message'");
        command.Parameters.Add(new NpgsqlParameter { Value = rooms.ToArray() });
        var bodies = new List<(string Room, string Body)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            bodies.Add((reader.GetString(0), reader.GetString(1)));
        }

        return bodies.ToLookup(row => row.Room, row => row.Body);
    }

    private static async Task<ILookup<string, string>> BodiesInHistoryAsync(
        MatrixClient client, IReadOnlyList<string> rooms, CancellationToken cancellationToken)
    {
        const int PageSize = 500;
        var bodies = new List<(string Room, string Body)>();
        foreach (var room in rooms)
        {
            string? from = null;
            do
            {
                var page = await client.MessagesAsync(room, from, backwards: true, PageSize, cancellationToken);
                bodies.AddRange(page.Chunk.Select(e => e.Body).OfType<string>().Select(body => (room, body)));
                from = page.End;
            }
            while (from is not null);
        }

        return bodies.ToLookup(row => row.Room, row => row.Body);
    }

    // What was promised, in the order in which each sender was promised it.
    private sealed class Ledger(IReadOnlyList<string> rooms)
    {
        private readonly Lock _gate = new();
        private readonly List<(string Sender, string Body)>[] _acknowledged = [.. rooms.Select(_ => new List<(string, string)>())];
        private int _refusals;
        private string _lastRefusal = "none";

        public int Count => CountByRoom().Sum();

        public int Refusals => Volatile.Read(ref _refusals);

        public string LastRefusal => Volatile.Read(ref _lastRefusal);

        public void Acknowledge(int room, string sender, string body)
        {
            lock (_gate)
            {
                _acknowledged[room].Add((sender, body));
            }
        }

        public void Refuse(Exception e)
        {
            Interlocked.Increment(ref _refusals);
            // Without the request's own room and ID, so that one outage is one line of the history.
            Volatile.Write(ref _lastRefusal, e is MatrixException answer
                ? $"{(int)answer.Status} {answer.ErrorCode} {answer.Error} by {answer.Worker ?? "the proxy"}"
                : e.GetType().Name);
        }

        public int[] CountByRoom()
        {
            lock (_gate)
            {
                return [.. _acknowledged.Select(room => room.Count)];
            }
        }

        public IReadOnlyList<string> LackingIn(SyncStream stream) =>
            [.. Promised().SelectMany((room, i) => room.Select(message => message.Body).Except(stream.Bodies(rooms[i])))];

        public Observation HeldBy(IReadOnlyList<User> people, IReadOnlyList<SyncStream> streams)
        {
            var wrong = people.Zip(streams)
                .SelectMany(pair => Differences(pair.Second.Bodies, ordered: true)
                    .Concat(pair.Second.Duplicates.Select(id => $"{id} came twice"))
                    .Select(difference => $"{pair.First.Name}: {difference}"))
                .ToArray();
            var (failures, gaps) = (streams.Sum(stream => stream.Failures), streams.Sum(stream => stream.FilledGaps));
            return Tell(wrong, $"{Count} messages with each of {people.Count} members, {failures} syncs failed, {gaps} gaps filled");
        }

        public Observation HeldBy(ILookup<string, string> bodies) =>
            Tell(
                [.. Differences(room => [.. bodies[room]], ordered: false)],
                $"{bodies.Sum(room => room.Count())} messages, {Count} acknowledged");

        private IEnumerable<string> Differences(Func<string, IReadOnlyList<string>> bodiesOf, bool ordered)
        {
            foreach (var (promised, room) in Promised().Zip(rooms))
            {
                var bodies = bodiesOf(room);
                var acknowledged = promised.Select(message => message.Body).ToHashSet();
                foreach (var body in acknowledged.Except(bodies))
                {
                    yield return $"'{body}' is lost";
                }

                foreach (var body in bodies.Except(acknowledged))
                {
                    yield return $"'{body}' was never acknowledged";
                }

                foreach (var twice in bodies.CountBy(body => body).Where(body => body.Value > 1))
                {
                    yield return $"'{twice.Key}' is there {twice.Value} times";
                }

                foreach (var sender in ordered ? promised.GroupBy(message => message.Sender) : [])
                {
                    var sent = sender.Select(message => message.Body).ToArray();
                    if (!bodies.Where(sent.Contains).Distinct().SequenceEqual(sent.Where(bodies.Contains)))
                    {
                        yield return $"the messages of {sender.Key} are in another order than they were sent";
                    }
                }
            }
        }

        private static Observation Tell(string[] wrong, string counts) =>
            wrong.Length == 0
                ? Observation.Yes(counts)
                : Observation.No($"{counts}; {wrong.Length} wrong: {string.Join("; ", wrong.Take(10))}");

        private (string Sender, string Body)[][] Promised()
        {
            lock (_gate)
            {
                return [.. _acknowledged.Select(room => room.ToArray())];
            }
        }
    }
}
