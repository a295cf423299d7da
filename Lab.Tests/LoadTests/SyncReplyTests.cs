using System.Text.Json;
using SynapseLab.LoadTests.Workloads;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class SyncReplyTests
{
    private readonly SyncReply _reply = new();

    [Fact]
    public void The_runs_messages_are_found_in_the_order_in_which_they_came()
    {
        _reply.Read("""
            {"account_data":{"events":[{"type":"m.push_rules","content":{"lab.run":"5f2a","lab.number":99}}]},
             "next_batch":"s72_1",
             "rooms":{
               "leave":{"!x:hs1.test":{"timeline":{"events":[{"content":{"lab.run":"5f2a","lab.number":98}}]}}},
               "join":{
                 "!a:hs1.test":{
                   "state":{"events":[{"type":"m.room.member","content":{"membership":"join"}}]},
                   "ephemeral":{"events":[{"type":"m.typing","content":{"user_ids":["@a:hs1.test"]}}]},
                   "timeline":{"events":[
                     {"type":"m.room.message","content":{"lab.number":17,"body":"}]\"","lab.run":"5f2a"},"event_id":"$1","unsigned":{"age":3}},
                     {"type":"m.room.message","content":{"body":"of another run","lab.run":"0000","lab.number":18}},
                     {"type":"m.room.message","content":{"body":"of a person"}}],
                    "limited":false,"prev_batch":"s70_1"}},
                 "!b:hs1.test":{"timeline":{"prev_batch":"s71_1","limited":false,"events":[{"content":{"lab.run":"5f2a","lab.number":4}}]}}}}}
            """u8, "5f2a"u8);

        Assert.Equal("s72_1", _reply.NextBatch);
        Assert.Equal([new SyncMessage(17, "!a:hs1.test"), new SyncMessage(4, "!b:hs1.test")], _reply.Messages);
        Assert.Empty(_reply.Gaps);
    }

    [Fact]
    public void A_limited_timeline_is_a_gap()
    {
        _reply.Read(
            """{"rooms":{"join":{"!a:hs1.test":{"timeline":{"limited":true,"prev_batch":"p1","events":[]}}}},"next_batch":"s2"}"""u8,
            "5f2a"u8);
        Assert.Equal([new SyncGap("!a:hs1.test", "p1")], _reply.Gaps);
    }

    [Fact]
    public void An_empty_sync_holds_nothing_of_the_one_before()
    {
        _reply.Read("""{"next_batch":"s1","rooms":{"join":{"!a":{"timeline":{"limited":true,"prev_batch":"p","events":[{"content":{"lab.run":"r","lab.number":1}}]}}}}}"""u8, "r"u8);
        _reply.Read("""{"next_batch":"s2"}"""u8, "r"u8);
        Assert.Equal(("s2", 0, 0), (_reply.NextBatch, _reply.Messages.Count, _reply.Gaps.Count));
    }

    [Fact]
    public void A_page_of_history_has_messages_and_where_to_go_on()
    {
        Assert.Equal(
            "t1",
            _reply.ReadPage(
                """{"chunk":[{"content":{"lab.run":"r","lab.number":5}},{"content":{}}],"start":"t0","end":"t1"}"""u8,
                "r"u8,
                "!a"));
        Assert.Equal([new SyncMessage(5, "!a")], _reply.Messages);
        Assert.Null(_reply.ReadPage("""{"chunk":[],"start":"t1"}"""u8, "r"u8, "!a"));
    }

    [Theory]
    [InlineData("""{"content":{"lab.run":"r","lab.number":"5"}}""")]
    [InlineData("""{"content":{"lab.run":"r","lab.number":5.5}}""")]
    [InlineData("""{"content":{"lab.run":"r","lab.number":99999999999}}""")]
    [InlineData("""{"content":{"lab.run":7,"lab.number":5}}""")]
    [InlineData("""{"content":{"lab.run":{"r":1},"lab.number":[5]}}""")]
    public void Nonsense_in_a_message_is_no_message_of_the_run(string message)
    {
        _reply.Read(
            System.Text.Encoding.UTF8.GetBytes(
                """{"rooms":{"join":{"!a":{"timeline":{"events":[""" + message + """]}}}},"next_batch":"s"}"""),
            "r"u8);
        Assert.Equal(("s", 0), (_reply.NextBatch, _reply.Messages.Count));
    }

    [Theory]
    [InlineData("""{"rooms":5,"next_batch":"s"}""")]
    [InlineData("""{"rooms":{"join":[{"a":1}]},"next_batch":"s"}""")]
    [InlineData("""{"rooms":{"join":{"!a":7,"!b":{"timeline":[1,[2]]},"!d":{"timeline":{"events":[5,[{}],"x"]}},"!c":{"timeline":{"events":{"a":{}},"limited":{},"prev_batch":[]}}}},"next_batch":"s"}""")]
    public void Values_of_a_kind_that_the_specification_does_not_have_are_stepped_over(string text)
    {
        _reply.Read(System.Text.Encoding.UTF8.GetBytes(text), "r"u8);
        Assert.Equal(("s", 0, 0), (_reply.NextBatch, _reply.Messages.Count, _reply.Gaps.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("""{"next_batch":""")]
    public void What_is_no_json_is_an_error(string text) =>
        Assert.ThrowsAny<JsonException>(() => _reply.Read(System.Text.Encoding.UTF8.GetBytes(text), "r"u8));
}
