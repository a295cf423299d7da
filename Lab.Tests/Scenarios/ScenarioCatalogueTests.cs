using SynapseLab.Scenarios;
using Xunit;

namespace SynapseLab.Tests.Scenarios;

public sealed class ScenarioCatalogueTests
{
    public static TheoryData<string> Names => [.. ScenarioCatalogue.All.Select(scenario => scenario.Name)];

    [Fact]
    public void No_two_scenarios_have_the_same_name() =>
        Assert.Equal(ScenarioCatalogue.All.Count, ScenarioCatalogue.All.Select(scenario => scenario.Name).Distinct().Count());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scenario_has_a_name_for_the_command_line_a_sentence_and_a_topology(string name)
    {
        var scenario = ScenarioCatalogue.Find(name);

        Assert.Matches("^[a-z]+(-[a-z]+)*$", scenario.Name);
        Assert.EndsWith(".", scenario.Summary);
        Assert.NotEmpty(scenario.Topologies);
    }

    [Fact]
    public void An_unknown_name_is_wrong_use_and_the_message_has_the_known_ones()
    {
        var error = Assert.Throws<LabException>(() => ScenarioCatalogue.Find("no-such"));

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Contains("there is no scenario 'no-such'. There are first-proof, sync-affinity", error.Message);
    }
}
