using System.Globalization;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Metrics of one process.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class MetricsVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Metrics_are_the_process_s_own_and_can_be_asked_for_by_a_part_of_their_name()
    {
        var (exitCode, output, error) = await RunAsync("metrics", "receipts_writer", "process_start_time");

        Assert.True(exitCode == 0, error);
        // process_start_time_seconds 1795261039.8
        var (name, value) = output.TrimEnd('\n').Split(' ') is [var first, var second] ? (first, second) : ("", "");
        Assert.Equal("process_start_time_seconds", name);
        Assert.Equal(
            (await Lab.MetricsAsync("receipts_writer", None)).Sum("process_start_time_seconds"),
            double.Parse(value, CultureInfo.InvariantCulture));
    }

    // A counter with labels has no sample before it first counts. This one counts messages to application services, of which there are
    // none.
    [Fact]
    public async Task A_metric_that_has_counted_nothing_yet_is_no_error()
    {
        var (exitCode, output, error) = await RunAsync("metrics", "main", "synapse_appservice_api_sent_events");

        Assert.True(exitCode == 0, error);
        Assert.Equal("# synapse_appservice_api_sent_events_total has nothing to show yet\n", output);
    }

    [Fact]
    public async Task A_metric_that_is_not_there_is_said_so()
    {
        var (exitCode, _, error) = await RunAsync("metrics", "main", "nosuch");

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal($"lab: main has no metric with 'nosuch' in its name. ./lab metrics main --name {Lab.Name} shows all\n", error);
    }
}
