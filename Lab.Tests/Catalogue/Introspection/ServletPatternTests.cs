using SynapseLab.Catalogue.Introspection;
using Xunit;

namespace SynapseLab.Tests.Catalogue.Introspection;

public sealed class ServletPatternTests
{
    [Theory]
    [InlineData("^/_matrix/client/(r0|v3)/sync$", "/_matrix/client/r0/sync", "/_matrix/client/v3/sync")]
    [InlineData("^/a/(?P<room_id>[^/]*)/(?P<action>join|leave)$", "/a/x1/join", "/a/x1/leave")]
    [InlineData("^/send/(?P<transaction_id>[^/]*)/?$", "/send/x1", "/send/x1/")]
    [InlineData("^/keys(/(?P<room_id>[^/]+))?$", "/keys", "/keys/x1")]
    [InlineData("^/(?P<path>pushrules/.*)$", "/pushrules/x1")]
    [InlineData("/auth/(?P<stagetype>[\\w\\.]*)/fallback", "/auth/x1/fallback")]
    [InlineData("^/unstable/org.matrix.x$", "/unstable/org.matrix.x")]
    [InlineData("^/unstable/org\\.matrix\\.msc4140/x$", "/unstable/org.matrix.msc4140/x")]
    public void Samples_are_paths_that_the_servlet_takes(string pattern, params string[] paths) =>
        Assert.Equal(paths, new ServletPattern(pattern).Samples());

    [Fact]
    public void A_pattern_without_an_end_takes_longer_paths() => Assert.True(new ServletPattern("^/devices").Matches("/devices/x"));

    [Theory]
    [InlineData("^/a(?=b)$")]
    [InlineData("^/a{2}$")]
    public void A_pattern_of_a_kind_never_seen_is_reported_and_not_guessed(string pattern) =>
        Assert.Contains(
            "no servlet had so far",
            Assert.Throws<FormatException>(() => new ServletPattern(pattern).Samples()).Message,
            StringComparison.Ordinal);
}
