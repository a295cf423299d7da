using SynapseLab.Catalogue;
using Xunit;

namespace SynapseLab.Tests.Catalogue;

public sealed class PathPatternTests
{
    private const string Send = "/_matrix/client/(api/v1|r0|v3|unstable)/rooms/{room_id}/send/{event_type}/{txn_id}";

    [Theory]
    [InlineData("/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1")]
    [InlineData("/_matrix/client/api/v1/rooms/%21a%3Ahs1.test/send/m.room.message/1")]
    [InlineData("/_matrix/client/v3/rooms/!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM/send/m.x%2Fy/1")]
    public void A_placeholder_takes_one_segment_as_it_was_sent(string path) => Assert.True(PathPattern.Parse(Send).Matches(path));

    [Theory]
    [InlineData("/_matrix/client/v3/rooms/!a/b:hs1.test/send/m.room.message/1")]
    [InlineData("/_matrix/client/v3/rooms//send/m.room.message/1")]
    [InlineData("/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message")]
    [InlineData("/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1/")]
    [InlineData("/_matrix/client/v2/rooms/!a:hs1.test/send/m.room.message/1")]
    [InlineData("/_MATRIX/client/v3/rooms/!a:hs1.test/send/m.room.message/1")]
    [InlineData("/x/_matrix/client/v3/rooms/!a:hs1.test/send/m.room.message/1")]
    public void A_pattern_matches_whole_paths_and_nothing_else(string path) => Assert.False(PathPattern.Parse(Send).Matches(path));

    [Fact]
    public void A_placeholder_with_a_question_mark_may_be_empty() =>
        Assert.True(PathPattern.Parse("/rooms/{room_id}/state/{event_type}/{state_key?}").Matches("/rooms/!a:b/state/m.room.name/"));

    [Theory]
    [InlineData("/keys", true)]
    [InlineData("/keys/!r", true)]
    [InlineData("/keys/!r/s", true)]
    [InlineData("/keys/", false)]
    [InlineData("/keys/!r/s/t", false)]
    public void An_optional_part_may_be_left_out(string path, bool matches) =>
        Assert.Equal(matches, PathPattern.Parse("/keys[/{room_id}[/{session_id}]]").Matches(path));

    [Fact]
    public void A_placeholder_with_two_stars_takes_slashes_too() =>
        Assert.True(PathPattern.Parse("/pushrules/{rest**}").Matches("/pushrules/global/content/x/enabled"));

    [Fact]
    public void What_the_placeholders_took_is_told_undecoded()
    {
        Assert.True(PathPattern.Parse(Send).TryMatch("/_matrix/client/v3/rooms/%21a/send/m.x/7", out var values));
        Assert.Equal(new Dictionary<string, string> { ["room_id"] = "%21a", ["event_type"] = "m.x", ["txn_id"] = "7" }, values);
    }

    [Fact]
    public void Samples_are_all_choices_of_words_and_optional_parts() =>
        Assert.Equal(
            ["/r0/a", "/r0/a/x-id", "/v3/a", "/v3/a/x-id"],
            PathPattern.Parse("/(r0|v3)/a[/{id}]").Samples());

    [Fact]
    public void The_expression_for_proxies_stops_at_the_query() =>
        Assert.Equal("/(?:api/v1|r0)/m\\.x/[^/?]+/[^/?]*(?:/[^?]*)?", PathPattern.Parse("/(api/v1|r0)/m.x/{a}/{b?}[/{rest**}]").ToRegex());

    [Theory]
    [InlineData("rooms", "starts with '/'")]
    [InlineData("/rooms/{room_id", "never closed")]
    [InlineData("/(r0)/x", "two or more different words")]
    [InlineData("/(r0|r0)/x", "two or more different words")]
    [InlineData("/x/{Room}", "not a placeholder")]
    [InlineData("/x/{rest**}/y", "nothing may follow")]
    [InlineData("/x[/{a}]/y", "nothing may follow")]
    [InlineData("/x[/{a}", "'[' is never closed")]
    [InlineData("/x]", "closes nothing")]
    [InlineData("/x/.*", "has no meaning here")]
    [InlineData("/x$", "has no meaning here")]
    public void A_malformed_pattern_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(PathPattern.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
