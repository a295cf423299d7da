using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynapseLab.Deployments;
using SynapseLab.Hosting.Commands;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Waiting;

namespace SynapseLab.Hosting.Model;

/// <summary>
/// A deployment as resources of an application: its containers, with those of a homeserver below it and everything below
/// the root. All is taken from the deployment; nothing about Synapse is decided here. The containers follow what the application says
/// of the topology until it is built; images, ports and what a container waits for are set by <see cref="Resolve"/>
/// once the machine has said them.
/// </summary>
/// <param name="builder">The application under construction.</param>
/// <param name="plan">What to model.</param>
/// <param name="labOf">The lab behind it.</param>
internal sealed class SynapseModel(
    IDistributedApplicationBuilder builder, SynapseDeployment plan, Func<IServiceProvider, IPreparedLab> labOf)
{
    private readonly LabCommand _commands = CommandOf(labOf);
    private readonly ContainerResources _resources = new(builder, plan, CommandOf(labOf), UnixUser.Current());
    private readonly Dictionary<string, Func<IPreparedLab, IReadOnlyList<Condition>>> _healthOfHomeservers = [];
    private readonly Dictionary<string, Func<IPreparedLab, IReadOnlyList<Condition>>> _healthOfContainers = [];
    private readonly Dictionary<string, IResourceBuilder<ContainerResource>> _containers = [];
    private readonly List<IResource> _replaceable = [];

    /// <summary>Has the application's health checks follow the model.</summary>
    public SynapseModel WithHealthChecks()
    {
        builder.Services.AddHealthChecks();
        builder.Services.Configure<HealthCheckServiceOptions>(options =>
        {
            foreach (var (key, checks) in _healthOfHomeservers.Concat(_healthOfContainers))
            {
                options.Registrations.Add(new HealthCheckRegistration(
                    key, services => new SynapseHealthCheck(() => checks(labOf(services))), HealthStatus.Unhealthy, tags: null));
            }
        });
        return this;
    }

    /// <summary>Adds the resource of a homeserver.</summary>
    /// <param name="homeserver">The resource; its parent is the root, where it is not the root itself.</param>
    public IResourceBuilder<SynapseResource> Add(SynapseResource homeserver)
    {
        var secret = builder.AddParameter(
            $"{homeserver.Name}-registration-secret",
            () => _resources.Secret(LabSecrets.Of(homeserver.Homeserver, "registration_shared_secret")),
            secret: true);
        homeserver.RegistrationSecret = secret.Resource;
        var resource = builder.AddResource(homeserver)
            .WithInitialState(InitialState("Homeserver"))
            .WithIconName("ChatMultiple");
        if (homeserver != plan.Root)
        {
            resource.WithParentRelationship(plan.Root);
        }

        secret.WithParentRelationship(homeserver);
        AddHealthCheck(resource, _healthOfHomeservers, lab => lab.ChecksOf(homeserver.Homeserver));
        new HomeserverCommands(_commands).AddTo(resource);
        return resource;
    }

    /// <summary>Replaces the containers by those of the deployment as it is planned now.</summary>
    public void Replace()
    {
        foreach (var resource in _replaceable)
        {
            builder.Resources.Remove(resource);
        }

        _replaceable.Clear();
        _containers.Clear();
        _healthOfContainers.Clear();
        var before = builder.Resources.ToHashSet();
        foreach (var spec in plan.Deployment.Containers)
        {
            var container = _resources.Add(spec);
            var parent = plan.Homeservers.FirstOrDefault(homeserver => homeserver.Homeserver.Key == spec.HomeserverKey);
            container.WithParentRelationship(parent ?? (IResource)plan.Root);
            AddHealthCheck(container, _healthOfContainers, lab => lab.ChecksOf(spec.Name));
            _containers.Add(spec.Name, container);
        }

        foreach (var spec in plan.Deployment.Containers)
        {
            AddDependencies(_containers[spec.Name], spec.DependsOn);
        }

        _replaceable.AddRange(builder.Resources.Where(resource => !before.Contains(resource)));
        SetClients();
    }

    /// <summary>Gives the containers what the machine has said.</summary>
    /// <param name="deployment">The deployment that will run, the planned one but for images, ports and what follows from them.</param>
    public void Resolve(Deployment deployment)
    {
        foreach (var (planned, spec) in plan.Deployment.Containers.Zip(deployment.Containers))
        {
            var container = _containers[spec.Name];
            ContainerResources.SetImage(container, spec);
            ContainerResources.AddEndpoints(container, spec);
            // Where no database could be prepared, it is waited for.
            AddDependencies(container, spec.DependsOn.Except(planned.DependsOn));
        }

        plan.Deployment = deployment;
    }

    /// <summary>The resources of the containers.</summary>
    public IEnumerable<IResource> Containers => _containers.Values.Select(container => container.Resource);

    /// <summary>Has nothing started of a deployment that cannot be: its containers are there to be seen, and whoever
    /// waits for it is told.</summary>
    public void HoldBack()
    {
        foreach (var container in _containers.Values)
        {
            container.WithExplicitStart();
        }
    }

    private void AddDependencies(IResourceBuilder<ContainerResource> container, IEnumerable<Dependency> dependencies)
    {
        // Who needs nothing but that another has been started finds it long before it has imported its own code;
        // Aspire's orchestrator would begin with this one only when it was told of that start.
        foreach (var dependency in dependencies.Where(dependency => dependency.Condition == DependencyCondition.Healthy))
        {
            container.WaitFor(_containers[dependency.Container]);
        }
    }

    private void SetClients()
    {
        var proxy = plan.Deployment.Containers.Single(spec => spec.Kind == ContainerKind.Proxy);
        foreach (var homeserver in plan.Deployment.Homeservers)
        {
            var client = plan.Deployment.Endpoints
                .Single(endpoint => endpoint.Name == "client" && endpoint.HomeserverKey == homeserver.Key);
            var port = proxy.Ports.Single(published => published.HostPort == client.Uri.Port);
            plan.Clients[homeserver.Key] = _containers[proxy.Name].GetEndpoint(port.Name);
        }
    }

    /// <summary>How a resource of a deployment is shown until the lab says more.</summary>
    /// <param name="type">Its type on the dashboard.</param>
    public static CustomResourceSnapshot InitialState(string type) =>
        new() { ResourceType = type, State = KnownResourceStates.Starting, Properties = [] };

    private static LabCommand CommandOf(Func<IServiceProvider, IPreparedLab> labOf) =>
        new((services, token) => labOf(services).AttachAsync(token));

    private static void AddHealthCheck<T>(
        IResourceBuilder<T> resource,
        Dictionary<string, Func<IPreparedLab, IReadOnlyList<Condition>>> into,
        Func<IPreparedLab, IReadOnlyList<Condition>> checks)
        where T : IResource
    {
        var key = $"{resource.Resource.Name}_check";
        into.Add(key, checks);
        resource.WithHealthCheck(key);
    }
}
