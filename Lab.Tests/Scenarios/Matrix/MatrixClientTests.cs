using System.Net;
using SynapseLab.Scenarios.Matrix;
using Xunit;

namespace SynapseLab.Tests.Scenarios.Matrix;

public sealed class MatrixClientTests : IAsyncDisposable
{
    private readonly ListeningHomeserver _homeserver = new();
    private readonly MatrixConnections _connections = new();

    [Fact]
    public async Task A_room_id_is_one_percent_encoded_segment_of_the_path()
    {
        _homeserver.Answers(200, """{"event_id":"$e"}""");

        await Client("t").SendMessageAsync("!a/b:hs1.test", "hello", "txn 1", CancellationToken.None);

        Assert.Equal("/_matrix/client/v3/rooms/%21a%2Fb%3Ahs1.test/send/m.room.message/txn%201", _homeserver.Asked.Single().Url);
        Assert.Equal("""{"msgtype":"m.text","body":"hello"}""", _homeserver.Asked.Single().Body);
    }

    [Fact]
    public async Task The_token_goes_in_the_header()
    {
        _homeserver.Answers(200, """{"user_id":"@alice:hs1.test"}""");

        Assert.Equal("@alice:hs1.test", await Client("secret").WhoAmIAsync(CancellationToken.None));

        Assert.Equal("Bearer secret", _homeserver.Asked.Single().Authorization);
        Assert.DoesNotContain("secret", _homeserver.Asked.Single().Url);
    }

    [Fact]
    public async Task The_token_goes_in_the_query_for_clients_that_ask_so()
    {
        _homeserver.Answers(200, """{"next_batch":"s1"}""");
        var client = new MatrixClient(_connections.Http, _homeserver.Uri, "secret") { TokenInQuery = true };

        await client.SyncAsync(new SyncRequest(Since: "s0"), CancellationToken.None);

        Assert.Equal("/_matrix/client/v3/sync?timeout=0&since=s0&access_token=secret", _homeserver.Asked.Single().Url);
        Assert.Null(_homeserver.Asked.Single().Authorization);
    }

    [Fact]
    public async Task Every_request_has_an_id_of_its_own_and_the_observer_hears_who_served_it()
    {
        _homeserver.Answers(200, "{}", "generic_worker2").Answers(200, "{}", "generic_worker2");
        var calls = new List<MatrixCall>();
        var client = new MatrixClient(_connections.Http, _homeserver.Uri, "t", "run1-alice", calls.Add);

        await client.JoinAsync("!r:hs1.test", CancellationToken.None);
        await client.LeaveAsync("!r:hs1.test", CancellationToken.None);

        Assert.Equal(["run1-alice-1", "run1-alice-2"], _homeserver.Asked.Select(asked => asked.RequestId));
        Assert.Equal(["run1-alice-1", "run1-alice-2"], calls.Select(call => call.RequestId));
        Assert.All(calls, call => Assert.Equal("generic_worker2", call.Worker));
    }

    [Fact]
    public async Task A_matrix_error_is_an_exception_with_its_code_and_the_worker_that_gave_it()
    {
        _homeserver.Answers(403, """{"errcode":"M_FORBIDDEN","error":"You are not invited to this room."}""", "generic_worker1");

        var error = await Assert.ThrowsAsync<MatrixException>(() => Client("t").JoinAsync("!r:hs1.test", CancellationToken.None));

        Assert.Equal((HttpStatusCode.Forbidden, "M_FORBIDDEN", "generic_worker1"), (error.Status, error.ErrorCode, error.Worker));
        Assert.False(error.IsUnavailable);
        Assert.Contains("POST /_matrix/client/v3/join/%21r%3Ahs1.test was answered 403 M_FORBIDDEN: You are not invited", error.Message);
    }

    [Fact]
    public async Task A_page_of_the_proxy_itself_is_told_from_an_answer_of_synapse()
    {
        _homeserver.Answers(502, "<html>\n<center>nginx</center>");

        var error = await Assert.ThrowsAsync<MatrixException>(() => Client("t").WhoAmIAsync(CancellationToken.None));

        Assert.True(error.IsUnavailable);
        Assert.Null(error.Worker);
        Assert.Equal("", error.ErrorCode);
        Assert.Contains("by the proxy", error.Message);
    }

    [Fact]
    public async Task A_sync_answer_gives_timelines_typing_receipts_and_device_lists()
    {
        _homeserver.Answers(200, """
            {"next_batch":"m5~2.6~3.7_0","device_lists":{"changed":["@bob:hs2.test"]},
             "to_device":{"events":[{"type":"lab.note","sender":"@bob:hs2.test","content":{"n":1}}]},
             "rooms":{"join":{"!r":{"timeline":{"limited":true,"prev_batch":"t1","events":[
               {"event_id":"$1","type":"m.room.message","sender":"@bob:hs2.test","origin_server_ts":5,"content":{"body":"hello"}}]},
               "ephemeral":{"events":[{"type":"m.typing","content":{"user_ids":["@bob:hs2.test"]}}]}}}}}
            """);

        var sync = await Client("t").SyncAsync(new SyncRequest(), CancellationToken.None);

        var room = sync.Joined["!r"];
        Assert.Equal("m5~2.6~3.7_0", sync.NextBatch);
        Assert.True(room.Timeline.Limited);
        Assert.Equal(
            ("$1", "hello", "@bob:hs2.test"),
            (room.Timeline.Events[0].EventId, room.Timeline.Events[0].Body, room.Timeline.Events[0].Sender));
        Assert.Equal("m.typing", room.Ephemeral.Events.Single().Type);
        Assert.Equal("@bob:hs2.test", sync.DeviceLists!.Changed.Single());
        Assert.Equal("lab.note", sync.ToDevice!.Events.Single().Type);
        Assert.False(sync.IsEmpty);
    }

    [Theory]
    [InlineData("""{"next_batch":"s1"}""")]
    [InlineData("""{"next_batch":"s1","rooms":{"join":{}},"device_lists":{"changed":[],"left":[]},"to_device":{"events":[]}}""")]
    public async Task A_sync_answer_without_news_is_empty(string json)
    {
        _homeserver.Answers(200, json);

        Assert.True((await Client("t").SyncAsync(new SyncRequest(), CancellationToken.None)).IsEmpty);
    }

    [Fact]
    public async Task An_answer_that_is_not_json_is_a_broken_answer_not_a_crash()
    {
        _homeserver.Answers(200, "<html>");

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Client("t").WhoAmIAsync(CancellationToken.None));

        Assert.Contains("whoami was not answered with the JSON", error.Message);
    }

    [Fact]
    public async Task Registration_by_shared_secret_signs_nonce_name_password_and_role()
    {
        _homeserver
            .Answers(200, """{"nonce":"thisisanonce"}""")
            .Answers(200, """{"user_id":"@pepper:hs1.test","access_token":"t","device_id":"D"}""");

        await Client(null).RegisterWithSecretAsync("pepper", "pizza", "shared", admin: true, CancellationToken.None);

        // printf 'thisisanonce\0pepper\0pizza\0admin' | openssl sha1 -hmac shared
        Assert.Contains("\"mac\":\"66fb1382e30a6d3acd7c34af4863c63f959137ca\"", _homeserver.Asked[1].Body);
    }

    [Fact]
    public async Task Servers_to_join_through_are_named_by_both_words_of_the_specification()
    {
        _homeserver.Answers(200, "{}");

        await Client("t").JoinAsync("!r", CancellationToken.None, "hs2.test", "hs3.test");

        Assert.Equal(
            "/_matrix/client/v3/join/%21r?via=hs2.test&server_name=hs2.test&via=hs3.test&server_name=hs3.test",
            _homeserver.Asked.Single().Url);
    }

    [Fact]
    public async Task Nobody_listening_is_an_http_error()
    {
        await _homeserver.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => Client("t").WhoAmIAsync(CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        _connections.Dispose();
        await _homeserver.DisposeAsync();
    }

    private MatrixClient Client(string? token) => new(_connections.Http, _homeserver.Uri, token);
}
