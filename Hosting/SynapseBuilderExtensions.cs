using System.Runtime.CompilerServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SynapseLab;
using SynapseLab.Hosting.Lifecycle;
using SynapseLab.Hosting.Model;
using SynapseLab.Hosting.Telemetry;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Topologies;
using SynapseLab.Yaml;

namespace Aspire.Hosting;

/// <summary>Adds Matrix Synapse with workers to an application.</summary>
public static class SynapseBuilderExtensions
{
    /// <summary>
    /// Adds a Matrix homeserver to the application model: Synapse with its own Postgres, and Redis where it has workers, behind a
    /// reverse proxy. It is one process until <see cref="WithTopology"/> or <see cref="SynapseTopologyExtensions.WithWorkers"/> says more.
    /// </summary>
    /// <param name="builder">The <see cref="IDistributedApplicationBuilder"/>.</param>
    /// <param name="name">The name of the resource. It is the connection name when a resource references it, the first
    /// label of the <c>server_name</c> (<c>hs1.test</c>) until that is said otherwise, and what the names of its
    /// containers begin with.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    /// <exception cref="LabException">The name can't be a homeserver's, or the lab's checkout is not found (exit code 2).</exception>
    /// <remarks>
    /// Nothing of the machine is looked at before the application starts.
    /// <example>
    /// A bot that starts when its homeserver serves, and finds it in <c>HS1_URI</c>, <c>HS1_SERVERNAME</c> and
    /// <c>HS1_REGISTRATIONSHAREDSECRET</c>.
    /// <code lang="csharp">
    /// var hs1 = builder.AddSynapse("hs1").WithTopology("reference");
    /// builder.AddProject&lt;Projects.Bot&gt;("bot").WithReference(hs1).WaitFor(hs1);
    /// </code>
    /// </example>
    /// </remarks>
    public static IResourceBuilder<SynapseResource> AddSynapse(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var synapse = new SynapseResource(name);
        var model = AddDeployment(builder, synapse);
        var plan = Plan(synapse);
        plan.Add(synapse, new CodePlace(file, line));
        var resource = model.Add(synapse);
        plan.Refresh();
        return plan.Problems.Count == 0 ? resource : throw new LabException(ExitCodes.WrongUse, plan.Problems);
    }

    /// <summary>
    /// Adds several Matrix homeservers that federate with each other and with nobody else, over TLS inside the machine. They come from
    /// <see cref="WithTopology"/> or are added by <see cref="AddHomeserver"/>.
    /// </summary>
    /// <param name="builder">The <see cref="IDistributedApplicationBuilder"/>.</param>
    /// <param name="name">The name of the resource, which the names of containers begin with.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    /// <exception cref="LabException">The lab's checkout is not found (exit code 2).</exception>
    /// <remarks>
    /// <example>
    /// <code lang="csharp">
    /// var federation = builder.AddSynapseFederation("federation");
    /// var hs1 = federation.AddHomeserver("hs1").WithWorkers("federation_sender", 2);
    /// var hs2 = federation.AddHomeserver("hs2");
    /// </code>
    /// </example>
    /// </remarks>
    public static IResourceBuilder<SynapseFederationResource> AddSynapseFederation(
        this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var federation = new SynapseFederationResource(name);
        AddDeployment(builder, federation);
        Plan(federation).Refresh();
        return builder.AddResource(federation)
            .WithInitialState(SynapseModel.InitialState("Synapse"))
            .WithIconName("ServerMultiple");
    }

    /// <summary>Adds a homeserver of one process to a federation.</summary>
    /// <param name="federation">The federation.</param>
    /// <param name="name">The name of the resource, and the first label of the <c>server_name</c> (<c>hs2.test</c>) until
    /// that is said otherwise.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/> of the homeserver.</returns>
    public static IResourceBuilder<SynapseResource> AddHomeserver(
        this IResourceBuilder<SynapseFederationResource> federation,
        [ResourceName] string name,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(federation);
        var plan = Plan(federation.Resource);
        var homeserver = new SynapseResource(name, plan);
        plan.Add(homeserver, new CodePlace(file, line));
        var resource = plan.Model.Add(homeserver);
        plan.Refresh();
        return resource;
    }

    /// <summary>A homeserver of a federation, to be referenced or waited for.</summary>
    /// <param name="federation">The federation.</param>
    /// <param name="name">Its resource's name: with <see cref="WithTopology"/> the first label of its
    /// <c>server_name</c>, <c>hs2</c>.</param>
    /// <exception cref="LabException">There is none (exit code 2); the message lists those there are.</exception>
    public static IResourceBuilder<SynapseResource> GetHomeserver(this IResourceBuilder<SynapseFederationResource> federation, string name)
    {
        ArgumentNullException.ThrowIfNull(federation);
        var homeservers = federation.Resource.Homeservers;
        var homeserver = homeservers.FirstOrDefault(homeserver => homeserver.Name == name)
            ?? throw LabException.WrongUse(
                $"'{federation.Resource.Name}' has no homeserver '{name}'",
                fix: Spelling.SuggestAmong(name, homeservers.Select(homeserver => homeserver.Name), "It has"));
        return federation.ApplicationBuilder.CreateResourceBuilder(homeserver);
    }

    /// <summary>Takes homeservers, workers and the proxy from a topology.</summary>
    /// <param name="synapse">A homeserver, where the topology has one, or a federation.</param>
    /// <param name="topology">The name of a topology of the lab, or a path to a file: <c>reference</c>, <c>my.yaml</c>.</param>
    /// <param name="file">Filled in by the compiler: where mistakes are told.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>A reference to the <see cref="IResourceBuilder{T}"/>.</returns>
    /// <exception cref="LabException">There is no such topology, it has mistakes, each with file and line, or it does not
    /// fit (exit code 2).</exception>
    public static IResourceBuilder<T> WithTopology<T>(
        this IResourceBuilder<T> synapse,
        string topology,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
        where T : ISynapseResource
    {
        ArgumentNullException.ThrowIfNull(synapse);
        var plan = Plan(synapse.Resource);
        var site = new CodePlace(file, line);
        if (synapse.Resource is SynapseResource homeserver && plan.Root != (ISynapseResource)homeserver)
        {
            throw LabException.WrongUse(
                $"'{homeserver.Name}' is part of '{plan.Root.Name}'", site.ToString(), $"Say WithTopology of '{plan.Root.Name}'");
        }

        var read = plan.Load(topology, site);
        if (plan.Root is SynapseFederationResource)
        {
            foreach (var one in read.Homeservers)
            {
                var resource = new SynapseResource(HomeserverTopology.KeyOf(one.ServerName), plan);
                plan.Homeservers.Add(resource);
                plan.Model.Add(resource);
            }
        }
        else if (read.Homeservers.Count > 1)
        {
            throw LabException.WrongUse(
                $"topology {read.Name} has {read.Homeservers.Count} homeservers",
                site.ToString(),
                "Use AddSynapseFederation in place of AddSynapse");
        }

        plan.Refresh();
        return synapse;
    }

    /// <summary>Names the lab, by which <c>./lab status --name</c> and the other commands find it. Without it that is
    /// the resource's name.</summary>
    /// <param name="synapse">The deployment.</param>
    /// <param name="name">Up to 40 small letters, digits and hyphens.</param>
    /// <exception cref="LabException">It can't be the name of a lab (exit code 2).</exception>
    public static IResourceBuilder<T> WithLabName<T>(this IResourceBuilder<T> synapse, string name)
        where T : ISynapseResource => synapse.With(plan => plan.Name = name);

    /// <summary>Moves all ports away from the usual ones (8008, 8448, 8090, 5442), and refuses the start where one
    /// of them is taken.</summary>
    /// <param name="synapse">The deployment.</param>
    /// <param name="offset">Added to each; null: as little as other labs leave, which is so without this call too.</param>
    public static IResourceBuilder<T> WithPortOffset<T>(this IResourceBuilder<T> synapse, int? offset)
        where T : ISynapseResource => synapse.With(plan => plan.PortOffset = offset);

    /// <summary>Has main create the schema, as in a new installation, in place of a prepared database.</summary>
    /// <param name="synapse">The deployment.</param>
    /// <param name="empty">Whether it does.</param>
    public static IResourceBuilder<T> WithEmptyDatabase<T>(this IResourceBuilder<T> synapse, bool empty = true)
        where T : ISynapseResource => synapse.With(plan => plan.EmptyDatabase = empty);

    /// <summary>
    /// Lets an application that there is for this deployment alone (<see cref="SynapseApplicationExtensions.RunLabAsync"/>) go on where
    /// it does not start, so that the dashboard, <c>./lab status</c>, <c>logs</c> and <c>collect</c> show what there is of it. Any
    /// other application goes on without this call.
    /// </summary>
    /// <param name="synapse">The deployment.</param>
    /// <param name="keep">Whether it does.</param>
    public static IResourceBuilder<T> WithFailedStartKept<T>(this IResourceBuilder<T> synapse, bool keep = true)
        where T : ISynapseResource => synapse.With(plan => plan.KeepFailed = keep);

    /// <summary>
    /// Calls the resources of containers as their processes are called (<c>main</c>, <c>generic-worker1</c>), for an application that
    /// has nothing else in it. Otherwise they begin with the name of the deployment (<c>hs1-main</c>), as do host names on the
    /// application's network, so that they meet no other <c>postgres</c>.
    /// </summary>
    /// <param name="synapse">The deployment.</param>
    public static IResourceBuilder<T> WithPlainNames<T>(this IResourceBuilder<T> synapse)
        where T : ISynapseResource => synapse.With(plan => plan.Prefix = "");

    private static IResourceBuilder<T> With<T>(this IResourceBuilder<T> synapse, Action<SynapseDeployment> say)
        where T : ISynapseResource
    {
        ArgumentNullException.ThrowIfNull(synapse);
        say(Plan(synapse.Resource));
        Plan(synapse.Resource).Refresh();
        return synapse;
    }

    private static SynapseDeployment Plan(ISynapseResource resource) => resource.Plan;

    private static SynapseModel AddDeployment(IDistributedApplicationBuilder builder, ISynapseResource root)
    {
        var plan = root.Plan;
        var model = new SynapseModel(builder, plan, services => Lifecycle(services).Lab).WithHealthChecks();
        plan.Model = model;
        builder.Services.TryAddSingleton<IContainerEngine>(_ => DockerEngine.OfThisMachine());
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<SynapseLifecycle>(services, plan, model));
        builder.Services.AddSingleton<IDistributedApplicationEventingSubscriber>(Lifecycle);
        builder.Services.AddSingleton<IHostedService>(Lifecycle);
        builder.Services.AddSingleton<IHostedService>(OnLab<ProcessMetricsExport>);
        builder.Services.AddSingleton<IHostedService>(OnLab<ProcessLogsExport>);
        return model;

        T OnLab<T>(IServiceProvider services) => ActivatorUtilities.CreateInstance<T>(services, plan, Lifecycle(services));

        // An application may have several deployments.
        SynapseLifecycle Lifecycle(IServiceProvider services) => services.GetServices<SynapseLifecycle>().Single(one => one.Plan == plan);
    }
}
