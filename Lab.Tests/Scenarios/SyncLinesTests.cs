using SynapseLab.Runtimes.Evidence;
using SynapseLab.Scenarios.Proofs;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

public sealed class SyncLinesTests
{
    [Theory]
    [InlineData("/_matrix/client/v3/sync?timeout=0", false, false)]
    [InlineData("/_matrix/client/r0/sync?timeout=0&since=s1_2", true, false)]
    [InlineData("/_matrix/client/v3/sync?timeout=0&since=s1_2&full_state=true", true, true)]
    public void A_sync_is_told_initial_or_incremental_by_its_query(string uri, bool since, bool fullState)
    {
        var line = Assert.Single(SyncLines.Of([Line(uri)]));

        Assert.Equal((since, fullState, "synchrotron1"), (line.Since, line.FullState, line.Worker));
    }

    [Theory]
    [InlineData("/_matrix/client/v3/initialSync")]
    [InlineData("/_matrix/client/v3/rooms/!a/messages?from=sync")]
    [InlineData("/_matrix/federation/v1/sync")]
    public void Other_requests_are_no_syncs(string uri) => Assert.Empty(SyncLines.Of([Line(uri)]));

    private static ProxyLogLine Line(string uri) => new(
        DateTimeOffset.UnixEpoch, "alice-1", "hs1", "client", "127.0.0.1",
        "GET", uri, 200, "synchrotron1", "hs1_synchrotron_by_user", "user",
        10, TimeSpan.Zero, TimeSpan.Zero, "");
}
