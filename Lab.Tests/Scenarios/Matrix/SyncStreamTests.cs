using Microsoft.Extensions.Time.Testing;
using SynapseLab.Scenarios.Matrix;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.Scenarios.Matrix;

public sealed class SyncStreamTests : IAsyncDisposable
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly ListeningHomeserver _homeserver;
    private readonly MatrixConnections _connections = new();
    private readonly SyncStream _stream;
    private TimeSpan _answerTakes = TimeSpan.FromMilliseconds(300);

    public SyncStreamTests()
    {
        // Nothing else moves the clock.
        _homeserver = new ListeningHomeserver { OnRequest = () => _time.Advance(_answerTakes) };
        _stream = new SyncStream(new MatrixClient(_connections.Http, _homeserver.Uri, "t"), _time, new Waiter(_time));
    }

    [Fact]
    public async Task It_goes_on_from_the_last_token_and_keeps_the_order()
    {
        _homeserver.Answers(200, Sync("s1", "a", "b")).Answers(200, Sync("s2", "c"));

        await StepsAsync(2);

        Assert.Equal(["a", "b", "c"], _stream.Bodies("!r"));
        Assert.Contains("since=s1", _homeserver.Asked[1].Url);
        Assert.Empty(_stream.Duplicates);
    }

    [Fact]
    public async Task It_notices_an_event_that_comes_twice()
    {
        _homeserver.Answers(200, Sync("s1", "a", "b")).Answers(200, Sync("s2", "b", "c"));

        await StepsAsync(2);

        Assert.Equal(["$b"], _stream.Duplicates);
        Assert.Equal(["a", "b", "c"], _stream.Bodies("!r"));
    }

    [Fact]
    public async Task It_fetches_what_a_limited_timeline_left_out()
    {
        _homeserver
            .Answers(200, Sync("s1", "a"))
            .Answers(200, Sync("s2", "d").Replace("\"limited\":false", "\"limited\":true"))
            .Answers(200, """{"start":"p","end":"q","chunk":[{"event_id":"$c","type":"m","content":{"body":"c"}}]}""")
            .Answers(200, """{"start":"q","end":"r","chunk":[{"event_id":"$b","type":"m","content":{"body":"b"}},{"event_id":"$a","type":"m","content":{"body":"a"}}]}""");

        await StepsAsync(2);

        Assert.Equal(["a", "b", "c", "d"], _stream.Bodies("!r"));
        Assert.Equal((1, 0), (_stream.FilledGaps, _stream.Duplicates.Count));
        Assert.Contains("/messages?dir=b&limit=100&from=p", _homeserver.Asked[2].Url);
    }

    [Fact]
    public async Task Nothing_of_an_answer_is_kept_before_all_its_gaps_are_filled_since_it_is_asked_for_again()
    {
        var limited = """{"next_batch":"s2","rooms":{"join":{"!r":{"timeline":{"limited":false,"prev_batch":"p","events":[B]}},"!q":{"timeline":{"limited":true,"prev_batch":"p","events":[D]}}}}}"""
            .Replace("B", Event("b")).Replace("D", Event("d"));
        _homeserver
            .Answers(200, Sync("s1", "a").Replace("\"!r\"", "\"!q\":{\"timeline\":{\"events\":[]}},\"!r\""))
            .Answers(200, limited)
            .Answers(502, "")
            .Answers(200, limited)
            .Answers(200, """{"start":"p","chunk":[{"event_id":"$c","type":"m","content":{"body":"c"}}]}""");

        await StepsAsync(1);
        await Assert.ThrowsAsync<MatrixException>(() => StepsAsync(1));
        await StepsAsync(1);

        Assert.Empty(_stream.Duplicates);
        Assert.Equal(["a", "b"], _stream.Bodies("!r"));
        Assert.Equal(["c", "d"], _stream.Bodies("!q"));
        Assert.Equal(1, _stream.FilledGaps);
    }

    [Fact]
    public async Task It_counts_answers_that_come_at_once_and_bring_nothing()
    {
        _homeserver.Answers(200, Sync("s1", "a")).Answers(200, Empty).Answers(200, Empty).Answers(200, Sync("s2", "b")).Answers(200, Empty);

        await StepsAsync(5);

        Assert.Equal(2, _stream.LongestEmptyRun);
    }

    [Fact]
    public async Task It_tells_long_polls_that_waited_their_time_from_those_that_did_not()
    {
        _homeserver.Answers(200, Sync("s1", "a")).Answers(200, Empty).Answers(200, Empty).Answers(200, Empty);

        await StepsAsync(2);
        // 300 ms are half of the time that these are given.
        await _stream.StepAsync(TimeSpan.FromMilliseconds(600), CancellationToken.None);
        await _stream.StepAsync(TimeSpan.FromMilliseconds(601), CancellationToken.None);

        Assert.Equal((1, 1), (_stream.QuietAnswers, _stream.LongestEmptyRun));
    }

    [Fact]
    public async Task It_counts_how_often_a_device_list_changed()
    {
        _homeserver
            .Answers(200, """{"next_batch":"s1","device_lists":{"changed":["@bob:hs2.test"]}}""")
            .Answers(200, """{"next_batch":"s2","device_lists":{"changed":["@bob:hs2.test","@carol:hs3.test"]}}""");

        await StepsAsync(2);

        Assert.Equal([2, 1, 0], new[] { "@bob:hs2.test", "@carol:hs3.test", "@dan:hs4.test" }.Select(_stream.DeviceListChanges));
    }

    [Fact]
    public async Task An_empty_answer_is_no_loop_where_the_server_was_given_no_time()
    {
        _homeserver.Answers(200, Sync("s1", "a")).Answers(200, Empty);

        await StepsAsync(1);
        await _stream.StepAsync(TimeSpan.Zero, CancellationToken.None);

        Assert.Equal((0, 0), (_stream.LongestEmptyRun, _stream.QuietAnswers));
    }

    [Fact]
    public async Task It_tries_again_while_the_proxy_has_nobody_to_ask()
    {
        _homeserver.Answers(502, "<html>").Answers(503, "<html>").Answers(200, Sync("s1", "a"));

        await _stream.FollowUntilAsync("the message is there", () => _stream.HasMessages("!r", 1), LongPoll, CancellationToken.None);

        Assert.Equal((2, 1), (_stream.Failures, _stream.Answers));
    }

    [Fact]
    public async Task It_does_not_try_again_when_synapse_refuses()
    {
        _homeserver.Answers(401, """{"errcode":"M_UNKNOWN_TOKEN","error":"Invalid access token passed."}""");

        var error = await Assert.ThrowsAsync<MatrixException>(() =>
            _stream.FollowUntilAsync("anything", () => Observation.No("nothing"), LongPoll, CancellationToken.None));

        Assert.Equal("M_UNKNOWN_TOKEN", error.ErrorCode);
    }

    [Fact]
    public async Task When_what_it_follows_for_never_comes_it_tells_what_each_sync_brought()
    {
        _homeserver.Answers(200, Sync("s1", "a")).Answers(502, "<html>").Answers(200, Sync("s2", "b"));

        var error = await Assert.ThrowsAsync<LabException>(() => _stream.FollowUntilAsync(
            "all three messages are there", () => _stream.HasMessages("!r", 3), LongPoll, CancellationToken.None, TimeSpan.FromSeconds(1)));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Equal(
            """
            waited 1 s in vain for: all three messages are there
                t=  0.00 s  0 of 3 messages
                t=  0.30 s  1 of 3 messages
                t=  0.60 s  a sync was answered 502 by the proxy
                t=  0.90 s  2 of 3 messages
            """,
            error.Message);
    }

    [Fact]
    public async Task When_the_server_does_not_come_back_it_tells_what_the_syncs_before_brought()
    {
        _answerTakes = TimeSpan.FromSeconds(20);
        _homeserver.Answers(200, Sync("s1", "a")).Answers(502, "").Answers(502, "");

        var error = await Assert.ThrowsAsync<LabException>(() => _stream.FollowUntilAsync(
            "all three messages are there", () => _stream.HasMessages("!r", 3), LongPoll, CancellationToken.None, TimeSpan.FromMinutes(5)));

        Assert.Equal(
            """
            waited 80 s in vain for: all three messages are there
                t=  0.00 s  0 of 3 messages
                t= 20.00 s  1 of 3 messages
                t= 40.00 s  a sync was answered 502 by the proxy  (2 times, the last at 60.00 s)
                t= 80.00 s  given up: no sync was answered for 60 s
            """,
            error.Message);
    }

    public async ValueTask DisposeAsync()
    {
        _connections.Dispose();
        await _homeserver.DisposeAsync();
    }

    private const string Empty = """{"next_batch":"s1"}""";

    private static string Sync(string next, params string[] bodies) =>
        """{"next_batch":"NEXT","rooms":{"join":{"!r":{"timeline":{"limited":false,"prev_batch":"p","events":[EVENTS]}}}}}"""
            .Replace("NEXT", next)
            .Replace("EVENTS", string.Join(',', bodies.Select(Event)));

    private static string Event(string body) => """{"event_id":"$X","type":"m.room.message","content":{"body":"X"}}""".Replace("X", body);

    private async Task StepsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _stream.StepAsync(LongPoll, CancellationToken.None);
        }
    }
}
