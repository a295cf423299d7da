using SynapseLab.Plans;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Waiting;

namespace SynapseLab.Scenarios;

/// <summary>A room with one person from each of several homeservers, all of whom know of each other.</summary>
/// <param name="RoomId">The room.</param>
/// <param name="Members">The people, the room's maker first.</param>
internal sealed record FederatedRoom(string RoomId, IReadOnlyList<User> Members)
{
    /// <summary>The member of a homeserver.</summary>
    public User Of(Homeserver homeserver) => Members.Single(member => member.HomeserverKey == homeserver.Key);

    /// <summary>Makes people and room; the first homeserver's person makes it, the others join through it.</summary>
    /// <param name="context">The run.</param>
    /// <param name="homeservers">The homeservers, at least two.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="mintedRoomId">A room that <paramref name="maker"/> has made already; null: one that everybody may join is made.</param>
    /// <param name="maker">A person of the first homeserver; null: a new one.</param>
    public static async Task<FederatedRoom> OpenAsync(
        ScenarioContext context,
        IReadOnlyList<Homeserver> homeservers,
        CancellationToken cancellationToken,
        string? mintedRoomId = null,
        User? maker = null)
    {
        var members = new User[homeservers.Count];
        members[0] = maker ?? await context.UserAsync(homeservers[0].Key, cancellationToken, homeservers[0].Key);
        var roomId = mintedRoomId ?? await members[0].Client.CreateRoomAsync(null, cancellationToken);
        await context.ForEachAsync(
            Enumerable.Range(1, homeservers.Count - 1),
            async (i, token) =>
            {
                members[i] = await context.UserAsync(homeservers[i].Key, token, homeservers[i].Key);
                await members[i].Client.JoinAsync(roomId, token, homeservers[0].ServerName);
            },
            cancellationToken);
        // Joins at the same time are branches of the room that do not know of each other, and Synapse tells of an event only those who were
        // in the room before it (synapse/federation/sender/__init__.py). An event on top of all branches makes everybody fetch the others.
        await members[0].Client.SendStateAsync(
            roomId,
            "m.room.topic",
            "",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("topic", "everybody is here");
                json.WriteEndObject();
            },
            cancellationToken);
        await context.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(60),
            [.. members.Select(member => new Condition(
                $"{member.Id} sees all {members.Length} members of the room",
                async token =>
                {
                    var joined = await member.Client.JoinedMembersAsync(roomId, token);
                    return new Observation(joined.Count == members.Length, $"{joined.Count}: {string.Join(", ", joined)}");
                }))],
            null,
            cancellationToken);
        return new FederatedRoom(roomId, members);
    }

    /// <summary>A stream for each member that stands at now: what follows is new.</summary>
    public async Task<IReadOnlyDictionary<User, SyncStream>> FollowAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var streams = Members.ToDictionary(member => member, context.Stream);
        await Task.WhenAll(streams.Values.Select(stream => stream.StepAsync(TimeSpan.Zero, cancellationToken)));
        return streams;
    }
}
