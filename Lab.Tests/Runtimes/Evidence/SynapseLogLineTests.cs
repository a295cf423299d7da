using SynapseLab.Runtimes.Evidence;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Evidence;

/// <summary>Lines of Synapse's log, as the lab has them written.</summary>
public sealed class SynapseLogLineTests
{
    [Fact]
    public void A_line_of_a_request_has_process_time_logger_level_the_proxys_request_ID_and_its_message()
    {
        var line = SynapseLogLine.TryParse(
            "[generic_worker1] 2026-11-25 18:24:35,101 - synapse.access.http.8104 - 643 - INFO - POST-d5e3-254 - 192.0.2.1 - 8104 - "
                + "{@a:hs1.test} Processed request: 0.063sec");

        Assert.Equal(
            new SynapseLogLine(
                "generic_worker1",
                new DateTimeOffset(2026, 11, 25, 18, 24, 35, 101, TimeSpan.Zero),
                "synapse.access.http.8104",
                "INFO",
                "POST-d5e3-254",
                "192.0.2.1 - 8104 - {@a:hs1.test} Processed request: 0.063sec"),
            line);
        Assert.Equal("d5e3-254", line!.RequestId);
    }

    [Theory]
    [InlineData("replication_notifier-125")]
    [InlineData("sentinel")]
    [InlineData("")]
    public void What_runs_beside_requests_has_no_request_ID(string context)
    {
        var line = SynapseLogLine.TryParse(
            $"[main] 2026-11-25 18:24:37,245 - synapse.metrics._gc - 130 - WARNING - {context} - Collecting gc 1");

        Assert.Equal((context, null), (line!.Context, line.RequestId));
    }

    [Theory]
    [InlineData("Traceback (most recent call last):")]
    [InlineData("[main] Traceback (most recent call last):")]
    [InlineData("[launcher] main ended with exit code 1")]
    [InlineData("[main] 2026-11-25 18:24:37,245 - cut off")]
    [InlineData("[")]
    [InlineData("")]
    public void Other_lines_are_none(string text) => Assert.Null(SynapseLogLine.TryParse(text));
}
