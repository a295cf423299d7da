using SynapseLab.Runtimes.Evidence;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Evidence;

public sealed class ProxyLogLineTests
{
    private const string Line =
        """{"time":"2026-11-21T06:48:01.123+00:00","request_id":"4f2a","homeserver":"hs1","listener":"client","remote":"172.18.0.1","method":"GET","uri":"/_matrix/client/v3/sync?since=s1&timeout=0","status":200,"worker":"generic_worker2","pool":"hs1_generic_worker_by_user","affinity":"user","bytes":512,"duration":1.250,"upstream_duration":"1.249","user_agent":"curl/8"}""";

    [Fact]
    public void A_line_says_who_served_what_and_how_long_it_took()
    {
        var line = ProxyLogLine.TryParse(Line)!;

        Assert.Equal("generic_worker2", line.Worker);
        Assert.Equal("/_matrix/client/v3/sync", line.Path);
        Assert.Equal(200, line.Status);
        Assert.Equal(TimeSpan.FromSeconds(1.25), line.Duration);
        Assert.Equal(TimeSpan.FromSeconds(1.249), line.UpstreamDuration);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 6, 48, 1, 123, TimeSpan.Zero), line.Time);
        Assert.Equal(line.Time.AddSeconds(-1.25), line.Began);
    }

    [Theory]
    [InlineData("\"\"", 0)]
    [InlineData("\"-\"", 0)]
    [InlineData("\"0.001, 0.002\"", 0.003)]
    [InlineData("0.5", 0.5)]
    public void The_wait_for_processes_is_the_sum_of_all_tries(string written, double seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            ProxyLogLine.TryParse(Line.Replace("\"1.249\"", written, StringComparison.Ordinal))!.UpstreamDuration);

    [Theory]
    [InlineData("")]
    [InlineData("2026/11/21 06:48:01 [error] 7#7: connect() failed")]
    [InlineData("{\"time\":\"2026-11-21T06:48:01.123+00:00\"")]
    [InlineData("{\"level\":\"notice\"}")]
    public void A_message_of_the_proxy_is_no_request(string text) => Assert.Null(ProxyLogLine.TryParse(text));
}
