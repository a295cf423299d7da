using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Hosting.Commands;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Hosting.Model;

/// <summary>A container of a deployment as a resource. What is known only once the machine was asked is looked up when
/// the container is made.</summary>
/// <param name="builder">The application under construction.</param>
/// <param name="plan">The deployment.</param>
/// <param name="commands">Adds an operator's commands.</param>
/// <param name="owner">The user who owns the lab's folder: <see cref="ContainerSpec.RunAsOwner"/> containers run under it.</param>
internal sealed class ContainerResources(
    IDistributedApplicationBuilder builder, SynapseDeployment plan, LabCommand commands, UnixUser owner)
{
    private const int RedisPort = 6379;

    /// <summary>Adds a container.</summary>
    /// <param name="spec">The container, as planned.</param>
    public IResourceBuilder<ContainerResource> Add(ContainerSpec spec)
    {
        var container = builder.AddResource(Resource(spec));
        SetImage(container, spec);
        container
            .WithContainerName(EngineName(plan.Deployment, spec))
            // Aspire would copy its developer certificate into every container and start it later for that.
            .WithDeveloperCertificateTrust(false)
            .WithContainerRuntimeArgs(context =>
            {
                foreach (var argument in RuntimeArguments.Of(spec, plan.Deployment, plan.Folder, owner))
                {
                    context.Args.Add(argument);
                }
            })
            .WithEnvironment(context =>
            {
                foreach (var (name, value) in Resolved(spec).Environment)
                {
                    context.EnvironmentVariables[name] = value;
                }
            })
            .WithArgs(context =>
            {
                foreach (var argument in Resolved(spec).Entrypoint.Skip(1).Concat(Resolved(spec).Command))
                {
                    context.Args.Add(argument);
                }
            });
        container.Resource.Entrypoint = spec.Entrypoint.Count > 0 ? spec.Entrypoint[0] : null;

        foreach (var mount in spec.Mounts)
        {
            container.WithBindMount(plan.Folder.File(mount.Source), mount.Target, mount.ReadOnly);
        }

        // Aspire itself makes an alias of the resource's name.
        foreach (var alias in spec.Aliases.Where(alias => alias != container.Resource.Name))
        {
            container.WithContainerNetworkAlias(alias);
        }

        AddEndpoints(container, spec);
        new OperatorCommands(commands).AddTo(container, plan.Deployment, spec);
        return container;
    }

    /// <summary>How a container is called on the engine.</summary>
    public static string EngineName(Deployment deployment, ContainerSpec spec) => $"{LabLabels.Project(deployment.LabName)}-{spec.Name}";

    /// <summary>The contents of a secret in the lab's folder, which is there before anything starts.</summary>
    /// <param name="path">See <see cref="SecretFile.Path"/>.</param>
    public string Secret(string path) => File.ReadAllText(plan.Folder.File(path)).Trim();

    /// <summary>Sets what a container runs.</summary>
    public static void SetImage(IResourceBuilder<ContainerResource> container, ContainerSpec spec) => container.WithImage(spec.Image);

    /// <summary>Adds what a container publishes, or changes it where it is there.</summary>
    public static void AddEndpoints(IResourceBuilder<ContainerResource> container, ContainerSpec spec)
    {
        if (spec.Kind == ContainerKind.Redis)
        {
            // Aspire starts no resource whose connection string it cannot make; at a port of its own choice, since the lab publishes none.
            container.WithEndpoint("tcp", endpoint => endpoint.TargetPort = RedisPort);
        }

        foreach (var port in spec.Ports)
        {
            // What a connection string of Aspire's own kind of resource is made of.
            var name = spec.Kind == ContainerKind.Postgres ? "tcp" : port.Name;
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

    private ContainerResource Resource(ContainerSpec spec)
    {
        var name = NameOf(spec);
        switch (spec.Kind)
        {
            case ContainerKind.Postgres:
                var user = builder.AddParameter($"{name}-user", spec.Environment.GetValueOrDefault("POSTGRES_USER", "postgres"));
                return new PostgresServerResource(name, user.Resource, Password(name, LabSecrets.PostgresPassword));
            case ContainerKind.Redis:
                return new RedisResource(name, Password(name, LabSecrets.RedisPassword));
            default:
                return new ContainerResource(name);
        }
    }

    private ParameterResource Password(string name, string path) =>
        builder.AddParameter($"{name}-password", () => Secret(path), secret: true).Resource;

    // The same container as the machine has made it.
    private ContainerSpec Resolved(ContainerSpec planned) => plan.Deployment.Containers.Single(spec => spec.Name == planned.Name);

    // Aspire takes letters, digits and hyphens. A container with all processes of a homeserver has the homeserver's
    // name, which is its parent's here.
    private string NameOf(ContainerSpec spec) =>
        plan.Prefix + (spec.Kind == ContainerKind.Homeserver ? $"{spec.Name}-processes" : spec.Name.Replace('_', '-'));
}
