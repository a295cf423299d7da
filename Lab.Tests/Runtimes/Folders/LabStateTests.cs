using System.Text.Json.Nodes;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Folders;

public sealed class LabStateTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly LabFolder _folder;

    public LabStateTests() => _folder = new LabFolder(_temporary.File("lab"));

    [Theory]
    [InlineData("reference")]
    [InlineData("federation")]
    public void A_deployment_that_is_read_back_is_the_one_that_was_written(string topology)
    {
        var state = State(Load(topology));

        state.Save(_folder);

        Assert.True(LabState.Same(state.Deployment, LabState.TryLoad(_folder)!.Deployment));
    }

    [Fact]
    public void Free_options_keep_their_kinds()
    {
        var options = new Dictionary<string, object?>
        {
            ["text"] = "1.0",
            ["whole"] = 5L,
            ["fraction"] = 2.5,
            ["round"] = 3.0,
            ["truth"] = true,
            ["nothing"] = null,
            ["list"] = new object?[] { "a", 1L, new Dictionary<string, object?> { ["b"] = false } },
        };
        var topology = Load("monolith");
        topology = topology with { Homeservers = [topology.Homeservers[0] with { Options = options }] };

        State(topology).Save(_folder);

        var read = LabState.TryLoad(_folder)!.Deployment.Topology.Homeservers[0].Options;
        Assert.Equivalent(options, read, strict: true);
        Assert.IsType<double>(read["round"]);
        Assert.IsType<long>(read["whole"]);
    }

    [Fact]
    public void The_topologys_file_is_kept_word_for_word_and_another_comment_is_no_other_deployment()
    {
        var plain = TopologyFile.Parse("my.yaml", "homeservers: {hs1.test: {main: {}}}\n").Topology!;
        var commented = TopologyFile.Parse("my.yaml", "# mine\nhomeservers: {hs1.test: {main: {}}}\n").Topology!;

        (State(commented) with { TopologyText = commented.Text }).Save(_folder);

        var read = LabState.TryLoad(_folder)!;
        Assert.Equal("# mine\nhomeservers: {hs1.test: {main: {}}}\n", read.TopologyText);
        Assert.True(LabState.Same(read.Deployment, State(plain).Deployment));
    }

    [Fact]
    public void Another_port_makes_another_deployment()
    {
        var topology = Load("reference");

        Assert.False(LabState.Same(
            DeploymentBuilder.Build(topology, new DeploymentInputs()),
            DeploymentBuilder.Build(topology, new DeploymentInputs { Ports = PortPlan.Default with { Client = 9008 } })));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Phase\": \"Run")]
    [InlineData("{}")]
    public void A_state_that_cannot_be_read_is_another_version_s_and_told_so(string contents)
    {
        _folder.Create();
        File.WriteAllText(_folder.File(LabState.FileName), contents);

        Assert.Null(LabState.TryLoad(_folder));
        var problem = Assert.Throws<LabException>(() => LabState.Load(_folder));
        Assert.Equal(ExitCodes.WrongUse, problem.ExitCode);
        Assert.Equal(
            $"{_folder.File(LabState.FileName)}: lab 'lab' was started by another version of the lab, which this one can't read. "
                + "Go on with that version, or take the lab down: ./lab down lab",
            problem.Message);
    }

    // Else it would be null, and met much later.
    [Theory]
    [InlineData("ImageSet", "Redis")]
    [InlineData("Deployment", "Homeservers")]
    [InlineData("Topology", "Homeservers")]
    public void A_state_that_lacks_a_part_of_its_deployment_is_another_version_s(string of, string member)
    {
        State(Load("reference")).Save(_folder);
        var file = _folder.File(LabState.FileName);
        var state = JsonNode.Parse(File.ReadAllText(file))!;
        var whole = of switch
        {
            "ImageSet" => state["Inputs"]!["Images"]!,
            "Deployment" => state["Deployment"]!,
            _ => state["Deployment"]!["Topology"]!,
        };
        Assert.True(whole.AsObject().Remove(member));
        File.WriteAllText(file, state.ToJsonString());

        Assert.Throws<LabException>(() => LabState.Load(_folder));
    }

    [Fact]
    public void Where_there_is_no_folder_there_is_no_state() => Assert.Null(LabState.Load(_folder));

    public void Dispose() => _temporary.Dispose();

    private static Topology Load(string name) => new TopologyLibrary(LabRoot.Find().Topologies).Load(name);

    private static LabState State(Topology topology) => new()
    {
        Phase = LabPhase.Starting,
        Runtime = "compose",
        StarterPid = 1,
        StarterStart = 2,
        StartedAt = DateTimeOffset.UnixEpoch,
        Inputs = new DeploymentInputs(),
        Deployment = DeploymentBuilder.Build(topology, new DeploymentInputs()),
    };
}
