using System.Text.Json.Nodes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Tests.Proxies;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// Every role of Synapse's worker documentation at work: who serves what, that it works across processes, and that none of them complains.
/// </summary>
[Trait("Lab", "real")]
[Collection(EveryRoleLab.Name)]
public sealed class EveryRoleTests(EveryRoleLab fixture) : IDisposable
{
    private readonly RawHttp _http = new("127.0.0.1", fixture.Lab.ClientUri().Port);
    private readonly List<string> _wrong = [];
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task What_two_people_do_is_served_by_the_role_that_is_made_for_it_and_arrives_and_no_process_logs_an_error()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var begin = fixture.Lab.Time.GetUtcNow();
        var alice = $"@alice-{_run}:hs1.test";
        var bob = $"@bob-{_run}:hs1.test";
        string Escaped(string text) => Uri.EscapeDataString(text);

        await RegisterAsync("alice");
        await RegisterAsync("bob");
        var aliceToken = await LogInAsync("alice");
        var bobToken = await LogInAsync("bob");
        var made = await AsAsync(aliceToken, "event_creator", "POST", "/createRoom", """{"preset":"public_chat","topic":"every role"}""");
        var room = made["room_id"]!.GetValue<string>();
        var inRoom = $"/rooms/{Escaped(room)}";
        await AsAsync(bobToken, "event_creator", "POST", $"{inRoom}/join", "{}");
        var since = (await AsAsync(bobToken, "initial_synchrotron", "GET", "/sync?timeout=0"))["next_batch"]!.GetValue<string>();

        const string Hello = """{"msgtype":"m.text","body":"hello"}""";
        var message = await AsAsync(aliceToken, "event_creator", "PUT", $"{inRoom}/send/m.room.message/1", Hello);
        var sent = message["event_id"]!.GetValue<string>();
        await AsAsync(aliceToken, "receipts_writer", "PUT", $"{inRoom}/typing/{Escaped(alice)}", """{"typing":true,"timeout":60000}""");
        await AsAsync(aliceToken, "receipts_writer", "POST", $"{inRoom}/receipt/m.read/{Escaped(sent)}", "{}");
        await AsAsync(
            aliceToken,
            "presence_writer",
            "PUT",
            $"/presence/{Escaped(alice)}/status",
            """{"presence":"online","status_msg":"at work"}""");
        await AsAsync(
            aliceToken,
            "device_writer",
            "PUT",
            "/sendToDevice/test.lab/1",
            Json(new() { ["messages"] = new JsonObject { [bob] = new JsonObject { ["*"] = new JsonObject { ["for"] = "bob" } } } }));
        await AsAsync(bobToken, "account_data_writer", "PUT", $"/user/{Escaped(bob)}/account_data/test.lab", """{"kept":true}""");
        await ArrivesAsync(
            bobToken,
            since,
            ("the message", sync => Events(sync, "rooms", "join", room, "timeline").Any(e => e["event_id"]!.GetValue<string>() == sent)),
            ("typing", sync => Events(sync, "rooms", "join", room, "ephemeral").Any(e =>
                e["type"]!.GetValue<string>() == "m.typing" && e["content"]!["user_ids"]!.AsArray().Count == 1)),
            ("the receipt", sync => Events(sync, "rooms", "join", room, "ephemeral").Any(e =>
                e["type"]!.GetValue<string>() == "m.receipt" && e["content"]![sent] is not null)),
            ("presence", sync => Events(sync, "presence").Any(e =>
                e["sender"]!.GetValue<string>() == alice && e["content"]!["status_msg"]?.GetValue<string>() == "at work")),
            ("the message to the device", sync => Events(sync, "to_device").Any(e => e["content"]!["for"]?.GetValue<string>() == "bob")),
            ("account data", sync => Events(sync, "account_data").Any(e => e["type"]!.GetValue<string>() == "test.lab")));

        // Another's presence: only the process that writes presence knows whether bob may see it.
        Assert.Equal(
            "at work",
            (await AsAsync(bobToken, "presence_writer", "GET", $"/presence/{Escaped(alice)}/status"))["status_msg"]?.GetValue<string>());
        Assert.NotEmpty((await AsAsync(bobToken, "room_worker", "GET", $"{inRoom}/messages?dir=b&limit=5"))["chunk"]!.AsArray());
        Assert.Equal(2, (await AsAsync(bobToken, "client_reader", "GET", $"{inRoom}/joined_members"))["joined"]!.AsObject().Count);

        var uploaded = await SendAsync("POST", "/_matrix/media/v3/upload?filename=a.txt", "some media", aliceToken);
        Served("media_repository", "upload", uploaded);
        var media = JsonNode.Parse(uploaded.Body)!["content_uri"]!.GetValue<string>()["mxc://".Length..];
        var downloaded = await SendAsync("GET", $"/_matrix/client/v1/media/download/{media}", "", bobToken);
        Served("media_repository", "download", downloaded);
        Assert.Equal("some media", downloaded.Body);

        await fixture.Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            "the user directory finds alice",
            async token =>
            {
                var found = await AsAsync(bobToken, "user_dir", "POST", "/user_directory/search", $$"""{"search_term":"alice-{{_run}}"}""");
                return new Observation(
                    found["results"]!.AsArray().Any(result => result!["user_id"]!.GetValue<string>() == alice),
                    found.ToJsonString());
            },
            limit.Token);

        // Unsigned, so refused; but by the right process.
        Assert.Equal((401, "federation_reader"), Answer(await SendAsync("GET", "/_matrix/federation/v1/publicRooms", "", null)));
        Assert.Equal((401, "federation_inbound"), Answer(await SendAsync("PUT", "/_matrix/federation/v1/send/1", "{}", null)));

        Assert.True(_wrong.Count == 0, string.Join('\n', _wrong));
        Assert.Empty(await ComplaintsAsync(begin, limit.Token));
        return;

        async Task RegisterAsync(string name) =>
            Served(
                "login",
                "register",
                await SendAsync(
                    "POST",
                    "/_matrix/client/v3/register",
                    Json(
                        new()
                        {
                            ["username"] = $"{name}-{_run}",
                            ["password"] = "secret",
                            ["auth"] = new JsonObject { ["type"] = "m.login.dummy" },
                        }),
                    null));

        async Task<string> LogInAsync(string name)
        {
            var response = await SendAsync(
                "POST",
                "/_matrix/client/v3/login",
                Json(
                    new()
                    {
                        ["type"] = "m.login.password",
                        ["identifier"] = new JsonObject { ["type"] = "m.id.user", ["user"] = $"{name}-{_run}" },
                        ["password"] = "secret",
                    }),
                null);
            Served("login", "login", response);
            return JsonNode.Parse(response.Body)!["access_token"]!.GetValue<string>();
        }

        async Task<JsonObject> AsAsync(string token, string worker, string method, string path, string body = "")
        {
            var response = await SendAsync(method, $"/_matrix/client/v3{path}", body, token);
            Served(worker, $"{method} {path}", response);
            Assert.True(response.Status == 200, $"{method} {path}: HTTP {response.Status} from {response.Worker}: {response.Body}");
            return JsonNode.Parse(response.Body)!.AsObject();
        }

        Task<RawResponse> SendAsync(string method, string target, string body, string? token) =>
            _http.SendAsync(
                method,
                target,
                token is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
                body,
                limit.Token);

        async Task ArrivesAsync(string token, string from, params (string What, Func<JsonObject, bool> Seen)[] expected)
        {
            var missing = expected.ToList();
            await fixture.Lab.Waiter.UntilAsync(
                TimeSpan.FromSeconds(30),
                "everything arrives in bob's syncs",
                async _ =>
                {
                    var sync = await AsAsync(token, "synchrotron", "GET", $"/sync?timeout=1000&since={from}");
                    from = sync["next_batch"]!.GetValue<string>();
                    missing.RemoveAll(one => one.Seen(sync));
                    return new Observation(missing.Count == 0, $"missing: {string.Join(", ", missing.Select(one => one.What))}");
                },
                limit.Token);
        }
    }

    // As a line of Synapse's log has them.
    private static readonly string[] Troubles = [" - ERROR - ", " - CRITICAL - ", "Traceback"];

    private static IEnumerable<JsonNode> Events(JsonObject sync, params string[] path)
    {
        JsonNode? node = sync;
        foreach (var key in path)
        {
            node = node?[key];
        }

        return node?["events"]?.AsArray().Select(e => e!) ?? [];
    }

    private static string Json(JsonObject value) => value.ToJsonString();

    private static (int Status, string? Worker) Answer(RawResponse response) => (response.Status, response.Worker);

    // synchrotron stands for synchrotron1 and synchrotron2.
    private void Served(string role, string what, RawResponse response)
    {
        if (response.Worker is null || response.Worker.TrimEnd('1', '2') != role)
        {
            _wrong.Add($"{what}: to be served by {role}, but HTTP {response.Status} from {response.Worker}");
        }
    }

    // [client_reader] 2026-11-21 14:17:47,822 - synapse.http.server - 148 - ERROR - GET-372 - Failed handle request via ...
    private async Task<IReadOnlyList<string>> ComplaintsAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var complaints = new List<string>();
        var lines = 0;
        await foreach (var line in fixture.Lab.LogsAsync("hs1", new LogRequest(Since: since), cancellationToken))
        {
            lines++;
            if (Troubles.Any(trouble => line.Text.Contains(trouble, StringComparison.Ordinal)))
            {
                complaints.Add(line.Text);
            }
        }

        Assert.True(lines > 20, $"only {lines} lines in the log");
        return complaints;
    }
}
