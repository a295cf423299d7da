using SynapseLab.Cli;
using SynapseLab.Runtimes;
using SynapseLab.Scenarios;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class ScenarioCommandTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("run nosuch", "there is no scenario 'nosuch'. There are first-proof, ")]
    [InlineData("run sync-affinity --topology nosuch", "there is no topology 'nosuch'")]
    [InlineData("run event-sharding --topology monolith", "scenario 'event-sharding' can't run on topology 'monolith', which lacks at least two writers of the stream events")]
    [InlineData("run", "Required argument missing for command: 'run'")]
    [InlineData("run first-proof --seed many", "--seed takes a whole number, not 'many'. See ./lab scenario run --help")]
    public async Task Wrong_use_is_one_line_and_exit_code_2_before_anything_is_started(string arguments, string problem)
    {
        Assert.Equal(ExitCodes.WrongUse, await RunAsync(arguments));

        Assert.StartsWith($"lab: {problem}", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Trim().Split('\n'));
    }

    [Fact]
    public async Task The_list_has_every_scenario_with_its_topologies_and_says_which_stop_processes()
    {
        Assert.Equal(ExitCodes.Fine, await RunAsync("list"));

        Assert.All(ScenarioCatalogue.All, scenario => Assert.Contains($"{scenario.Name} ", _output.ToString(), StringComparison.Ordinal));
        Assert.Contains("on sharded, reference; stops processes for a while", _output.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string arguments) => new CommandRunner(
        new LabServices
        {
            Root = new Lazy<LabRoot>(LabRoot.Find),
            Output = _output,
            Error = _error,
            Time = TimeProvider.System,
            CreateEngine = () => throw new InvalidOperationException("the engine was asked"),
        },
        LabCommands.All).RunAsync(["scenario", .. arguments.Split(' ')], CancellationToken.None);
}
