using SynapseLab.Scenarios.Catalogue;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using SynapseLab.Hosting.Runs;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Tests.Deployments;
using Xunit;

namespace SynapseLab.Tests.Hosting;

/// <summary>Scenarios and loads as resources, without starting any.</summary>
public sealed class RunResourcesTests
{
    public static TheoryData<string> Names => KnownTopologies.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task There_is_a_resource_for_each_scenario_that_the_topology_can_run_and_for_no_other(string topology)
    {
        await using var application = Build(topology);

        var scenarios = Below(application, "scenarios").Select(resource => resource.Name);

        var deployed = application.Services
            .GetRequiredService<DistributedApplicationModel>().Resources
            .OfType<SynapseFederationResource>()
            .Single().Deployment.Topology;
        Assert.Equal(
            ScenarioCatalogue.All.Where(scenario => scenario.Lacks(deployed) is null).Select(scenario => scenario.Name),
            scenarios);
    }

    [Theory]
    [InlineData("reference", "chat", "many-rooms")]
    [InlineData("federation", "chat", "federation-out", "many-rooms")]
    public async Task A_profile_that_wants_other_homeservers_is_there_where_there_are_some(string topology, params string[] profiles)
    {
        await using var application = Build(topology);

        Assert.Equal(profiles, Below(application, "load").Select(resource => resource.Name));
    }

    [Fact]
    public async Task Each_is_started_by_hand_waits_for_the_deployment_and_runs_a_verb_of_lab_on_it()
    {
        await using var application = Build("reference", "second");

        Assert.All(Below(application, "scenarios").Concat(Below(application, "load")), resource =>
        {
            Assert.Contains(resource.Annotations, annotation => annotation is ExplicitStartupAnnotation);
            Assert.Equal("synapse", Assert.Single(resource.Annotations.OfType<WaitAnnotation>()).Resource.Name);
        });
        Assert.Equal(["scenario", "run", "sync-affinity", "--name", "second"], await WordsAsync(application, "sync-affinity"));
        Assert.Equal(["load", "chat", "--name", "second"], await WordsAsync(application, "chat"));
        Assert.True(File.Exists(Path.Combine(LabRoot.Find().Path, RunGroup.Program)));
    }

    [Fact]
    public async Task A_scenario_says_what_it_proves_and_whether_it_stops_processes()
    {
        await using var application = Build("reference");

        Assert.Equal("others may use the lab", Property(application, "sync-affinity", "meanwhile"));
        Assert.Equal("it stops processes: nothing else should use the lab", Property(application, "sync-failover", "meanwhile"));
        Assert.Equal(ScenarioCatalogue.Find("sync-affinity").Summary, Property(application, "sync-affinity", "proves"));
    }

    [Fact]
    public async Task Where_users_log_in_elsewhere_nothing_can_be_run()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.yaml");
        File.WriteAllText(
            file,
            "homeservers:\n  hs1.test:\n    main: {}\n"
                + "    options: {matrix_authentication_service: {enabled: true, endpoint: \"http://mas:8080\", secret: s}}\n");
        try
        {
            Assert.True(new SynapseLab.Topologies.TopologyLibrary("").Load(file).Homeservers[0].DelegatesLogin);
            await using var application = Build(file, "delegated");

            Assert.Empty(Below(application, "scenarios").Concat(Below(application, "load")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static DistributedApplication Build(string topology, string? labName = null)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [], DisableDashboard = true });
        builder
            .AddSynapseFederation("synapse")
            .WithPlainNames()
            .WithTopology(topology)
            .WithLabName(labName ?? topology)
            .WithScenarios()
            .WithLoadProfiles();
        return builder.Build();
    }

    private static IEnumerable<IResource> Below(DistributedApplication application, string parent) =>
        application.Services.GetRequiredService<DistributedApplicationModel>().Resources.Where(resource =>
            resource.Annotations
                .OfType<ResourceRelationshipAnnotation>()
                .Any(relationship => relationship.Type == "Parent" && relationship.Resource.Name == parent));

    private static IResource Resource(DistributedApplication application, string name) =>
        application.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(resource => resource.Name == name);

    private static async Task<IEnumerable<string>> WordsAsync(DistributedApplication application, string name)
    {
        var words = new List<object>();
        var context = new CommandLineArgsCallbackContext(words, CancellationToken.None);
        foreach (var arguments in Resource(application, name).Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await arguments.Callback(context);
        }

        return words.Skip(1).Cast<string>();
    }

    private static object? Property(DistributedApplication application, string name, string property) =>
        Resource(application, name).Annotations
            .OfType<ResourceSnapshotAnnotation>()
            .Single().InitialSnapshot.Properties
            .Single(one => one.Name == property).Value;
}
