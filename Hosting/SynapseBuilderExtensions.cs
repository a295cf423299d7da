using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SynapseLab;
using SynapseLab.Deployments;
using SynapseLab.Hosting;
using SynapseLab.Hosting.Telemetry;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;

namespace Aspire.Hosting;

/// <summary>Adds Matrix Synapse with workers to an application.</summary>
public static class SynapseBuilderExtensions
{
    /// <summary>
    /// Adds a deployment of Synapse: Postgres, Redis, main and workers of each homeserver in containers of their own (or in one, with
    /// <c>packing: one-container</c>), and the reverse proxy before them. Nothing of the machine is looked at before the application starts.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource that all others are below of.</param>
    /// <param name="options">What is deployed; null: topology <c>reference</c>.</param>
    /// <returns>The deployment. <c>WaitFor</c> waits until all of it is healthy; <c>WithReference</c> gives the first homeserver's URL.</returns>
    /// <exception cref="LabException">The topology has mistakes, the lab's name can't be one, or the lab's checkout is not found (exit code 2).</exception>
    public static IResourceBuilder<SynapseResource> AddSynapse(this IDistributedApplicationBuilder builder, [ResourceName] string name, SynapseOptions? options = null)
    {
        options ??= new SynapseOptions();
        var root = LabRoot.Find();
        var request = new LabStartRequest(new TopologyLibrary(root.Topologies).Load(options.Topology))
        {
            LabName = options.LabName,
            PortOffset = options.PortOffset,
            PreparedDatabase = !options.EmptyDatabase,
        };
        var planned = DeploymentBuilder.Build(request.Topology, new DeploymentInputs { LabName = LabName.Check(request.Name), PreparedDatabase = request.PreparedDatabase });
        var synapse = new SynapseResource(name, request, root.Lab(request.Name), planned);

        var model = new SynapseModel(builder, synapse, UnixUser.Current(), Lifecycle);
        builder.Services.TryAddSingleton<IContainerEngine>(_ => SocketEngine.OfThisMachine());
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<SynapseLifecycle>(services, synapse, model, root));
        builder.Services.AddSingleton<IDistributedApplicationEventingSubscriber>(Lifecycle);
        builder.Services.AddSingleton<IHostedService>(Lifecycle);
        builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<ProcessMetricsExport>(services, synapse, Lifecycle(services)));
        return model.Add();

        // An application may have several deployments.
        SynapseLifecycle Lifecycle(IServiceProvider services) => services.GetServices<SynapseLifecycle>().Single(one => one.Synapse == synapse);
    }
}
