using SynapseLab.Cli.Bench;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class StartBenchTests
{
    [Fact]
    public void The_floor_is_the_containers_CPU_time_spread_over_all_cores()
    {
        var result = new StartBenchResult(2, [Start(StartBenchResult.Lab, 7, cpu: 10), Start(StartBenchResult.Lab, 9, cpu: 12), Start(StartBenchResult.Lab, 8, cpu: 11)]);

        Assert.Equal(8, result.Seconds(StartBenchResult.Lab));
        Assert.Equal(5.5, result.Floor(StartBenchResult.Lab));
    }

    [Theory]
    [InlineData(7.0, 7.0, 10.0, true)]
    // More than 1.05 times the script.
    [InlineData(7.4, 7.0, 12.0, false)]
    // More than 1.4 times the floor.
    [InlineData(7.1, 7.0, 10.0, false)]
    public void The_lab_has_to_keep_to_the_script_and_to_the_floor(double lab, double script, double cpu, bool holds) =>
        Assert.Equal(holds, new StartBenchResult(2, [Start(StartBenchResult.Lab, lab, cpu), Start(StartBenchResult.Script, script, cpu)]).Holds);

    [Fact]
    public void The_median_of_an_even_number_lies_between_the_two_in_the_middle() => Assert.Equal(2.5, StartBenchResult.Median([4, 1, 3, 2]));

    [Fact]
    public void The_script_runs_every_container_and_nothing_waits_for_anything()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("reference");
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = "bench", PreparedDatabase = true });

        var lines = DockerRunScript.Render(deployment, new LabFolder("/lab/bench"), new UnixUser(1000, 1000)).TrimEnd().Split('\n');

        var runs = lines.Where(line => line.StartsWith("docker run ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(deployment.Containers.Count, runs.Length);
        Assert.All(deployment.Containers.Zip(runs), pair => Assert.Contains($"--network-alias {pair.First.Name} ", pair.Second, StringComparison.Ordinal));
        Assert.All(runs, run => Assert.EndsWith(" &", run, StringComparison.Ordinal));
        Assert.Equal("wait", lines[^1]);
    }

    [Fact]
    public void What_a_container_publishes_is_on_loopback_and_what_it_mounts_is_in_the_lab_s_folder()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("monolith");

        var script = DockerRunScript.Render(DeploymentBuilder.Build(topology, new DeploymentInputs()), new LabFolder("/lab/bench"), new UnixUser(1000, 1000));

        var words = script.Split(' ');
        Assert.All(words.Zip(words.Skip(1)).Where(pair => pair.First == "--publish"), pair => Assert.StartsWith("127.0.0.1:", pair.Second, StringComparison.Ordinal));
        Assert.All(words.Zip(words.Skip(1)).Where(pair => pair.First == "--volume"), pair => Assert.StartsWith("/lab/bench/", pair.Second, StringComparison.Ordinal));
        Assert.Contains("--publish 127.0.0.1:8008:8008", script, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_with_a_quote_or_a_space_reaches_the_container_as_it_is()
    {
        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("monolith");
        var deployment = DeploymentBuilder.Build(topology, new DeploymentInputs());
        deployment = deployment with { Containers = [deployment.Containers[0] with { Command = ["it's one", "$HOME"] }] };

        Assert.Contains(@" 'it'\''s one' '$HOME' >", DockerRunScript.Render(deployment, new LabFolder("/lab"), new UnixUser(0, 0)), StringComparison.Ordinal);
    }

    private static StartMeasurement Start(string way, double seconds, double cpu) => new(way, seconds, [new ContainerStart("main", cpu, seconds, 1)]);
}
