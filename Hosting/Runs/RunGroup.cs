using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SynapseLab.Runtimes.Folders;

namespace SynapseLab.Hosting.Runs;

/// <summary>A resource below which there are runs: programs that are started by hand, with the lab's runner. It
/// does nothing itself.</summary>
internal sealed class RunGroup
{
    private readonly IResourceBuilder<ISynapseResource> _synapse;
    private readonly IResourceBuilder<Resource> _parent;
    private readonly string _runner;

    /// <summary>Adds the group.</summary>
    /// <param name="synapse">What is run on.</param>
    /// <param name="name">The group's name.</param>
    /// <param name="type">Its type on the dashboard.</param>
    /// <param name="icon">Its icon.</param>
    public RunGroup(IResourceBuilder<ISynapseResource> synapse, string name, string type, string icon)
    {
        _synapse = synapse;
        _runner = RunnerOf(synapse.ApplicationBuilder, synapse.Resource.Plan.LabRoot);
        _parent = synapse.ApplicationBuilder.AddResource<Resource>(new Group(name))
            .WithInitialState(new CustomResourceSnapshot { ResourceType = type, State = KnownResourceStates.Active, Properties = [] })
            .WithIconName(icon)
            .ExcludeFromManifest()
            .WithParentRelationship(synapse);
    }

    /// <summary>Adds a run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type on the dashboard.</param>
    /// <param name="icon">Its icon.</param>
    /// <param name="words">Verb and arguments of <c>./lab</c>, without the lab's name.</param>
    /// <param name="properties">What its details on the dashboard tell.</param>
    public IResource Add(
        string name, string type, string icon, IEnumerable<string> words, IEnumerable<(string Name, string Value)> properties)
    {
        var plan = _synapse.Resource.Plan;
        return _synapse.ApplicationBuilder
            .AddExecutable(name, "dotnet", plan.LabRoot.Path, [_runner, .. words, "--name", plan.Request.Name])
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = type,
                Properties = [.. properties.Select(property => new ResourcePropertySnapshot(property.Name, property.Value))],
            })
            .WithEnvironment(LabRoot.Variable, plan.LabRoot.Path)
            .WithOtlpExporter()
            .WithIconName(icon)
            .WithParentRelationship(_parent)
            .WaitFor(_synapse)
            .WithExplicitStart()
            .ExcludeFromManifest()
            .Resource;
    }

    /// <summary>The lab's runner as it was built with this library, below the checkout: in its own folder, since what a
    /// program finds in another's is not always what it was built with.</summary>
    public static string Program { get; } = $"Runner/bin/{Configuration}/net{Environment.Version.Major}.0/lab-runner.dll";

    private static string Configuration =>
        typeof(RunGroup).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    // In the package where this library comes from one, see build/SynapseLab.Aspire.Hosting.targets.
    private static string RunnerOf(IDistributedApplicationBuilder builder, LabRoot root)
    {
        var metadata = builder.AppHostAssembly?.GetCustomAttributes<AssemblyMetadataAttribute>();
        var packed = metadata?.FirstOrDefault(one => one.Key == "synapselabrunner")?.Value;
        var runner = packed ?? Path.Combine(root.Path, Program);
        return File.Exists(runner)
            ? runner
            : throw LabException.WrongUse(
                $"the program that runs scenarios and loads is not there: {runner}",
                fix: "Build the lab's checkout (dotnet build), or reference the package SynapseLab.Aspire.Hosting");
    }

    private sealed class Group(string name) : Resource(name);
}
