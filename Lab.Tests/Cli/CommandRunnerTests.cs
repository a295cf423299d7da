using System.CommandLine;
using SynapseLab.Cli;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class CommandRunnerTests
{
    [Fact]
    public async Task A_full_disk_is_told_with_what_to_do_and_exit_code_2()
    {
        // Every write to /dev/full fails as on a full disk (full(4)).
        var (exitCode, error) = await RunAsync(() => File.WriteAllText("/dev/full", "x"));

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Equal(
            "lab: No space left on device : '/dev/full'. "
                + "Free space in /dev (df -h shows how much there is; ./lab down removes what labs need)\n",
            error);
    }

    [Fact]
    public async Task A_file_without_rights_to_it_is_told_with_what_to_do_and_is_no_mistake_in_the_lab()
    {
        // Root too is refused a folder where a file is wanted.
        var (exitCode, error) = await RunAsync(() => File.WriteAllText("/proc/self", "x"));

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.Equal(
            "lab: Access to the path '/proc/self' is denied. Give the folder to your user: sudo chown -R \"$(id -un)\" /proc\n",
            error);
    }

    [Fact]
    public async Task What_nobody_thought_of_is_told_as_a_mistake_in_the_lab()
    {
        var (exitCode, error) = await RunAsync(() => throw new InvalidOperationException("odd"));

        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Equal("lab: odd (a mistake in the lab; --verbose shows where)\n", error);
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(Action action)
    {
        var lab = new LabCommandLine { Commands = [new Verb(action)] };
        return (await lab.RunAsync("act"), lab.Error);
    }

    private sealed class Verb(Action action) : ILabCommand
    {
        public Command Build(LabServices services)
        {
            var command = new Command("act");
            command.SetAction((_, _) =>
            {
                action();
                return Task.FromResult(ExitCodes.Fine);
            });
            return command;
        }
    }
}
