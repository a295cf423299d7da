using SynapseLab.Scenarios.Catalogue;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Scenarios;
using SynapseLab.Topologies;
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

    [Theory]
    [MemberData(nameof(Names))]
    public void The_documentation_has_every_scenario_as_it_describes_itself(string name)
    {
        var scenario = ScenarioCatalogue.Find(name);
        var row = $"| `{name}` | {scenario.Summary} | {string.Join(", ", scenario.Topologies)} |";

        var document = File.ReadAllText(Path.Combine(LabRoot.Find().Path, "docs", "scenarios.md"));
        Assert.True(document.Contains(row, StringComparison.Ordinal), $"docs/scenarios.md lacks the row: {row} WHAT IT NEEDS |");
    }

    // By the words of the code: a test of xunit says what it runs in its body alone.
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_scenario_is_run_on_a_real_lab(string name)
    {
        var folder = Path.Combine(LabRoot.Find().Path, "Lab.Tests", "Scenarios", "Real");

        Assert.True(
            Directory.EnumerateFiles(folder, "*.cs").Any(file => File.ReadAllText(file).Contains($"HoldsAsync(\"{name}\"", StringComparison.Ordinal)),
            $"no test runs {name}: add a [Fact] with HoldsAsync(\"{name}\") to the class of its topology in Lab.Tests/Scenarios/Real");
    }

    [Fact]
    public void An_unknown_name_is_wrong_use_and_the_message_has_the_known_ones()
    {
        var error = Assert.Throws<LabException>(() => ScenarioCatalogue.Find("no-such"));

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Contains("there is no scenario 'no-such'. There are first-proof, sync-affinity", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_topologies_that_a_scenario_names_have_what_it_needs(string name)
    {
        var scenario = ScenarioCatalogue.Find(name);
        var library = new TopologyLibrary(LabRoot.Find().Topologies);

        Assert.All(scenario.Topologies, topology => Assert.Null(scenario.Lacks(library.Load(topology))));
    }

    [Theory]
    [InlineData("sync-affinity", "at least two workers that serve syncs")]
    [InlineData("sync-pools", "a worker for initial syncs alone")]
    [InlineData("event-sharding", "at least two writers of the stream events")]
    [InlineData("federation-sharding", "at least 2 homeservers")]
    public void A_topology_without_workers_lacks_what_a_scenario_needs_and_the_message_says_so(string name, string lacking)
    {
        var monolith = new TopologyLibrary(LabRoot.Find().Topologies).Load("monolith");

        var error = Assert.Throws<LabException>(() => ScenarioRunner.CheckFits(ScenarioCatalogue.Find(name), monolith));

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Contains($"which lacks {lacking}. It runs on ", error.Message);
    }

    [Theory]
    [InlineData("federation-sharding", "federation")]
    [InlineData("federation-restricted", "federation")]
    public void What_knows_processes_by_their_addresses_does_not_run_where_they_share_a_container(string name, string topology)
    {
        var packed = new TopologyLibrary(LabRoot.Find().Topologies).Load(topology) with { Packing = Packing.OneContainer };

        Assert.Equal("a container for each process (packing: separate)", ScenarioCatalogue.Find(name).Lacks(packed));
    }

    [Fact]
    public void What_stops_processes_runs_where_they_share_a_container_too() => Assert.All(
        ScenarioCatalogue.All.Where(scenario => scenario.BreaksThings),
        scenario =>
            Assert.Null(
                scenario.Lacks(
                    new TopologyLibrary(LabRoot.Find().Topologies).Load(scenario.Topologies[0]) with { Packing = Packing.OneContainer })));

    [Fact]
    public void The_running_lab_that_a_scenario_takes_is_of_its_most_preferred_topology_and_the_first_by_name() =>
        Assert.Equal(
            "b",
            Chosen("sync-failover", ("z", Load("reference")), ("c", Load("sharded")), ("b", Load("sharded")), ("a", Load("monolith"))));

    [Fact]
    public void A_running_lab_that_lacks_what_the_scenario_needs_is_not_taken_whatever_its_topology_is_called()
    {
        var packed = Load("federation") with { Packing = Packing.OneContainer };

        Assert.Equal("federation", Chosen("federation-sharding", ("packed", packed), ("federation", Load("federation"))));
        Assert.Null(Chosen("federation-sharding", ("packed", packed)));
        Assert.Equal("packed", Chosen("federation-catch-up", ("packed", packed)));
    }

    private static Topology Load(string name) => new TopologyLibrary(LabRoot.Find().Topologies).Load(name);

    private static string? Chosen(string scenario, params (string Name, Topology Topology)[] running) =>
        ScenarioRunner.ChooseLab(ScenarioCatalogue.Find(scenario), ScenarioCatalogue.Find(scenario).Topologies, running);
}
