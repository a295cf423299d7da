using SynapseLab.Scenarios.Catalogue;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class ScenarioCommandTests
{
    private readonly LabCommandLine _lab = new();

    [Theory]
    [InlineData("run nosuch", "there is no scenario 'nosuch'. There are first-proof, ")]
    [InlineData("run sync-affinity --topology nosuch", "there is no topology 'nosuch'")]
    [InlineData("run event-sharding --topology monolith", "scenario 'event-sharding' can't run on topology 'monolith', which lacks at least two writers of the stream events")]
    [InlineData("run", "Required argument 'NAME' missing for command: 'run'")]
    [InlineData("run first-proof --seed many", "--seed takes a whole number, not 'many'. See ./lab scenario run --help")]
    public Task Wrong_use_is_one_line_and_exit_code_2_before_anything_is_started(string arguments, string problem) =>
        _lab.RefusesAsync($"scenario {arguments}", problem);

    [Fact]
    public async Task The_list_has_every_scenario_with_its_topologies_and_says_which_stop_processes()
    {
        Assert.Equal(ExitCodes.Fine, await _lab.RunAsync("scenario list"));

        Assert.All(ScenarioCatalogue.All, scenario => Assert.Contains($"{scenario.Name} ", _lab.Output, StringComparison.Ordinal));
        Assert.Contains("on sharded, reference; stops processes for a while", _lab.Output, StringComparison.Ordinal);
    }
}
