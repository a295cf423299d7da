using System.Security.Cryptography;
using SynapseLab.Deployments;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Scenarios.Proofs;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios.Catalogue;

/// <summary>Everything that people send crosses between all homeservers.</summary>
public sealed class FederationBothWays : IScenario
{
    private const int MessagesEach = 10;
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "federation-both-ways";

    /// <inheritdoc/>
    public string Summary => "Messages, typing, receipts and device keys cross both ways between all homeservers, and everybody's messages arrive in the order in which they were sent.";

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

        // The first homeserver has workers, the last is a single process: these two meet both kinds of sender and receiver.
        var (first, last) = (room.Members[0], room.Members[^1]);
        foreach (var member in new[] { first, last })
        {
            context.Story.Step($"{member.Id} types, reads the last message and uploads device keys");
            var window = await context.OpenWindowAsync(cancellationToken);
            var read = streams[member].Events(room.RoomId).Last(e => e.Type == "m.room.message" && e.Sender != member.Id).EventId!;
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=');
            await member.Client.TypingAsync(room.RoomId, member.Id, TimeSpan.FromSeconds(30), cancellationToken);
            await member.Client.ReceiptAsync(room.RoomId, read, cancellationToken);
            await member.Client.UploadDeviceKeysAsync(member.Session, key, key, cancellationToken);
            await Task.WhenAll(room.Members.Where(other => other != member).Select(async other =>
            {
                var stream = streams[other];
                await context.Prover.ExpectAsync(
                    $"{other.HomeserverKey} hears of {member.HomeserverKey}'s typing, receipt and new keys",
                    async token =>
                    {
                        await stream.StepAsync(TimeSpan.FromSeconds(1), token);
                        var (typing, receipt, keys) = (
                            SyncNews.IsTyping(stream, room.RoomId, member.Id),
                            SyncNews.HasRead(stream, room.RoomId, member.Id, read),
                            stream.SawDevicesChange(member.Id));
                        return new Look(typing && receipt && keys, $"typing {Told(typing)}, receipt {Told(receipt)}, device list change {Told(keys)}");
                    },
                    cancellationToken);
                var devices = await other.Client.QueryDeviceKeysAsync(member.Id, cancellationToken);
                context.Prover.Require(
                    $"{other.HomeserverKey} is given {member.HomeserverKey}'s device key",
                    new Look(
                        devices.TryGetValue(member.Session.DeviceId, out var device) && device.GetProperty("keys").GetProperty($"ed25519:{member.Session.DeviceId}").GetString() == key,
                        $"{devices.Count} device(s)"));
            }));
            await ProveEdusAsync(context, window, context.Homeserver(member.HomeserverKey), cancellationToken);
        }
    }

    private static async Task MessagesAsync(
        ScenarioContext context, FederatedRoom room, IReadOnlyDictionary<User, SyncStream> streams, CancellationToken cancellationToken)
    {
        var window = await context.OpenWindowAsync(cancellationToken);
        var total = MessagesEach * room.Members.Count;
        context.Story.Step($"everybody sends {MessagesEach} messages at the same time");
        var following = streams.Select(of => of.Value.FollowUntilAsync(
            $"{of.Key.HomeserverKey} has all {total} messages", () => of.Value.HasMessages(room.RoomId, total), LongPoll, cancellationToken)).ToArray();
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
            var mixed = room.Members.Where(sender => !bodies.Where(body => body.StartsWith(sender.HomeserverKey + " ", StringComparison.Ordinal))
                .SequenceEqual(Enumerable.Range(0, MessagesEach).Select(i => $"{sender.HomeserverKey} {i}"))).ToArray();
            context.Prover.Require(
                $"{reader.HomeserverKey} has all {total} messages once, each sender's in the order of sending",
                new Look(
                    mixed.Length == 0 && stream.Duplicates.Count == 0,
                    mixed.Length == 0 && stream.Duplicates.Count == 0 ? $"{bodies.Count} messages" : $"{stream.Duplicates.Count} twice; in this order: {string.Join(", ", bodies)}"));
        }

        await context.Prover.ProveAsync(
            $"every homeserver has taken the {total - MessagesEach} messages of the others by federation",
            [
                new Witness(EvidenceSource.Database, async token =>
                {
                    var rows = new Dictionary<string, long>();
                    foreach (var homeserver in context.Homeservers)
                    {
                        rows[homeserver.Key] = (await EventRows.MessagesOfRoomAsync(context.Lab.Database(homeserver.Key), room.RoomId, token)).Values.Sum();
                    }

                    return new Look(rows.Values.All(count => count == total), $"messages of the room: {Counts.Tell(rows)}");
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

                    return new Look(counted.Values.All(count => count >= total - MessagesEach), $"PDUs received in transactions: {Counts.Tell(counted)}");
                }),
            ],
            cancellationToken);
    }

    private static Task ProveEdusAsync(ScenarioContext context, EvidenceWindow window, Homeserver origin, CancellationToken cancellationToken)
    {
        var destinations = context.Homeservers.Where(homeserver => homeserver != origin).ToArray();
        string[] types = ["m.typing", "m.receipt", "m.device_list_update"];
        return context.Prover.ProveAsync(
            $"{origin.ServerName}'s sender{(ScenarioContext.Senders(origin).Count == 1 ? "" : "s")} sent typing, receipt and device list to all {destinations.Length} others, each of which took in as many EDUs",
            [
                new Witness(EvidenceSource.Metrics, async token =>
                {
                    var sent = new Dictionary<string, long>();
                    foreach (var sender in ScenarioContext.Senders(origin))
                    {
                        var counted = await window.CountedAsync(sender, token);
                        foreach (var type in types)
                        {
                            sent[type] = sent.GetValueOrDefault(type) + (long)counted.Sum(SynapseMetric.SentEdus, ("type", type));
                        }
                    }

                    return new Look(sent.Values.All(count => count >= destinations.Length), $"EDUs sent: {Counts.Tell(sent)}");
                }),
                // Synapse counts what it receives without telling types or origins apart (synapse/federation/federation_server.py).
                new Witness(EvidenceSource.ReceivingServer, async token =>
                {
                    var received = new Dictionary<string, long>();
                    foreach (var process in destinations.SelectMany(homeserver => homeserver.Processes))
                    {
                        received[process.HomeserverKey] = received.GetValueOrDefault(process.HomeserverKey)
                            + (long)(await window.CountedAsync(process, token)).Sum(SynapseMetric.ReceivedEdus);
                    }

                    return new Look(received.Values.All(count => count >= types.Length), $"EDUs received: {Counts.Tell(received)}");
                }),
            ],
            cancellationToken);
    }

    private static string Told(bool told) => told ? "told" : "not yet";
}
