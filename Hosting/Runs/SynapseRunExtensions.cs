using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynapseLab;
using SynapseLab.Hosting.Runs;
using SynapseLab.LoadTests.Planning;
using SynapseLab.LoadTests.Populations;
using SynapseLab.LoadTests.Profiles;
using SynapseLab.Scenarios.Catalogue;
using SynapseLab.Yaml;

namespace Aspire.Hosting;

/// <summary>Adds what can be run on a deployment of Synapse: scenarios that prove its behaviour, and loads.</summary>
public static class SynapseRunExtensions
{
    private const string Breaks = "it stops processes: nothing else should use the lab";

    /// <summary>
    /// Adds a resource for every scenario that this deployment can run, below <c>scenarios</c>. Each is started from the dashboard, as
    /// often as one likes; it is <c>Finished</c> with exit code 0 where its claims hold, and tells steps and evidence on its console,
    /// in its trace and in its logs.
    /// </summary>
    /// <param name="synapse">The deployment.</param>
    public static IResourceBuilder<ISynapseResource> WithScenarios(this IResourceBuilder<ISynapseResource> synapse)
    {
        var topology = synapse.Resource.Plan.Request.Topology;
        var runs = new RunGroup(synapse, "scenarios", "Scenarios", "BeakerEmpty");
        foreach (var scenario in ScenarioCatalogue.All.Where(scenario => !DelegatesLogin(synapse) && scenario.Lacks(topology) is null))
        {
            runs.Add(
                scenario.Name,
                "Scenario",
                scenario.BreaksThings ? "Flash" : "Beaker",
                ["scenario", "run", scenario.Name],
                [("proves", scenario.Summary), ("meanwhile", scenario.BreaksThings ? Breaks : "others may use the lab")]);
        }

        return synapse;
    }

    /// <summary>
    /// Adds a resource for every load profile of the lab that this deployment can take, below <c>load</c>. Each is started from
    /// the dashboard; its link is the page with the result, once there is one.
    /// </summary>
    /// <param name="synapse">The deployment.</param>
    public static IResourceBuilder<ISynapseResource> WithLoadProfiles(this IResourceBuilder<ISynapseResource> synapse)
    {
        var root = synapse.Resource.Plan.LabRoot;
        var library = new ProfileLibrary(root.Profiles);
        var runs = new RunGroup(synapse, "load", "Load", "TopSpeed");
        var loads = new List<IResource>();
        var profiles = library.Names.Select(name => library.Load(name).Profile!);
        foreach (var profile in profiles.Where(profile => !DelegatesLogin(synapse) && Fits(profile, synapse)))
        {
            (string, string)[] properties = [("load", profile.Description), ("lasts", Durations.Format(profile.Duration))];
            loads.Add(runs.Add(profile.Name, "Load profile", "TopSpeed", ["load", profile.Name], properties));
        }

        if (synapse.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            synapse.ApplicationBuilder.Services.AddSingleton<IHostedService>(services =>
                ActivatorUtilities.CreateInstance<LoadReports>(services, synapse.Resource, loads, root));
        }

        return synapse;
    }

    private static bool DelegatesLogin(IResourceBuilder<ISynapseResource> synapse) =>
        synapse.Resource.Plan.Request.Topology.Homeservers.Any(homeserver => homeserver.DelegatesLogin);

    private static bool Fits(LoadProfile profile, IResourceBuilder<ISynapseResource> synapse)
    {
        try
        {
            var homeservers = synapse.Resource.Deployment.Homeservers.Select(homeserver => homeserver.Key);
            PopulationShape.Of(profile, new LoadPlan(profile).Members, [.. homeservers], null);
            return true;
        }
        catch (LabException)
        {
            return false;
        }
    }
}
