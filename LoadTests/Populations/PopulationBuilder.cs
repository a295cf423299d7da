using System.Collections.Concurrent;
using System.Security.Cryptography;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Waiting;

namespace SynapseLab.LoadTests.Populations;

/// <summary>Registers users, makes rooms and joins them, several at a time.</summary>
/// <param name="labName">The lab's name, for what is told.</param>
/// <param name="homeservers">Client endpoint and server name of each homeserver of the shape, by key.</param>
/// <param name="http">Connections.</param>
/// <param name="waiter">Waits until what was set up has arrived everywhere. One that looks seldom: each look is a request to every
/// homeserver, which have work to do meanwhile.</param>
/// <param name="progress">Told after each step.</param>
internal sealed class PopulationBuilder(
    string labName,
    IReadOnlyDictionary<string, HomeserverAddress> homeservers,
    HttpClient http,
    Waiter waiter,
    IProgress<SetupProgress> progress)
{
    // Registration and joins cost Synapse some 10 to 50 ms of CPU each; more at once only queue up inside of it.
    private const int AtOnce = 16;

    // What an ordinary client wants to know, and no presence of others. Members are loaded when they speak, as Element does it.
    private const string Filter =
        """{"presence":{"types":[]},"account_data":{"types":[]},"room":{"timeline":"""
        + """{"limit":50},"state":{"lazy_load_members":true},"account_data":{"types":[]}}}""";

    // Federation sends what was refused again after some seconds, and a machine that is small for six homeservers needs its time.
    private static readonly TimeSpan SettledWithin = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<string, int> _done = new();

    /// <summary>Makes a population.</summary>
    /// <exception cref="LabException">The lab refused a step (exit code 1).</exception>
    public async Task<Population> BuildAsync(PopulationShape shape, CancellationToken cancellationToken)
    {
        var joins = shape.Members.Sum(room => room.Count - 1 + (shape.AllUsers - shape.Users));

        // Labs are used again and again: names of earlier set-ups, also of ones that broke off, must not be in the way.
        var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        try
        {
            var users = new LoadUser[shape.AllUsers];
            await ForEachAsync(Enumerable.Range(0, users.Length), async (i, token) =>
            {
                var key = i < shape.Users ? shape.Homeservers[0] : shape.Homeservers[1 + ((i - shape.Users) / shape.RemoteUsers)];
                var session = await Client(key, null).RegisterAsync($"load-{mark}-{i}", password, token);
                var filter = await UploadFilterAsync(Client(key, session.AccessToken), session.UserId, token);
                users[i] = new LoadUser(session.UserId, session.AccessToken, key, filter);
                Step("users", users.Length);
            }, cancellationToken);

            var rooms = new LoadRoom[shape.Members.Count];
            await ForEachAsync(Enumerable.Range(0, rooms.Length), async (i, token) =>
            {
                var creator = users[shape.Members[i][0]];
                var client = Client(creator.HomeserverKey, creator.AccessToken);
                var roomId = await client.CreateRoomAsync(null, token);
                var first = await client.SendMessageAsync(roomId, "Here the load begins.", "first", token);
                var remote = Enumerable.Range(shape.Users, shape.AllUsers - shape.Users);
                rooms[i] = new LoadRoom(roomId, [.. shape.Members[i], .. remote], first);
                Step("rooms", rooms.Length);
            }, cancellationToken);

            var via = homeservers[shape.Homeservers[0]].ServerName;

            // First one user of each homeserver: a second one who joins at the same time would ask for the room's whole state once more.
            bool IsFirst(int user) => user >= shape.Users && (user - shape.Users) % shape.RemoteUsers == 0;
            var all = rooms.SelectMany((room, at) => room.Members.Select(user => (Room: at, User: user))).ToArray();
            var firsts = all.Where(join => IsFirst(join.User));
            var others = all.Where(join => !IsFirst(join.User) && join.User != shape.Members[join.Room][0]);

            // Round by round over the rooms: joins of one room wait for each other inside of Synapse.
            var ranked = others.GroupBy(join => join.Room).SelectMany(group => group.Select((join, rank) => (join, rank)));
            foreach (var round in new[] { firsts, ranked.OrderBy(entry => entry.rank).Select(entry => entry.join) })
            {
                await ForEachAsync(round, async (join, token) =>
                {
                    var user = users[join.User];
                    var client = Client(user.HomeserverKey, user.AccessToken);
                    var room = rooms[join.Room].RoomId;
                    await (join.User < shape.Users ? client.JoinAsync(room, token) : client.JoinAsync(room, token, via));
                    Step("memberships", joins);
                }, cancellationToken);
            }

            if (shape.RemoteUsers > 0)
            {
                await SettleAsync(shape, users, rooms, cancellationToken);
            }

            return new Population(users, rooms);
        }
        catch (Exception e) when (e is MatrixException or HttpRequestException or TimeoutException)
        {
            throw LabException.Failed($"setting up users and rooms failed: {e.Message}", null, $"See {ToType.On(labName, "status")}", e);
        }
    }

    /// <summary>Whether the lab still knows a population: its first and last user are asked who they are.</summary>
    public async Task<bool> IsKnownAsync(Population population, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var user in new[] { population.Users[0], population.Users[^1] })
            {
                if (await Client(user.HomeserverKey, user.AccessToken).WhoAmIAsync(cancellationToken) != user.UserId)
                {
                    return false;
                }
            }

            return true;
        }
        catch (MatrixException e) when (e.ErrorCode is "M_UNKNOWN_TOKEN" or "M_MISSING_TOKEN")
        {
            return false;
        }
        catch (Exception e) when (e is MatrixException or HttpRequestException or TimeoutException)
        {
            throw LabException.Failed($"the lab does not answer: {e.Message}", null, $"See {ToType.On(labName, "status")}", e);
        }
    }

    /// <summary>
    /// Joins from several homeservers at the same time are branches of a room that do not know of each other; one message on top of all
    /// makes everybody fetch the others (docs/scenarios.md). The load begins when every homeserver has them: what set-up left to do is no
    /// work of the load.
    /// </summary>
    private async Task SettleAsync(PopulationShape shape, LoadUser[] users, LoadRoom[] rooms, CancellationToken cancellationToken)
    {
        await ForEachAsync(rooms, async (room, token) =>
        {
            var creator = users[room.Members[0]];
            var client = Client(creator.HomeserverKey, creator.AccessToken);
            await client.SendMessageAsync(room.RoomId, "Everybody is here.", "everybody", token);
        }, cancellationToken);
        await waiter.UntilAsync(SettledWithin, [.. shape.Homeservers.Select(Settled)], null, cancellationToken);

        Condition Settled(string key, int place)
        {
            var at = 0;
            return new Condition(
                $"{key} knows all members of all rooms",
                async token =>
                {
                    for (; at < rooms.Length; at++)
                    {
                        var user = place == 0 ? users[rooms[at].Members[0]] : users[shape.Users + ((place - 1) * shape.RemoteUsers)];
                        var members = await Client(key, user.AccessToken).JoinedMembersAsync(rooms[at].RoomId, token);
                        if (members.Count < rooms[at].Members.Count)
                        {
                            var (all, id) = (rooms[at].Members.Count, rooms[at].RoomId);
                            return Observation.No($"{members.Count} of {all} members of {id}, after {at} rooms with all");
                        }

                        Step("settled", rooms.Length * shape.Homeservers.Count);
                    }

                    return Observation.Yes($"{at} rooms");
                });
        }
    }

    private static Task ForEachAsync<T>(
        IEnumerable<T> items, Func<T, CancellationToken, ValueTask> body, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, body);

    private static async Task<string> UploadFilterAsync(MatrixClient client, string userId, CancellationToken cancellationToken)
    {
        var answer = await client.SendAsync(
            HttpMethod.Post,
            $"/_matrix/client/v3/user/{Uri.EscapeDataString(userId)}/filter",
            json => json.WriteRawValue(Filter),
            cancellationToken);
        return answer.GetProperty("filter_id").GetString()!;
    }

    private MatrixClient Client(string key, string? token) => new(http, homeservers[key].Client, token, "load-setup");

    private void Step(string what, int total) =>
        progress.Report(new SetupProgress(what, _done.AddOrUpdate(what, 1, (_, done) => done + 1), total));
}

/// <summary>Where a homeserver's clients go.</summary>
/// <param name="ServerName">For example <c>hs1.test</c>.</param>
/// <param name="Client">For example <c>http://127.0.0.1:8008</c>.</param>
internal sealed record HomeserverAddress(string ServerName, Uri Client);

/// <summary>How far set-up is.</summary>
/// <param name="What">The stage, what was made last: <c>users</c>, <c>rooms</c>, <c>memberships</c>, <c>settled</c> (one homeserver knows
/// all members of one room).</param>
/// <param name="Done">How many of these.</param>
/// <param name="Total">How many there will be.</param>
internal readonly record struct SetupProgress(string What, int Done, int Total);
