using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Starting;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class UpCommandArgumentsTests
{
    [Theory]
    [InlineData("--wrong", "unknown option '--wrong'. See ./lab up --help")]
    [InlineData("--runtime podman", "there is no runtime 'podman'. There are compose, other")]
    [InlineData("--runtime", "Required argument missing for option: '--runtime'")]
    [InlineData("--ports -3", "--ports takes a number from 0 to 60000")]
    [InlineData("--ports 60001", "--ports takes a number from 0 to 60000")]
    [InlineData("--ports", "Required argument missing for option: '--ports'")]
    [InlineData("--topology nosuch", "there is no topology 'nosuch'")]
    [InlineData("--json", "--json needs --detach")]
    [InlineData("reference sharded", "Unrecognized command or argument 'sharded'")]
    public Task Wrong_use_is_one_line_and_exit_code_2_before_anything_is_started(string arguments, string problem) =>
        new LabCommandLine { Runtimes = [.. LabRuntimes.All.Take(1), new RuntimeChoice("other", NotStarted)] }.RefusesAsync(
            $"up {arguments}",
            problem);

    private static ILabRuntime NotStarted(IContainerEngine engine, LabCleaner cleaner) =>
        throw new InvalidOperationException("the runtime was made");
}
