using System.Diagnostics;
using System.Globalization;
using SynapseLab.Tests.Cli;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab.Verbs;

/// <summary>Logs of one process or container.</summary>
[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class LogsVerbTests(ReferenceLab fixture) : LabVerbs(fixture)
{
    [Fact]
    public async Task Logs_are_those_of_the_process_that_was_named()
    {
        var (exitCode, output, error) = await RunAsync("logs", "events_persister1");

        Assert.True(exitCode == 0, error);
        // Synapse's own greeting: "Instance name: events_persister1".
        Assert.Contains("Instance name: events_persister1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Instance name: master", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_with_a_tail_are_so_many_lines()
    {
        var (exitCode, output, _) = await RunAsync("logs", "main", "--tail", "3");

        Assert.Equal(0, exitCode);
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Logs_that_are_followed_go_on_with_what_happens_until_Ctrl_C()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var following = LabProgram.Start(null, "logs", "proxy", "--follow", "--tail", "0", "--name", Lab.Name);
        using var http = new HttpClient { BaseAddress = Lab.ClientUri() };
        var line = following.StandardOutput.ReadLineAsync(limit.Token).AsTask();
        // Asked again until the program listens: it says nothing before the first line.
        await Lab.Waiter.UntilAsync(
            TimeSpan.FromSeconds(30),
            "a request shows in the log that is followed",
            async token =>
            {
                using var _ = await http.GetAsync($"/_matrix/client/versions?{Unique}", token);
                return line.IsCompleted ? Observation.Yes("a line") : Observation.No("none");
            },
            limit.Token);
        Assert.Contains("\"worker\":", await line, StringComparison.Ordinal);

        using var kill = Process.Start("kill", ["-INT", following.Id.ToString(CultureInfo.InvariantCulture)]);
        await following.WaitForExitAsync(limit.Token);
        Assert.Equal(0, following.ExitCode);
    }
}
