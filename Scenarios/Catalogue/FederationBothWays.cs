using System.Security.Cryptography;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Everything that people send crosses from every homeserver to every other, so that each kind of sender meets each kind of
/// receiver.</summary>
internal sealed class FederationBothWays : IScenario
{
    private const int MessagesEach = 10;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "federation-both-ways";

    /// <inheritdoc/>
    public string Summary =>
        "Messages, typing, receipts and device keys cross both ways between all homeservers, "
        + "and everybody's messages arrive in the order in which they were sent.";

    /// <inheritdoc/>
    public IReadOnlyList<string> Topologies => ["federation"];

    /// <inheritdoc/>
    public string? Lacks(Topology topology) => TopologyNeeds.Homeservers(topology);

    /// <inheritdoc/>
    public bool BreaksThings => false;

    /// <inheritdoc/>
    public async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        context.Story.Step($"one person on each of {context.Homeservers.Count} homeservers; all meet in a room");
        var room = await FederatedRoom.OpenAsync(context, context.Homeservers, cancellationToken);
        var streams = await room.FollowAsync(context, cancellationToken);
        await MessagesAsync(context, room, streams, cancellationToken);

        await EphemeralAsync(context, room, streams, cancellationToken);
    }

    private static async Task MessagesAsync(
        ScenarioContext context, FederatedRoom room, IReadOnlyDictionary<User, SyncStream> streams, CancellationToken cancellationToken)
    {
        var window = await context.OpenWindowAsync(cancellationToken);
        var total = MessagesEach * room.Members.Count;
        context.Story.Step($"everybody sends {MessagesEach} messages at the same time");
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
                    await member.Client.SendMessageAsync(room.RoomId, $"{member.HomeserverKey} {i}", $"m{i}", token);
                }
            },
            cancellationToken);
        await Task.WhenAll(following);
        foreach (var (reader, stream) in streams)
        {
            var bodies = stream.Bodies(room.RoomId);
            context.Prover.Require(
                $"{reader.HomeserverKey} has all {total} messages once, each sender's in the order of sending",
                room.Members.All(sender => HasInOrder(bodies, sender)) && stream.Duplicates.Count == 0
                    ? Observation.Yes($"{bodies.Count} messages")
                    : Observation.No($"{stream.Duplicates.Count} twice; in this order: {string.Join(", ", bodies)}"));
        }

        await context.Prover.ProveAsync(
            $"every homeserver has taken the {total - MessagesEach} messages of the others by federation",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var rows = new Dictionary<string, long>();
                    foreach (var homeserver in context.Homeservers)
                    {
                        var ofRoom = await EventRows.MessagesOfRoomAsync(context.Lab.Database(homeserver.Key), room.RoomId, token);
                        rows[homeserver.Key] = ofRoom.Values.Sum();
                    }

                    return new Observation(rows.Values.All(count => count == total), $"messages of the room: {Counts.Tell(rows)}");
                }),
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var counted = new Dictionary<string, long>();
                    foreach (var homeserver in context.Homeservers)
                    {
                        foreach (var process in homeserver.Processes)
                        {
                            counted[homeserver.Key] = counted.GetValueOrDefault(homeserver.Key)
                                + (long)(await window.CountedAsync(process, token)).Sum(SynapseMetric.ReceivedPdus);
                        }
                    }

                    var enough = counted.Values.All(count => count >= total - MessagesEach);
                    return new Observation(enough, $"PDUs received in transactions: {Counts.Tell(counted)}");
                }),
            ],
            cancellationToken);
    }

    private static bool HasInOrder(IReadOnlyList<string> bodies, User sender) =>
        bodies.Where(body => body.StartsWith(sender.HomeserverKey + " ", StringComparison.Ordinal))
            .SequenceEqual(Enumerable.Range(0, MessagesEach).Select(i => $"{sender.HomeserverKey} {i}"));

    private static async Task EphemeralAsync(
        ScenarioContext context, FederatedRoom room, IReadOnlyDictionary<User, SyncStream> streams, CancellationToken cancellationToken)
    {
        context.Story.Step("everybody types, reads the last message of somebody else and uploads device keys");
        var window = await context.OpenWindowAsync(cancellationToken);
        var read = room.Members.ToDictionary(
            member => member,
            member => streams[member].Events(room.RoomId).Last(e => e.Type == "m.room.message" && e.Sender != member.Id).EventId!);
        var keys = room.Members.ToDictionary(
            member => member, _ => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('='));
        var before = streams.ToDictionary(
            of => of.Key, of => room.Members.ToDictionary(member => member, member => of.Value.DeviceListChanges(member.Id)));
        await context.ForEachAsync(
            room.Members,
            async (member, token) =>
            {
                await member.Client.TypingAsync(room.RoomId, member.Id, TimeSpan.FromSeconds(30), token);
                await member.Client.ReceiptAsync(room.RoomId, read[member], token);
                await member.Client.UploadDeviceKeysAsync(member.Session, keys[member], keys[member], token);
            },
            cancellationToken);

        var pairs = room.Members.SelectMany(reader => room.Members.Except([reader]).Select(member => (Reader: reader, Member: member)))
            .ToArray();
        await context.Prover.ExpectAsync(
            $"all {room.Members.Count} hear of each other's typing, receipts and new keys",
            async token =>
            {
                await Task.WhenAll(streams.Values.Select(stream => stream.StepAsync(TimeSpan.FromSeconds(1), token)));
                return All(pairs.SelectMany(pair => new[]
                {
                    ($"{pair.Member.HomeserverKey}'s typing at {pair.Reader.HomeserverKey}",
                        SyncNews.IsTyping(streams[pair.Reader], room.RoomId, pair.Member.Id)),
                    ($"{pair.Member.HomeserverKey}'s receipt at {pair.Reader.HomeserverKey}",
                        SyncNews.HasRead(streams[pair.Reader], room.RoomId, pair.Member.Id, read[pair.Member])),
                    ($"{pair.Member.HomeserverKey}'s device list at {pair.Reader.HomeserverKey}",
                        streams[pair.Reader].DeviceListChanges(pair.Member.Id) > before[pair.Reader][pair.Member]),
                }));
            },
            cancellationToken);
        await context.Prover.ExpectAsync(
            $"all {room.Members.Count} are given each other's device keys, as they were uploaded",
            async token => All(await Task.WhenAll(pairs.Select(async pair =>
            {
                var devices = await pair.Reader.Client.QueryDeviceKeysAsync(pair.Member.Id, token);
                var id = pair.Member.Session.DeviceId;
                return (
                    $"{pair.Member.HomeserverKey}'s key at {pair.Reader.HomeserverKey}",
                    devices.TryGetValue(id, out var device)
                        && device.GetProperty("keys").GetProperty($"ed25519:{id}").GetString() == keys[pair.Member]);
            }))),
            cancellationToken);
        foreach (var member in room.Members)
        {
            await ProveEdusAsync(context, window, room, member, read[member], cancellationToken);
        }
    }

    // Synapse counts the EDUs that it receives without telling types or origins apart (synapse/federation/federation_server.py): whose they
    // are is told at the receiving side by the address that the transactions come from, and by the receipt in its database.
    private static Task ProveEdusAsync(
        ScenarioContext context,
        EvidenceWindow window,
        FederatedRoom room,
        User member,
        string readEventId,
        CancellationToken cancellationToken)
    {
        var origin = context.Homeserver(member.HomeserverKey);
        var senders = origin.Senders;
        var destinations = context.Homeservers.Where(homeserver => homeserver != origin).ToArray();
        string[] types = ["m.typing", "m.receipt", "m.device_list_update"];
        return context.Prover.ProveAsync(
            $"{string.Join(" and ", senders.Select(sender => sender.Id))} sent the typing, receipt and device list of {member.Id} "
            + $"to all {destinations.Length} others",
            [
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var sent = types.ToDictionary(type => type, _ => 0L);
                    foreach (var sender in senders)
                    {
                        var counted = await window.CountedAsync(sender, token);
                        foreach (var type in types)
                        {
                            sent[type] += (long)counted.Sum(SynapseMetric.SentEdus, ("type", type));
                        }
                    }

                    return new Observation(sent.Values.All(count => count >= destinations.Length), $"EDUs sent: {Counts.Tell(sent)}");
                }),
                new Witness(EvidenceSource.ReceivingServer, async token =>
                {
                    var arrived = FederationLines.Transactions(window, await window.LinesAsync(token))
                        .Where(line => line.Status == 200 && senders.Any(sender => line.From == sender.Id || line.From == sender.Container))
                        .CountBy(line => line.To)
                        .ToDictionary();
                    var all = destinations.All(homeserver => arrived.ContainsKey(homeserver.Key));
                    return new Observation(all, $"transactions that came from there: {Counts.Tell(arrived)}");
                }),
                new Witness(EvidenceSource.Database, async token =>
                {
                    var rows = new Dictionary<string, long>();
                    foreach (var homeserver in destinations)
                    {
                        await using var command = context.Lab.Database(homeserver.Key).CreateCommand(
                            "SELECT count(*) FROM receipts_linearized WHERE room_id = $1 AND user_id = $2 AND event_id = $3");
                        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = room.RoomId });
                        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = member.Id });
                        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = readEventId });
                        rows[homeserver.Key] = (long)(await command.ExecuteScalarAsync(token))!;
                    }

                    return new Observation(rows.Values.All(count => count == 1), $"rows of {member.Id}'s receipt: {Counts.Tell(rows)}");
                }),
            ],
            cancellationToken);
    }

    private static Observation All(IEnumerable<(string What, bool Told)> expected)
    {
        var all = expected.ToArray();
        var missing = all.Where(one => !one.Told).Select(one => one.What).ToArray();
        return missing.Length == 0
            ? Observation.Yes($"{all.Length} of {all.Length}")
            : Observation.No($"{all.Length - missing.Length} of {all.Length}; not yet {string.Join(", ", missing)}");
    }
}
