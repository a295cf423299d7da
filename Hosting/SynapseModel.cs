using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynapseLab.Deployments;
using SynapseLab.Hosting.Commands;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Topologies;

namespace SynapseLab.Hosting;

/// <summary>
/// A deployment as Aspire resources: Postgres, Redis, a container for every Synapse process and the proxy, with the workers below their homeserver and
/// everything below the deployment. All is taken from the deployment; nothing about Synapse is decided here. The model is made of the planned one; images,
/// ports and what a container waits for are set by <see cref="Resolve"/> once the machine has said them, the rest is asked for when a container is made.
/// </summary>
/// <param name="builder">The application under construction.</param>
/// <param name="synapse">What to model.</param>
/// <param name="owner">The user who owns the lab's folder: <see cref="ContainerSpec.RunAsOwner"/> containers run under it.</param>
/// <param name="lifecycleOf">Says how healthy it is.</param>
internal sealed class SynapseModel(IDistributedApplicationBuilder builder, SynapseResource synapse, UnixUser owner, Func<IServiceProvider, SynapseLifecycle> lifecycleOf)
{
    private readonly Dictionary<string, IResourceBuilder<ContainerResource>> _containers = [];
    private readonly LabCommand _commands = new(lifecycleOf);

    /// <summary>Adds all resources.</summary>
    public IResourceBuilder<SynapseResource> Add()
    {
        var parent = builder.AddResource(synapse)
            .WithInitialState(State("Synapse", KnownResourceStates.Starting, ("topology", synapse.Deployment.Topology.Name), ("lab", synapse.Deployment.LabName)))
            .WithIconName("ServerMultiple");
        foreach (var spec in synapse.Deployment.Containers)
        {
            _containers.Add(spec.Name, AddContainer(spec));
            if (spec.HomeserverKey is null)
            {
                _containers[spec.Name].WithParentRelationship(parent);
            }
        }

        foreach (var spec in synapse.Deployment.Containers)
        {
            AddDependencies(_containers[spec.Name], spec.DependsOn);
        }

        foreach (var homeserver in synapse.Deployment.Homeservers)
        {
            AddHomeserver(homeserver, parent);
        }

        return parent;
    }

    /// <summary>Gives the containers what the machine has said.</summary>
    /// <param name="deployment">The deployment that will run, the planned one but for images, ports and what follows from them.</param>
    public void Resolve(Deployment deployment)
    {
        foreach (var (planned, spec) in synapse.Deployment.Containers.Zip(deployment.Containers))
        {
            var container = _containers[spec.Name];
            SetImage(container, spec);
            AddEndpoints(container, spec);
            // Where no database could be prepared, it is waited for.
            AddDependencies(container, spec.DependsOn.Except(planned.DependsOn));
        }

        synapse.Deployment = deployment;
    }

    private IResourceBuilder<ContainerResource> AddContainer(ContainerSpec spec)
    {
        var container = spec.Kind switch
        {
            ContainerKind.Postgres => AddPostgres(spec),
            ContainerKind.Redis => AddRedis(spec),
            _ => builder.CreateResourceBuilder(builder.AddContainer(ResourceName(spec), spec.Image).Resource),
        };

        SetImage(container, spec);
        container
            .WithContainerName(EngineName(synapse.Deployment, spec))
            // Aspire would copy its developer certificate into every container and start it later for that.
            .WithDeveloperCertificateTrust(false)
            .WithContainerRuntimeArgs([.. RuntimeArguments(spec)])
            .WithEnvironment(context =>
            {
                // AddPostgres and AddRedis bring passwords in the environment; the lab's containers read theirs from files.
                context.EnvironmentVariables.Clear();
                foreach (var (name, value) in Resolved(spec).Environment)
                {
                    context.EnvironmentVariables[name] = value;
                }
            })
            .WithArgs(context =>
            {
                context.Args.Clear();
                foreach (var argument in Resolved(spec).Entrypoint.Skip(1).Concat(Resolved(spec).Command))
                {
                    context.Args.Add(argument);
                }
            });
        container.Resource.Entrypoint = spec.Entrypoint.Count > 0 ? spec.Entrypoint[0] : null;

        foreach (var mount in spec.Mounts)
        {
            container.WithBindMount(synapse.Folder.File(mount.Source), mount.Target, mount.ReadOnly);
        }

        // Aspire itself makes an alias of the resource's name.
        foreach (var alias in spec.Aliases.Where(alias => alias != ResourceName(spec)))
        {
            container.WithContainerNetworkAlias(alias);
        }

        AddEndpoints(container, spec);
        new OperatorCommands(_commands).AddTo(container, synapse.Deployment, spec);
        if (spec.Kind is not (ContainerKind.Postgres or ContainerKind.Redis))
        {
            // Those have Aspire's own checks.
            AddHealthCheck(container, lifecycle => lifecycle.ChecksOf(spec.Name));
        }

        return container;
    }

    private void AddHealthCheck<T>(IResourceBuilder<T> resource, Func<SynapseLifecycle, IReadOnlyList<Waiting.Check>> checks)
        where T : IResource
    {
        var key = $"{synapse.Name}-{resource.Resource.Name}-ready";
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, services => new SynapseHealthCheck(() => checks(lifecycleOf(services))), HealthStatus.Unhealthy, tags: null));
        resource.WithHealthCheck(key);
    }

    // The same container as the machine has made it.
    private ContainerSpec Resolved(ContainerSpec planned) => synapse.Deployment.Containers.Single(spec => spec.Name == planned.Name);

    // Aspire takes letters, digits and hyphens. A container with all processes of a homeserver has the homeserver's name, which is its parent's here.
    private static string ResourceName(ContainerSpec spec) => spec.Kind == ContainerKind.Homeserver ? $"{spec.Name}-processes" : spec.Name.Replace('_', '-');

    /// <summary>How a container is called on the engine.</summary>
    public static string EngineName(Deployment deployment, ContainerSpec spec) => $"{LabLabels.Project(deployment.LabName)}-{spec.Name}";

    private IResourceBuilder<ContainerResource> AddPostgres(ContainerSpec spec)
    {
        var user = builder.AddParameter($"{spec.Name}-user", spec.Environment.GetValueOrDefault("POSTGRES_USER", "postgres"));
        var password = builder.AddParameter($"{spec.Name}-password", () => Secret(LabSecrets.PostgresPassword), secret: true);
        return builder.CreateResourceBuilder<ContainerResource>(builder.AddPostgres(spec.Name, user, password).Resource);
    }

    private IResourceBuilder<ContainerResource> AddRedis(ContainerSpec spec)
    {
        var password = builder.AddParameter($"{spec.Name}-password", () => Secret(LabSecrets.RedisPassword), secret: true);
#pragma warning disable ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001 // The only way to have AddRedis without its TLS and without its sh -c around the command.
        var redis = builder.AddRedis(spec.Name, password: password).WithoutHttpsCertificate().Resource;
        redis.ShellExecution = false;
#pragma warning restore ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001
        return builder.CreateResourceBuilder<ContainerResource>(redis);
    }

    private string Secret(string path) => File.ReadAllText(synapse.Folder.File(path)).Trim();

    private IEnumerable<string> RuntimeArguments(ContainerSpec spec)
    {
        yield return "--label";
        yield return $"{LabLabels.Name}={synapse.Deployment.LabName}";
        yield return "--label";
        yield return $"{LabLabels.Container}={spec.Name}";
        yield return "--label";
        yield return $"{LabLabels.Kind}={spec.Kind}";
        yield return "--label";
        yield return $"{LabLabels.Folder}={synapse.Folder.Path}";
        // The lab looks from outside; an image's own health check costs CPU for nothing.
        yield return "--no-healthcheck";
        if (StopSignals.Of(spec.Kind) is { } signal)
        {
            yield return "--stop-signal";
            yield return signal;
        }

        if (spec.RunAsOwner)
        {
            yield return "--user";
            yield return owner.ToString();
        }

        foreach (var path in spec.Tmpfs)
        {
            yield return "--tmpfs";
            yield return path;
        }

        // Aspire's own volumes outlive the application and have no label to be found by.
        foreach (var (name, target) in spec.Volumes)
        {
            yield return "--mount";
            yield return $"type=volume,source={LabLabels.Project(synapse.Deployment.LabName)}_{name},target={target},volume-label={LabLabels.Name}={synapse.Deployment.LabName},volume-label={LabLabels.Folder}={synapse.Folder.Path}";
        }

        foreach (var argument in LimitArguments(spec.Limits))
        {
            yield return argument;
        }
    }

    private static IEnumerable<string> LimitArguments(Limits limits)
    {
        if (limits.Cpus is { } cpus)
        {
            yield return "--cpus";
            yield return cpus.ToString(CultureInfo.InvariantCulture);
        }

        if (limits.MemoryBytes is { } memory)
        {
            yield return "--memory";
            yield return memory.ToString(CultureInfo.InvariantCulture);
        }
    }

    private void AddEndpoints(IResourceBuilder<ContainerResource> container, ContainerSpec spec)
    {
        foreach (var port in spec.Ports)
        {
            // "tcp" is the endpoint that AddPostgres and AddRedis already made.
            var name = spec.Kind is ContainerKind.Postgres or ContainerKind.Redis ? "tcp" : port.Name;
            container.WithEndpoint(name, endpoint =>
            {
                endpoint.Port = port.HostPort;
                endpoint.TargetPort = port.ContainerPort;
                // A link on the dashboard. Not for https: Aspire would ask for its developer certificate, and these have the lab's own.
                endpoint.UriScheme = port.Name.Split('-')[0] is "client" or "operator" ? Uri.UriSchemeHttp : endpoint.UriScheme;
                // Without Aspire's own proxy in between: the address that Synapse's proxy sees, and the port, are the real ones.
                endpoint.IsProxied = false;
            });
        }
    }

    private void AddDependencies(IResourceBuilder<ContainerResource> container, IEnumerable<Dependency> dependencies)
    {
        foreach (var dependency in dependencies)
        {
            if (dependency.Condition == DependencyCondition.Healthy)
            {
                container.WaitFor(_containers[dependency.Container]);
            }
            else
            {
                container.WaitForStart(_containers[dependency.Container]);
            }
        }
    }

    private void AddHomeserver(Homeserver homeserver, IResourceBuilder<SynapseResource> parent)
    {
        var proxy = synapse.Deployment.Containers.Single(spec => spec.Kind == ContainerKind.Proxy);
        var port = synapse.Deployment.Endpoints.Single(endpoint => endpoint.Name == "client" && endpoint.HomeserverKey == homeserver.Key).Uri.Port;
        var client = _containers[proxy.Name].GetEndpoint(proxy.Ports.Single(published => published.HostPort == port).Name);
        var secret = builder.AddParameter($"{homeserver.Key}-registration-secret", () => Secret(LabSecrets.Of(homeserver, "registration_shared_secret")), secret: true);
        var resource = builder.AddResource(new HomeserverResource(homeserver.Key, homeserver, client, secret.Resource))
            .WithInitialState(State("Homeserver", KnownResourceStates.Starting, ("server_name", homeserver.ServerName), ("processes", homeserver.Processes.Count)))
            .WithIconName("ChatMultiple")
            .WithParentRelationship(parent);
        secret.WithParentRelationship(resource);
        synapse.Add(resource.Resource);
        resource.WithUrls(context =>
        {
            foreach (var endpoint in synapse.Deployment.Endpoints.Where(endpoint => endpoint.HomeserverKey == homeserver.Key))
            {
                context.Urls.Add(new ResourceUrlAnnotation { Url = endpoint.Uri.ToString(), DisplayText = endpoint.Name });
            }
        });
        AddHealthCheck(resource, lifecycle => lifecycle.ChecksOf(homeserver));
        new HomeserverCommands(_commands).AddTo(resource, homeserver, synapse.Deployment);
        foreach (var name in homeserver.Processes.Select(process => process.Container).Distinct())
        {
            _containers[name].WithParentRelationship(resource);
        }
    }

    private static CustomResourceSnapshot State(string type, string state, params IEnumerable<(string Name, object Value)> properties) => new()
    {
        ResourceType = type,
        State = state,
        Properties = [.. properties.Select(property => new ResourcePropertySnapshot(property.Name, property.Value))],
    };

    private static void SetImage(IResourceBuilder<ContainerResource> container, ContainerSpec spec)
    {
        var (image, tag) = SplitImage(spec.Image);
        // Aspire would put its own registry before the names of Postgres and Redis; the lab's images may exist on this machine only.
        container.WithImage(image, tag).WithImageRegistry(null);
    }

    /// <summary><c>matrixdotorg/synapse:v1.160.0</c> into name and tag.</summary>
    private static (string Image, string? Tag) SplitImage(string reference)
    {
        var colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') ? (reference[..colon], reference[(colon + 1)..]) : (reference, null);
    }
}
