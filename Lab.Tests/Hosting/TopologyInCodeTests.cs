using Aspire.Hosting;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>A topology that an application describes in C#.</summary>
public sealed class TopologyInCodeTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { Args = [], DisableDashboard = true, AssemblyName = "AppHost" });

    [Fact]
    public void Said_in_CSharp_the_reference_is_deployed_as_from_its_file()
    {
        var synapse = _builder.AddSynapse("hs1").WithPlainNames()
            .WithWorkers("generic_worker", 3)
            .WithWorkers("event_persister", name: "events_persister")
            .WithWorker("receipts_writer", "stream_writer")
            .WithStreamWriter("receipts", "receipts_writer")
            .WithStreamWriter("typing", "receipts_writer")
            .WithWorkers("federation_sender")
            .WithAffinity("default", "source_ip")
            .WithAffinity("sync", "user");

        var topology = new TopologyLibrary(LabRoot.Find().Topologies).Load("reference");
        var file = DeploymentBuilder.Build(topology, new DeploymentInputs { LabName = "hs1", PreparedDatabase = true });
        var inCode = synapse.Resource.Deployment;
        Assert.Equal(file.Files.Select(one => (one.Path, one.Contents)), inCode.Files.Select(one => (one.Path, one.Contents)));
        Assert.True(
            LabState.Same(
                file,
                inCode with { Topology = inCode.Topology with { Name = topology.Name, Description = topology.Description } }));
    }

    [Fact]
    public void A_homeserver_of_which_nothing_is_said_is_one_process()
    {
        Assert.Equal(["main"], _builder.AddSynapse("hs1").Resource.Deployment.Processes.Select(process => process.Id));
    }

    [Fact]
    public void Workers_that_are_idle_until_an_option_names_them_are_named()
    {
        var homeserver = _builder.AddSynapse("hs1")
            .WithWorkers("event_persister", 2).WithWorkers("federation_sender", 2).WithWorkers("pusher").WithWorker(
                "background",
                "background_worker")
            .Resource.Deployment.Homeservers[0].Topology;

        Assert.Equal(["event_persister1", "event_persister2"], homeserver.StreamWriters["events"]);
        Assert.Equal(["federation_sender1", "federation_sender2"], homeserver.FederationSenderInstances);
        Assert.Equal(["pusher1"], homeserver.PusherInstances);
        Assert.Equal("background", homeserver.RunBackgroundTasksOn);
    }

    [Fact]
    public void Homeservers_of_a_federation_are_described_each_by_itself()
    {
        var federation = _builder.AddSynapseFederation("federation").WithProxy("haproxy").WithPacking(Packing.OneContainer);
        federation.AddHomeserver("hs1").WithWorkers("federation_sender", 2).WithOption("enable_search", false);
        federation.AddHomeserver("matrix").WithServerName("matrix.example");

        var deployment = federation.Resource.Deployment;
        Assert.Equal(["hs1.test", "matrix.example"], deployment.Homeservers.Select(homeserver => homeserver.ServerName));
        Assert.Equal(
            ["hs1-main", "hs1-federation_sender1", "hs1-federation_sender2", "matrix-main"],
            deployment.Processes.Select(process => process.Id));
        Assert.Equal(false, deployment.Homeservers[0].Topology.Options["enable_search"]);
        Assert.Equal(("haproxy", Packing.OneContainer), (deployment.Topology.Proxy.Kind, deployment.Topology.Packing));
    }

    [Fact]
    public void Host_names_on_the_applications_network_begin_with_the_resources_name()
    {
        var deployment = _builder.AddSynapse("hs1").WithTopology("reference").Resource.Deployment;

        var config = deployment.Files.Single(file => file.Path == "hs1/homeserver.yaml").Contents;
        Assert.Contains("host: hs1-postgres", config);
        Assert.Contains("host: hs1-redis", config);
        Assert.Contains("{host: hs1-events-persister1, port: ", config);
        Assert.All(deployment.Processes, process => Assert.StartsWith("hs1-", process.Host));
    }

    [Fact]
    public async Task A_mistake_is_told_with_the_place_in_the_program_when_the_application_starts()
    {
        _builder.AddSynapse("hs1")
            .WithWorkers("generic_wroker", 2)
            .WithStreamWriter("typing", "nobody");
        await using var application = _builder.Build();

        var error = await Assert.ThrowsAsync<LabException>(() => application.StartAsync());

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.Collection(
            error.Problems,
            problem => Assert.Matches("^TopologyInCodeTests.cs:[0-9]+: .*'generic_wroker'.*generic_worker", problem.ToString()),
            problem => Assert.Matches("^TopologyInCodeTests.cs:[0-9]+: .*'nobody'", problem.ToString()));
        Assert.Equal(1, LineOf(error.Problems[1]) - LineOf(error.Problems[0]));
    }

    [Fact]
    public void A_file_with_a_mistake_is_refused_with_file_and_line_when_it_is_named()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(file, "homeservers:\n  hs1.test:\n    mian: {}\n");
        try
        {
            var error = Assert.Throws<LabException>(() => _builder.AddSynapse("hs1").WithTopology(file));

            Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
            Assert.Contains($"{file}:3: ", error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_topology_of_several_homeservers_is_a_federation()
    {
        var error = Assert.Throws<LabException>(() => _builder.AddSynapse("hs1").WithTopology("federation"));

        Assert.Matches(
            "^TopologyInCodeTests.cs:[0-9]+: topology federation has 6 homeservers. Use AddSynapseFederation in place of AddSynapse$",
            error.Message);
    }

    [Fact]
    public void A_topology_comes_from_a_file_or_from_CSharp()
    {
        var error = Assert.Throws<LabException>(() => _builder.AddSynapse("hs1").WithTopology("reference").WithWorkers("pusher"));

        Assert.Matches(
            "^TopologyInCodeTests.cs:[0-9]+: 'hs1' has topology reference already. "
                + "Copy its file and change it, or describe all of it in C#$",
            error.Message);
    }

    [Fact]
    public void A_name_that_no_homeserver_can_have_is_refused_at_once()
    {
        var error = Assert.Throws<LabException>(() => _builder.AddSynapse("hs1").WithTopology("reference").WithServerName("Not a name"));

        Assert.Equal(ExitCodes.WrongUse, error.ExitCode);
        Assert.StartsWith("TopologyInCodeTests.cs:", error.Message);
    }

    private static int LineOf(Problem problem) =>
        int.Parse(problem.Where!.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
}
