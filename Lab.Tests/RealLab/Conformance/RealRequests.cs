using System.Text.Json;
using System.Text.Json.Nodes;
using SynapseLab.Catalogue;
using SynapseLab.Tests.Proxies;

namespace SynapseLab.Tests.RealLab.Conformance;

/// <summary>
/// Requests that a client with a room, a device and a message would really send: one for each entry of the catalogue and each of
/// its methods. Paths name things that exist, bodies are well formed, so that the handler runs and not only the router; what would
/// destroy the things that the others need is sent for things that nobody needs.
/// </summary>
internal sealed class RealRequests
{
    private const string Backup = """{"algorithm":"m.megolm_backup.v1.curve25519-aes-sha2","auth_data":{}}""";

    private readonly string _run = Guid.NewGuid().ToString("n")[..8];
    private readonly string _serverName;
    private readonly string _user;
    private readonly string _device;
    private readonly string _other;
    private readonly string _room;
    private readonly string _spare;
    private readonly string _event;
    private readonly string _since;

    private RealRequests(
        string serverName,
        string token,
        string user,
        string device,
        string other,
        string room,
        string spare,
        string eventId,
        string since) =>
        (_serverName, Token, _user, _device, _other, _room, _spare, _event, _since) = (serverName, token, user, device, other, room, spare, eventId, since);

    /// <summary>The administrator's access token.</summary>
    public string Token { get; }

    /// <summary>Registers the people and makes the rooms, through the lab's own proxy.</summary>
    public static async Task<RealRequests> PrepareAsync(
        int port,
        string serverName,
        string administratorToken,
        CancellationToken cancellationToken)
    {
        using var http = new RawHttp("127.0.0.1", port);
        var run = Guid.NewGuid().ToString("n")[..8];
        var me = await CallAsync("GET", "/_matrix/client/v3/account/whoami", null, administratorToken);
        var other = await RegisterAsync(http, $"other-{run}", cancellationToken);
        var room = await CallAsync("POST", "/_matrix/client/v3/createRoom", """{"preset":"public_chat"}""", administratorToken);
        // Who shares a room may see the other's presence.
        await CallAsync("POST", $"/_matrix/client/v3/join/{Uri.EscapeDataString(room["room_id"]!.GetValue<string>())}", "{}", other.Token);
        var spare = await CallAsync("POST", "/_matrix/client/v3/createRoom", "{}", administratorToken);
        var roomId = room["room_id"]!.GetValue<string>();
        var sent = await CallAsync(
            "PUT",
            $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(roomId)}/send/m.room.message/{run}",
            """{"msgtype":"m.text","body":"hello"}""",
            administratorToken);
        var sync = await CallAsync("GET", "/_matrix/client/v3/sync?timeout=0", null, administratorToken);
        var requests = new RealRequests(
            serverName,
            administratorToken,
            me["user_id"]!.GetValue<string>(),
            me["device_id"]!.GetValue<string>(),
            other.UserId,
            roomId,
            spare["room_id"]!.GetValue<string>(),
            sent["event_id"]!.GetValue<string>(),
            sync["next_batch"]!.GetValue<string>());
        foreach (var (method, target, body) in requests.Furniture())
        {
            await CallAsync(method, target, body, administratorToken);
        }

        return requests;

        async Task<JsonObject> CallAsync(string method, string target, string? body, string token)
        {
            var response = await http.SendAsync(
                method,
                target,
                new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
                body ?? "",
                cancellationToken);
            return response.Status == 200
                ? Parse(response)
                : throw new InvalidOperationException($"{method} {target}: HTTP {response.Status} {response.Body}");
        }
    }

    // What reads find before anything of it is written or removed.
    private IEnumerable<(string Method, string Target, string Body)> Furniture()
    {
        var (user, room) = (Uri.EscapeDataString(_user), Uri.EscapeDataString(_room));
        yield return ("PUT", $"/_matrix/client/v3/user/{user}/account_data/x{_run}", "{}");
        yield return ("PUT", $"/_matrix/client/v3/user/{user}/rooms/{room}/account_data/x{_run}", "{}");
        yield return ("PUT", $"/_matrix/client/v3/rooms/{room}/state/test.lab.state/", "{}");
        yield return ("PUT", "/_matrix/client/v3/pushrules/global/content/lab", """{"pattern":"lab","actions":["notify"]}""");
        yield return ("POST", $"/_matrix/client/v3/user/{user}/filter", "{}");
        yield return ("POST", "/_matrix/client/v3/room_keys/version", Backup);
    }

    /// <summary>A request for an entry and one of its methods.</summary>
    public async Task<(HttpRequestLine Request, string Body)> OfAsync(
        CatalogueEntry entry,
        string method,
        RawHttp http,
        CancellationToken cancellationToken)
    {
        // Logging out ends the token, and Synapse fails an assertion when a profile is written while the rooms still take in the change
        // before.
        var (user, token) = Touches(entry, "/logout") || (Touches(entry, "/profile/") && method != "GET")
            ? await RegisterAsync(http, $"once-{Guid.NewGuid():n}"[..20], cancellationToken)
            : (_user, Token);
        // The newest version of the path: the last sample without its optional end.
        var path = entry.Path
            .Samples(placeholder => ValueOf(entry, method, placeholder, user))
            .OrderByDescending(sample => sample.Contains("/v3/", StringComparison.Ordinal))
            .First();
        return (new HttpRequestLine(method, path + QueryOf(entry, path)) { Authorization = entry.Group == "login" ? null : $"Bearer {token}" }, method is "GET" or "OPTIONS" ? "" : BodyOf(entry, path));
    }

    private static async Task<(string UserId, string Token)> RegisterAsync(
        RawHttp http,
        string localpart,
        CancellationToken cancellationToken)
    {
        var body = Json(new { username = localpart, password = $"secret-{localpart}", auth = new { type = "m.login.dummy" } });
        var response = await http.SendAsync("POST", "/_matrix/client/v3/register", null, body, cancellationToken);
        var session = response.Status == 200
            ? Parse(response)
            : throw new InvalidOperationException($"register: HTTP {response.Status} {response.Body}");
        return (session["user_id"]!.GetValue<string>(), session["access_token"]!.GetValue<string>());
    }

    private static JsonObject Parse(RawResponse response) => JsonNode.Parse(response.Body)!.AsObject();

    private string ValueOf(CatalogueEntry entry, string method, string placeholder, string user)
    {
        var administration = entry.Group is "admin" or "admin_reads" or "media_admin" or "quarantined_media";
        var changes = method != "GET";
        return placeholder switch
        {
            // Another entry deletes the spare room, and Synapse answers 500 for the extremities of a room that is gone.
            "room_identifier" when Touches(entry, "/forward_extremities") => Uri.EscapeDataString(_room),
            "room_id" or "room_identifier" when changes
                && (administration || Touches(entry, "/forget", "/upgrade", "(join|", "/directory/list")) => Uri.EscapeDataString(_spare),
            "room_id" or "room_identifier" => Uri.EscapeDataString(_room),
            "room_alias" => Uri.EscapeDataString($"#lab-{_run}:{_serverName}"),
            "user_id" or "target_user_id" when administration && changes => Uri.EscapeDataString($"@nobody-{_run}:{_serverName}"),
            // Of one's own presence any process knows; of another's only the one that writes presence (synapse/handlers/presence.py,
            // is_visible).
            "user_id" when Touches(entry, "/presence/") && !changes => Uri.EscapeDataString(_other),
            "user_id" => Uri.EscapeDataString(user),
            "target_user_id" => Uri.EscapeDataString(_other),
            "event_id" or "parent_id" or "thread_root_id" => Uri.EscapeDataString(_event),
            "event_type" => Touches(entry, "/send/") ? "m.room.message" : "test.lab.state",
            "state_key" => "",
            "device_id" => _device,
            "receipt_type" => "m.read",
            "tag" => "u.lab",
            "field_name" => "displayname",
            "version" => "1",
            "filter_id" => "0",
            "server_name" or "server" => _serverName,
            "query_type" => "profile",
            "rest" => "global/content/lab",
            _ => $"x{_run}",
        };
    }

    private string QueryOf(CatalogueEntry entry, string path) => entry switch
    {
        { When: { Value: null } } => "?timeout=0",
        { When: { } condition } => $"?timeout=0&since={_since}&{condition.Name}={condition.Value}",
        // Each refuses the other's word for it.
        { Group: "sync" } => path.EndsWith("/sync", StringComparison.Ordinal) ? $"?timeout=0&since={_since}" : $"?timeout=0&from={_since}",
        _ when path.EndsWith("/available", StringComparison.Ordinal) || path.EndsWith("/username_available", StringComparison.Ordinal) =>
            $"?username=free-{_run}",
        _ when path.EndsWith("/validity", StringComparison.Ordinal) => $"?token={_run}",
        _ when path.Contains("/search_users/", StringComparison.Ordinal) => "?term=lab",
        _ when path.EndsWith("_count", StringComparison.Ordinal) => "?from_ts=0",
        _ when path.Contains("/thumbnail/", StringComparison.Ordinal) => "?width=32&height=32",
        _ when path.EndsWith("/purge_media_cache", StringComparison.Ordinal)
            || (Touches(entry, "/admin/v1/media/") && path.EndsWith("/delete", StringComparison.Ordinal)) => "?before_ts=1262304000000",
        { Group: "sliding_sync" } => "?timeout=0",
        _ when path.Contains("/room_keys/keys", StringComparison.Ordinal) => "?version=1",
        _ when path.Contains("/messages", StringComparison.Ordinal) => "?dir=b&limit=1",
        _ when path.EndsWith("/keys/changes", StringComparison.Ordinal) => $"?from={_since}&to={_since}",
        _ when path.Contains("/timestamp_to_event", StringComparison.Ordinal) => "?ts=1&dir=f",
        _ when Touches(entry, "/federation/v1/state/", "/federation/v1/state_ids/") => $"?event_id={Uri.EscapeDataString(_event)}",
        _ when Touches(entry, "/federation/v1/backfill/") => $"?v={Uri.EscapeDataString(_event)}&limit=1",
        _ when Touches(entry, "/federation/v1/query/") => $"?user_id={Uri.EscapeDataString(_user)}",
        _ when Touches(entry, "/federation/v1/make_join/", "/federation/v1/make_knock/") => "?ver=10&ver=11&ver=12",
        _ when path.EndsWith("/mutual_rooms", StringComparison.Ordinal) => $"?user_id={Uri.EscapeDataString(_other)}",
        _ => "",
    };

    private string BodyOf(CatalogueEntry entry, string path)
    {
        if (Touches(entry, "/send/") && !Touches(entry, "/_matrix/federation/"))
        {
            return """{"msgtype":"m.text","body":"hello again"}""";
        }

        if (Touches(entry, "/_matrix/federation/"))
        {
            return FederationBodyOf(entry);
        }

        return entry.Path.Text switch
        {
            var text when text.Contains("/typing/", StringComparison.Ordinal) => """{"typing":true,"timeout":1000}""",
            var text when text.EndsWith("/read_markers", StringComparison.Ordinal) =>
                Json(new { fully_read = _event }).Replace("fully_read", "m.fully_read", StringComparison.Ordinal),
            var text when text.Contains("/presence/", StringComparison.Ordinal) => """{"presence":"online"}""",
            var text when text.Contains("/sendToDevice/", StringComparison.Ordinal) =>
                Json(
                    new Dictionary<string, object>
                    {
                        ["messages"] = new Dictionary<string, object>
                        {
                            [_other] = new Dictionary<string, object> { ["*"] = new { x = 1 } },
                        },
                    }),
            var text when text.Contains("/tags/", StringComparison.Ordinal) => """{"order":0.5}""",
            var text when text.Contains("/pushrules/", StringComparison.Ordinal) => """{"pattern":"lab","actions":["notify"]}""",
            var text when text.EndsWith("/keys/query", StringComparison.Ordinal) =>
                Json(
                    new Dictionary<string, object>
                    {
                        ["device_keys"] = new Dictionary<string, object> { [_user] = Array.Empty<string>() },
                    }),
            var text when text.EndsWith("/keys/claim", StringComparison.Ordinal) => """{"one_time_keys":{}}""",
            var text when text.EndsWith("/search", StringComparison.Ordinal) =>
                """{"search_term":"lab","search_categories":{"room_events":{"search_term":"lab"}}}""",
            var text when text.EndsWith("/register", StringComparison.Ordinal) && entry.Group == "login" =>
                Json(new { username = $"reg-{Guid.NewGuid():n}", password = "secret", auth = new { type = "m.login.dummy" } }),
            var text when text.EndsWith("/login", StringComparison.Ordinal) && entry.Group == "login" =>
                Json(
                    new
                    {
                        type = "m.login.password",
                        identifier = new { type = "m.id.user", user = _other },
                        password = $"secret-{_other[1..].Split(':')[0]}",
                    }),
            var text when text.Contains("/profile/", StringComparison.Ordinal) =>
                """{"displayname":"Lab","avatar_url":"mxc://hs1.test/lab"}""",
            var text when text.EndsWith("/reset_password/{target_user_id}", StringComparison.Ordinal) => """{"new_password":"secret"}""",
            var text when text.EndsWith("/block", StringComparison.Ordinal) => """{"block":false}""",
            var text when text.EndsWith("/users/{user_id}/admin", StringComparison.Ordinal) => """{"admin":false}""",
            var text when text.EndsWith("/report", StringComparison.Ordinal) => """{"reason":"a try of the lab"}""",
            var text when text.EndsWith("/key/v2/query", StringComparison.Ordinal) =>
                Json(new { server_keys = new Dictionary<string, object> { [_serverName] = new { } } }),
            var text when text.EndsWith("/delete_devices", StringComparison.Ordinal) => """{"devices":[]}""",
            var text when text.Contains("/directory/room/", StringComparison.Ordinal) => Json(new { room_id = _room }),
            var text when text.EndsWith("/room_keys/version", StringComparison.Ordinal) => Backup,
            var text when text.Contains("/room_keys/version/", StringComparison.Ordinal) => Backup,
            var text when text.Contains("/room_keys/keys/", StringComparison.Ordinal) => """{"sessions":{}}""",
            var text when text.Contains("/room_keys/keys", StringComparison.Ordinal) => """{"rooms":{}}""",
            var text when text.Contains("(join|", StringComparison.Ordinal) && !path.EndsWith("/join", StringComparison.Ordinal) =>
                Json(new { user_id = _other }),
            var text when text.EndsWith("/background_updates/enabled", StringComparison.Ordinal) => """{"enabled":true}""",
            var text when text.Contains("simplified_msc3575", StringComparison.Ordinal) =>
                """{"lists":{"all":{"ranges":[[0,9]],"required_state":[],"timeline_limit":1}}}""",
            _ => "{}",
        };
    }

    // What Synapse's handlers look up without asking whether it is there; events of nobody, which they refuse.
    private string FederationBodyOf(CatalogueEntry entry) => entry.Path.Text switch
    {
        var text when text.Contains("/v1/send/", StringComparison.Ordinal) =>
            Json(new { origin = _serverName, origin_server_ts = 1, pdus = Array.Empty<object>(), edus = Array.Empty<object>() }),
        var text when text.Contains("/v2/invite/", StringComparison.Ordinal) =>
            """{"room_version":"11","event":{},"invite_room_state":[]}""",
        var text when text.Contains("/user/keys/query", StringComparison.Ordinal) =>
            Json(new { device_keys = new Dictionary<string, object> { [_user] = Array.Empty<string>() } }),
        var text when text.Contains("/user/keys/claim", StringComparison.Ordinal) => """{"one_time_keys":{}}""",
        var text when text.Contains("/3pid/onbind", StringComparison.Ordinal) =>
            Json(new { mxid = _user, medium = "email", address = "lab@example.test", invites = Array.Empty<object>() }),
        var text when text.Contains("/account_status", StringComparison.Ordinal) => Json(new { user_ids = new[] { _user } }),
        var text when text.Contains("/get_missing_events", StringComparison.Ordinal) =>
            Json(new { earliest_events = Array.Empty<string>(), latest_events = new[] { _event }, limit = 1 }),
        _ => "{}",
    };

    private static bool Touches(CatalogueEntry entry, params string[] parts) =>
        parts.Any(part => entry.Path.Text.Contains(part, StringComparison.Ordinal));

    private static string Json(object value) => JsonSerializer.Serialize(value);
}
