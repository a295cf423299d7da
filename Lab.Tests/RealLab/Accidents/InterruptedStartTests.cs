using System.Diagnostics;
using SynapseLab.Conventions;
using SynapseLab.Runtimes;
using SynapseLab.Tests.Cli;
using SynapseLab.Waiting;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>Starts that somebody ends in the middle.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class InterruptedStartTests : StartAccident
{
    [Fact]
    public async Task What_a_start_that_was_killed_left_behind_the_next_down_removes()
    {
        await KillInTheMiddleAsync();

        var (exitCode, _, error) = await LabProgram.RunAsync("down", One);

        Assert.True(exitCode == ExitCodes.Fine, error);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task What_a_start_that_was_killed_left_behind_the_next_up_removes_before_it_starts()
    {
        await KillInTheMiddleAsync();

        var (exitCode, output, error) = await LabProgram.RunAsync("up", "monolith", "--name", One, "--detach");

        Assert.True(exitCode == ExitCodes.Fine, error);
        Assert.Contains("removing what an interrupted start", output, StringComparison.Ordinal);
        await using var lab = await RunningLab.AttachAsync(One, Root, None);
        Assert.All(await lab.LookAsync(None), look => Assert.True(look.Value.Holds, look.Value.Seen));
    }

    [Fact]
    public async Task Ctrl_C_in_the_middle_of_a_start_leaves_nothing()
    {
        using var starting = LabProgram.Start(null, "up", "monolith", "--name", One);
        await ContainersAppearAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using (Process.Start("kill", ["-INT", $"{starting.Id}"]))
        {
            await starting.WaitForExitAsync(limit.Token);
        }

        Assert.Equal(ExitCodes.Failed, starting.ExitCode);
        await NothingIsLeftAsync(One);
    }

    private async Task KillInTheMiddleAsync()
    {
        using var starting = LabProgram.Start(null, "up", "monolith", "--name", One, "--detach");
        await ContainersAppearAsync();
        starting.Kill();
        await starting.WaitForExitAsync(None);
    }

    private Task ContainersAppearAsync() => new Waiter(TimeProvider.System).UntilAsync(
        TimeSpan.FromMinutes(2),
        "the first container is there",
        async token => (await Engine.ListAsync($"{LabLabels.Name}={One}", token)).Count is > 0 and var count
            ? Observation.Yes($"{count}")
            : Observation.No("none"),
        None);
}
