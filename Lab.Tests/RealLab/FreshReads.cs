using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Tests.Proxies;
using SynapseLab.Tests.RealLab.Conformance;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// What a stream's writer took in is read back at once through the proxy, 200 times, on each kind of proxy (what is costly 20 times; with
/// 200 it held as well). A process that has not heard of the write yet would answer out of its cache with what was before.
/// </summary>
public abstract class FreshReads(RunningLabFixture fixture)
{
    private const int Writes = 200;

    // Of what takes Synapse several times as long: news for every process about a device, a message or a sync before each write.
    private protected const int CostlyWrites = 20;

    // Ends a hanging test, measures nothing.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(240);

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task What_was_written_through_the_proxy_is_read_back_through_it_at_once(string kind)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var proxy = await SecondProxy.StartAsync(fixture.Lab, kind, limit.Token);

        var admin = await UserRegistration.RegisterAsync(
            fixture.Lab,
            null,
            new NewUser($"admin-{Guid.NewGuid():n}"[..16], Person.Password, Admin: true),
            limit.Token);

        var stale = await Task.WhenAll(
            Things.GroupBy(thing => thing.Stream).Select(things => StaleAsync(things, proxy.ClientPorts[0], admin, limit.Token)));

        Assert.True(stale.All(told => told.Count == 0), string.Join('\n', stale.SelectMany(told => told)));
    }

    /// <summary>What is written and read on this topology.</summary>
    private protected virtual IReadOnlyList<Thing> Things { get; } =
    [
        new(
            "a tag",
            (person, number) =>
                ("PUT", $"/_matrix/client/v3/user/{person.User}/rooms/{person.Room}/tags/u.lab", new { order = number / 1000.0 }),
            (person, _) => ("GET", $"/_matrix/client/v3/user/{person.User}/rooms/{person.Room}/tags", null),
            (body, number) => body["tags"]?["u.lab"]?["order"]?.GetValue<double>() == number / 1000.0),
        new(
            "account data",
            (person, number) => ("PUT", $"/_matrix/client/v3/user/{person.User}/account_data/test.lab", new { number }),
            (person, _) => ("GET", $"/_matrix/client/v3/user/{person.User}/account_data/test.lab", null),
            (body, number) => body["number"]?.GetValue<int>() == number),
        new(
            "account data of a room",
            (person, number) => ("PUT", $"/_matrix/client/v3/user/{person.User}/rooms/{person.Room}/account_data/test.lab", new { number }),
            (person, _) => ("GET", $"/_matrix/client/v3/user/{person.User}/rooms/{person.Room}/account_data/test.lab", null),
            (body, number) => body["number"]?.GetValue<int>() == number),
        new(
            "the read marker, which the writer of receipts hands on to that of account data",
            (person, number) => (
            "POST",
            $"/_matrix/client/v3/rooms/{person.Room}/read_markers",
            new Dictionary<string, string> { ["m.fully_read"] = person.Events[number] }),
            (person, _) => ("GET", $"/_matrix/client/v3/user/{person.User}/rooms/{person.Room}/account_data/m.fully_read", null),
            (body, number, person) => body["event_id"]?.GetValue<string>() == person.Events[number])
        {
            // It moves forward only.
            Messages = CostlyWrites,
            Writes = CostlyWrites,
        },
        new(
            "a push rule",
            (_, number) =>
                ("PUT", "/_matrix/client/v3/pushrules/global/content/lab", new { pattern = $"p{number}", actions = new[] { "notify" } }),
            (_, _) => ("GET", "/_matrix/client/v3/pushrules/global/content/lab", null),
            (body, number) => body["pattern"]?.GetValue<string>() == $"p{number}"),
        new(
            "a device's name",
            (person, number) => ("PUT", $"/_matrix/client/v3/devices/{person.Device}", new { display_name = $"d{number}" }),
            (person, _) => ("GET", $"/_matrix/client/v3/devices/{person.Device}", null),
            (body, number) => body["display_name"]?.GetValue<string>() == $"d{number}") { Stream = Devices },
        new(
            "a cross-signing key",
            (person, number) => ("POST", SigningKeys, MasterKeyOf(person, number)),
            (person, _) =>
                ("POST", "/_matrix/client/v3/keys/query", new { device_keys = new Dictionary<string, string[]> { [person.UserId] = [] } }),
            (body, number, person) => body["master_keys"]?[person.UserId]?["keys"]?[$"ed25519:{Key(number)}"] is not null)
        {
            Stream = Devices,
            Writes = CostlyWrites,
            Prepare = person => [("POST", SigningKeys, MasterKeyOf(person, CostlyWrites))],
            // Else each key after the first wants the password, which takes Synapse a quarter of a second to check.
            Allow = person => $"/_synapse/admin/v1/users/{person.User}/_allow_cross_signing_replacement_without_uia",
        },
    ];

    private protected const string Devices = "device_lists";

    private const string SigningKeys = "/_matrix/client/v3/keys/device_signing/upload";

    private static object MasterKeyOf(Person person, int number) => new
    {
        master_key = new
        {
            user_id = person.UserId,
            usage = new[] { "master" },
            keys = new Dictionary<string, string> { [$"ed25519:{Key(number)}"] = Key(number) },
        },
        auth = new { type = "m.login.password", identifier = new { type = "m.id.user", user = person.UserId }, password = Person.Password },
    };

    // 32 bytes in unpadded base64.
    private protected static string Key(int number) =>
        Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number,32}")))
            .TrimEnd('=');

    // Empty where no read was stale.
    private static async Task<IReadOnlyList<string>> StaleAsync(
        IEnumerable<Thing> things,
        int port,
        Session admin,
        CancellationToken cancellationToken)
    {
        var stale = new List<string>();
        foreach (var thing in things)
        {
            if (await StaleAsync(thing, port, admin, cancellationToken) is { } told)
            {
                stale.Add(told);
            }
        }

        return stale;
    }

    // Null where no read was stale.
    private static async Task<string?> StaleAsync(Thing thing, int port, Session admin, CancellationToken cancellationToken)
    {
        using var http = new RawHttp("127.0.0.1", port);
        var person = await Person.RegisterAsync(http, thing.Messages, cancellationToken);
        var stale = new List<string>();
        foreach (var (method, target, body) in thing.Prepare(person))
        {
            await person.DoAsync(http, method, target, body, cancellationToken);
        }

        if (thing.Allow(person) is { } allowed)
        {
            var answer = await http.SendAsync(
                "POST",
                allowed,
                new Dictionary<string, string> { ["Authorization"] = $"Bearer {admin.AccessToken}" },
                "",
                cancellationToken);
            Assert.True(answer.Status == 200, $"{thing.Name}: {allowed}: HTTP {answer.Status}: {answer.Body}");
        }

        for (var number = 0; number < thing.Writes; number++)
        {
            if (thing.SyncsBefore)
            {
                await person.SyncAsync(http, cancellationToken);
            }

            var (method, target, body) = thing.Write(person, number);
            var written = await person.SendAsync(http, method, target, body, cancellationToken);
            Assert.True(
                written.Status == 200,
                $"{thing.Name}: {method} {target}: HTTP {written.Status} from {written.Worker}: {written.Body}");
            (method, target, body) = thing.Read(person, number);
            var read = await person.SendAsync(http, method, target, body, cancellationToken);
            if (!thing.IsFresh(read, number, person))
            {
                stale.Add($"write {number} by {written.Worker}, read by {read.Worker}: HTTP {read.Status} {read.Body}");
            }
        }

        return stale.Count == 0 ? null : $"{thing.Name}: {stale.Count} of {thing.Writes} reads were stale; {stale[0]}";
    }

    /// <summary>Something that a client writes and reads.</summary>
    private protected sealed class Thing(
        string name,
        Func<Person, int, (string Method, string Target, object? Body)> write,
        Func<Person, int, (string Method, string Target, object? Body)> read,
        Func<JsonNode, int, Person, bool> isFresh,
        int readStatus = 200)
    {
        public Thing(
            string name,
            Func<Person, int, (string Method, string Target, object? Body)> write,
            Func<Person, int, (string Method, string Target, object? Body)> read,
            Func<JsonNode, int, bool> isFresh)
            : this(name, write, read, (body, number, _) => isFresh(body, number))
        {
        }

        public string Name { get; } = name;

        /// <summary>
        /// What is of one stream is written one after the other: what a stream's position limits is seen, at its writer too, when all
        /// earlier writes have ended (synapse/storage/util/id_generators.py get_current_token), and those may be of somebody else.
        /// </summary>
        public string Stream { get; init; } = name;

        /// <summary>How many times it is written.</summary>
        public int Writes { get; init; } = FreshReads.Writes;

        /// <summary>How many messages the person's room has to have.</summary>
        public int Messages { get; init; } = 1;

        /// <summary>Whether the person syncs before each write, since the read is about what came after that.</summary>
        public bool SyncsBefore { get; init; }

        /// <summary>What has to be there before the first write.</summary>
        public Func<Person, IReadOnlyList<(string Method, string Target, object? Body)>> Prepare { get; init; } = _ => [];

        /// <summary>What an administrator posts to after that, if anything.</summary>
        public Func<Person, string?> Allow { get; init; } = _ => null;

        public (string Method, string Target, object? Body) Write(Person person, int number) => write(person, number);

        public (string Method, string Target, object? Body) Read(Person person, int number) => read(person, number);

        public bool IsFresh(RawResponse response, int number, Person person) =>
            (response.Status == readStatus || readStatus == AnyStatus) && isFresh(JsonNode.Parse(response.Body)!, number, person);

        /// <summary>For a read whose status is part of the answer: the body tells it.</summary>
        public const int AnyStatus = 0;
    }

    /// <summary>Somebody with a device, a room and messages.</summary>
    private protected sealed class Person
    {
        public const string Password = "a password of the lab";

        private readonly string _token;

        private Person(JsonNode session)
        {
            UserId = session["user_id"]!.GetValue<string>();
            Device = session["device_id"]!.GetValue<string>();
            _token = session["access_token"]!.GetValue<string>();
        }

        public string UserId { get; }

        /// <summary>The user's identifier as it stands in paths.</summary>
        public string User => Uri.EscapeDataString(UserId);

        public string Device { get; }

        /// <summary>The room's identifier as it stands in paths.</summary>
        public string Room { get; private set; } = "";

        /// <summary>Identifiers of the room's messages, the oldest first.</summary>
        public IReadOnlyList<string> Events { get; private set; } = [];

        /// <summary>Where the last sync ended, as it stands in queries.</summary>
        public string Synced { get; private set; } = "";

        public static async Task<Person> RegisterAsync(RawHttp http, int messages, CancellationToken cancellationToken)
        {
            var body = JsonSerializer.Serialize(
                new { username = $"fresh-{Guid.NewGuid():n}", password = Password, auth = new { type = "m.login.dummy" } });
            var registered = await http.SendAsync("POST", "/_matrix/client/v3/register", null, body, cancellationToken);
            var person = new Person(Parse(registered));
            var room = await person.DoAsync(http, "POST", "/_matrix/client/v3/createRoom", new { }, cancellationToken);
            person.Room = Uri.EscapeDataString(room["room_id"]!.GetValue<string>());
            var events = new List<string>();
            for (var number = 0; number < messages; number++)
            {
                var target = string.Create(
                    CultureInfo.InvariantCulture,
                    $"/_matrix/client/v3/rooms/{person.Room}/send/m.room.message/{number}");
                var sent = await person.DoAsync(http, "PUT", target, new { msgtype = "m.text", body = "hello" }, cancellationToken);
                events.Add(sent["event_id"]!.GetValue<string>());
            }

            person.Events = events;
            return person;
        }

        public async Task SyncAsync(RawHttp http, CancellationToken cancellationToken)
        {
            var since = Synced.Length == 0 ? "" : $"&since={Synced}";
            var synced = await DoAsync(http, "GET", $"/_matrix/client/v3/sync?timeout=0{since}", null, cancellationToken);
            Synced = Uri.EscapeDataString(synced["next_batch"]!.GetValue<string>());
        }

        /// <summary>Sends what has to be answered with 200.</summary>
        public async Task<JsonNode> DoAsync(
            RawHttp http,
            string method,
            string target,
            object? body,
            CancellationToken cancellationToken) =>
            Parse(await SendAsync(http, method, target, body, cancellationToken));

        public Task<RawResponse> SendAsync(RawHttp http, string method, string target, object? body, CancellationToken cancellationToken) =>
            http.SendAsync(
                method,
                target,
                new Dictionary<string, string> { ["Authorization"] = $"Bearer {_token}" },
                body is null ? "" : JsonSerializer.Serialize(body),
                cancellationToken);

        private static JsonNode Parse(RawResponse response) =>
            response.Status == 200
                ? JsonNode.Parse(response.Body)!
                : throw new InvalidOperationException($"HTTP {response.Status} from {response.Worker}: {response.Body}");
    }
}

/// <summary>On topology every-role, where a worker writes each stream and others read for clients.</summary>
[Trait("Lab", "real")]
[Collection(EveryRoleLab.Name)]
public sealed class EveryRoleFreshReads(EveryRoleLab fixture) : FreshReads(fixture)
{
    private protected override IReadOnlyList<Thing> Things =>
    [
        .. base.Things,
        new(
            "presence",
            (person, number) =>
                ("PUT", $"/_matrix/client/v3/presence/{person.User}/status", new { presence = "online", status_msg = $"s{number}" }),
            (person, _) => ("GET", $"/_matrix/client/v3/presence/{person.User}/status", null),
            (body, number) => body["status_msg"]?.GetValue<string>() == $"s{number}"),
        new(
            "a thread subscription",
            (person, number) => (number % 2 == 0 ? "PUT" : "DELETE", SubscriptionOf(person), new { }),
            (person, _) => ("GET", SubscriptionOf(person), null),
            // {"automatic":false}, or 404 {"errcode":"M_NOT_FOUND",...}.
            (body, number, _) => (body["automatic"] is not null) == (number % 2 == 0),
            Thing.AnyStatus),
        // Where main writes the stream, any worker answers, as the documentation has it, and is behind by what it has not heard of yet
        // (docs/routing.md).
        new(
            "whose keys changed since the sync before",
            (person, number) => ("PUT", $"/_matrix/client/v3/devices/{person.Device}", new { display_name = $"d{number}" }),
            (person, _) => ("GET", $"/_matrix/client/v3/keys/changes?from={person.Synced}&to={person.Synced}", null),
            (body, _, person) => body["changed"]!.AsArray().Any(user =>
                user!.GetValue<string>() == person.UserId)) { Stream = Devices, Writes = CostlyWrites, SyncsBefore = true },
        new(
            "a dehydrated device",
            (person, number) => ("PUT", DehydratedDevice, Dehydrated(person, $"dry{number}")),
            (_, _) => ("GET", DehydratedDevice, null),
            (body, number) => body["device_id"]?.GetValue<string>() == $"dry{number}") { Stream = Devices, Writes = CostlyWrites },
        new(
            "a message for a dehydrated device",
            (person, number) => ("PUT", $"/_matrix/client/v3/sendToDevice/test.lab/{number}", new
            {
                messages = new Dictionary<string, object> { [person.UserId] = new Dictionary<string, object> { ["dry"] = new { number } } },
            }),
            (_, _) => ("GET", $"{DehydratedDevice}/dry/events?limit=1000", null),
            // {"events":[{"content":{"number":0},"sender":"@...","type":"test.lab"}]}
            (body, number) => body["events"]!.AsArray().LastOrDefault()?["content"]?["number"]?.GetValue<int>() == number)
        {
            Prepare = person => [("PUT", DehydratedDevice, Dehydrated(person, "dry"))],
        },
    ];

    private const string DehydratedDevice = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device";

    private static object Dehydrated(Person person, string device) => new
    {
        device_id = device,
        device_data = new { algorithm = "test.lab" },
        initial_device_display_name = "dehydrated",
        device_keys = new
        {
            user_id = person.UserId,
            device_id = device,
            algorithms = Array.Empty<string>(),
            keys = new Dictionary<string, string> { [$"ed25519:{device}"] = Key(1) },
            signatures = new { },
        },
    };

    private static string SubscriptionOf(Person person) =>
        $"/_matrix/client/unstable/io.element.msc4306/rooms/{person.Room}/thread/{Uri.EscapeDataString(person.Events[0])}/subscription";
}
