using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynapseLab.Deployments;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Health;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Operations;
using SynapseLab.Topologies;
using SynapseLab.Waiting;

namespace SynapseLab.AppHost.AspireRuntime;

/// <summary>
/// A deployment as Aspire resources: Postgres, Redis, a container for every Synapse process and the proxy, with the workers below their homeserver.
/// Everything is taken from the deployment; nothing about Synapse is decided here.
/// </summary>
/// <param name="deployment">What to model.</param>
/// <param name="folder">The lab's folder, with files and secrets written.</param>
/// <param name="readiness">Says when a process is healthy.</param>
/// <param name="owner">The user who owns that folder: <see cref="ContainerSpec.RunAsOwner"/> containers run under it.</param>
internal sealed class DeploymentModel(Deployment deployment, LabFolder folder, Readiness readiness, UnixUser owner)
{
    private readonly Dictionary<string, IResourceBuilder<ContainerResource>> _containers = [];

    /// <summary>Adds all resources.</summary>
    /// <param name="builder">The application under construction.</param>
    public void AddTo(IDistributedApplicationBuilder builder)
    {
        foreach (var spec in deployment.Containers)
        {
            _containers.Add(spec.Name, AddContainer(builder, spec));
        }

        foreach (var spec in deployment.Containers)
        {
            AddDependencies(_containers[spec.Name], spec);
        }

        foreach (var homeserver in deployment.Homeservers)
        {
            AddHomeserver(builder, homeserver);
        }
    }

    private IResourceBuilder<ContainerResource> AddContainer(IDistributedApplicationBuilder builder, ContainerSpec spec)
    {
        var container = spec.Kind switch
        {
            ContainerKind.Postgres => AddPostgres(builder, spec),
            ContainerKind.Redis => AddRedis(builder, spec),
            _ => builder.CreateResourceBuilder(builder.AddContainer(ResourceName(spec), spec.Image).Resource),
        };

        var (image, tag) = SplitImage(spec.Image);
        container
            .WithImage(image, tag)
            // Aspire would put its own registry before the names of Postgres and Redis; the lab's images may exist on this machine only.
            .WithImageRegistry(null)
            .WithContainerName(EngineName(spec))
            .WithContainerRuntimeArgs([.. RuntimeArguments(spec)])
            .WithEnvironment(context =>
            {
                // AddPostgres and AddRedis bring passwords in the environment; the lab's containers read theirs from files.
                context.EnvironmentVariables.Clear();
                foreach (var (name, value) in spec.Environment)
                {
                    context.EnvironmentVariables[name] = value;
                }
            })
            .WithArgs(context =>
            {
                context.Args.Clear();
                foreach (var argument in spec.Entrypoint.Skip(1).Concat(spec.Command))
                {
                    context.Args.Add(argument);
                }
            });
        container.Resource.Entrypoint = spec.Entrypoint.Count > 0 ? spec.Entrypoint[0] : null;

        foreach (var mount in spec.Mounts)
        {
            container.WithBindMount(folder.File(mount.Source), mount.Target, mount.ReadOnly);
        }

        // Aspire itself makes an alias of the resource's name.
        foreach (var alias in spec.Aliases.Where(alias => alias != ResourceName(spec)))
        {
            container.WithContainerNetworkAlias(alias);
        }

        AddEndpoints(container, spec);
        if (spec.Kind is ContainerKind.Main or ContainerKind.Worker or ContainerKind.Homeserver)
        {
            OperatorCommands.AddTo(container, EngineName(spec));
        }

        // Postgres and Redis have Aspire's own checks.
        var checks = ChecksOf(spec);
        if (checks.Count > 0)
        {
            var key = $"{spec.Name}-ready";
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, _ => new ContainerHealth(checks), HealthStatus.Unhealthy, tags: null));
            container.WithHealthCheck(key);
        }

        return container;
    }

    private List<Check> ChecksOf(ContainerSpec spec)
    {
        return [.. LabPart.All(deployment).Where(part => part.Container == spec && (part.Process is not null || spec.Kind == ContainerKind.Proxy)).Select(readiness.Of)];
    }

    // Aspire takes letters, digits and hyphens.
    private static string ResourceName(ContainerSpec spec) => spec.Name.Replace('_', '-');

    /// <summary>How a container is called on the engine.</summary>
    public static string EngineName(Deployment deployment, ContainerSpec spec) => $"{LabLabels.Project(deployment.LabName)}-{spec.Name}";

    private string EngineName(ContainerSpec spec) => EngineName(deployment, spec);

    private IResourceBuilder<ContainerResource> AddPostgres(IDistributedApplicationBuilder builder, ContainerSpec spec)
    {
        var user = builder.AddParameter($"{spec.Name}-user", spec.Environment.GetValueOrDefault("POSTGRES_USER", "postgres"));
        var password = builder.AddParameter($"{spec.Name}-password", () => Secret(LabSecrets.PostgresPassword), secret: true);
        return builder.CreateResourceBuilder<ContainerResource>(builder.AddPostgres(spec.Name, user, password).Resource);
    }

    private IResourceBuilder<ContainerResource> AddRedis(IDistributedApplicationBuilder builder, ContainerSpec spec)
    {
        var password = builder.AddParameter($"{spec.Name}-password", () => Secret(LabSecrets.RedisPassword), secret: true);
#pragma warning disable ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001 // The only way to have AddRedis without its TLS and without its sh -c around the command.
        var redis = builder.AddRedis(spec.Name, password: password).WithoutHttpsCertificate().Resource;
        redis.ShellExecution = false;
#pragma warning restore ASPIRECERTIFICATES001, ASPIRECONTAINERSHELLEXECUTION001
        return builder.CreateResourceBuilder<ContainerResource>(redis);
    }

    private string Secret(string path) => File.ReadAllText(folder.File(path)).Trim();

    private IEnumerable<string> RuntimeArguments(ContainerSpec spec)
    {
        yield return "--label";
        yield return $"{LabLabels.Name}={deployment.LabName}";
        yield return "--label";
        yield return $"{LabLabels.Container}={spec.Name}";
        yield return "--label";
        yield return $"{LabLabels.Kind}={spec.Kind}";
        yield return "--label";
        yield return $"{LabLabels.Folder}={folder.Path}";
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
            yield return $"type=volume,source={LabLabels.Project(deployment.LabName)}_{name},target={target},volume-label={LabLabels.Name}={deployment.LabName},volume-label={LabLabels.Folder}={folder.Path}";
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
                endpoint.UriScheme = deployment.Endpoints.Any(known => known.Uri.Port == port.HostPort && known.Uri.Scheme == Uri.UriSchemeHttp) ? Uri.UriSchemeHttp : endpoint.UriScheme;
                // Without Aspire's own proxy in between: the address that Synapse's proxy sees, and the port, are the real ones.
                endpoint.IsProxied = false;
            });
        }
    }

    private void AddDependencies(IResourceBuilder<ContainerResource> container, ContainerSpec spec)
    {
        foreach (var dependency in spec.DependsOn)
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

    private void AddHomeserver(IDistributedApplicationBuilder builder, Homeserver homeserver)
    {
        // Packed into one container, the homeserver is that container.
        if (_containers.ContainsKey(homeserver.Key))
        {
            return;
        }

        var parent = builder.AddResource(new HomeserverResource(homeserver.Key))
            .WithInitialState(HomeserverResource.InitialState(homeserver))
            .WithIconName("ChatMultiple");
        foreach (var endpoint in deployment.Endpoints.Where(endpoint => endpoint.HomeserverKey == homeserver.Key))
        {
            parent.WithUrl(endpoint.Uri.ToString(), endpoint.Name);
        }

        foreach (var name in homeserver.Processes.Select(process => process.Container).Distinct())
        {
            _containers[name].WithParentRelationship(parent);
        }
    }

    /// <summary><c>matrixdotorg/synapse:v1.160.0</c> into name and tag.</summary>
    private static (string Image, string? Tag) SplitImage(string reference)
    {
        var colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') ? (reference[..colon], reference[(colon + 1)..]) : (reference, null);
    }
}
