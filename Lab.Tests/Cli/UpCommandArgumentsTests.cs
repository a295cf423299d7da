using SynapseLab.Cli;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class UpCommandArgumentsTests
{
    [Theory]
    [InlineData("--wrong", "there is no option '--wrong'")]
    [InlineData("--runtime podman", "there is no runtime 'podman', only compose, attached")]
    [InlineData("--runtime", "Required argument missing for option: '--runtime'")]
    [InlineData("--ports -3", "--ports takes a number from 0 to 60000")]
    [InlineData("--ports 60001", "--ports takes a number from 0 to 60000")]
    [InlineData("--ports", "Required argument missing for option: '--ports'")]
    [InlineData("--topology nosuch", "there is no topology 'nosuch'")]
    [InlineData("reference sharded", "Unrecognized command or argument 'sharded'")]
    [InlineData("--detach --runtime attached", "a lab on attached lives in the process that started it")]
    public async Task Wrong_use_is_one_line_and_exit_code_2_before_anything_is_started(string arguments, string problem)
    {
        var error = new StringWriter();

        var exitCode = await new CommandRunner(Services(error), LabCommands.All).RunAsync(["up", .. arguments.Split(' ')], CancellationToken.None);

        Assert.Equal(ExitCodes.WrongUse, exitCode);
        Assert.StartsWith($"lab: {problem}", error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().Trim().Split('\n'));
    }

    private static LabServices Services(StringWriter error) => new()
    {
        Root = new Lazy<LabRoot>(LabRoot.Find),
        Output = TextWriter.Null,
        Error = error,
        Time = TimeProvider.System,
        CreateEngine = () => throw new InvalidOperationException("the engine was asked"),
        Runtimes = [.. LabRuntimes.All.Take(1), new RuntimeChoice("attached", Attached: true, NotStarted)],
    };

    private static ILabRuntime NotStarted(IContainerEngine engine, LabCleaner cleaner) => throw new InvalidOperationException("the runtime was made");
}
