using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Images;
using DotNet.Testcontainers.Volumes;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Testcontainers;

/// <summary>A container of a deployment in the words of Testcontainers.</summary>
internal static class ContainerTranslation
{
    /// <summary>Everything but the network.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="deployment">Its lab.</param>
    /// <param name="folder">The lab's folder.</param>
    /// <param name="owner">Owner of that.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="reaped">Whether Testcontainers' reaper removes it when this process ends.</param>
    public static ContainerBuilder ToTestcontainers(
        ContainerSpec spec, Deployment deployment, LabFolder folder, UnixUser owner, TestcontainersEngine engine, bool reaped)
    {
        var builder = new ContainerBuilder(spec.Image)
            .WithDockerEndpoint(engine)
            .WithName($"{LabLabels.Project(deployment.LabName)}-{spec.Name}")
            .WithNetworkAliases([spec.Name, .. spec.Aliases])
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Container, spec.Name)
            .WithLabel(LabLabels.Kind, spec.Kind.ToString())
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithEnvironment(spec.Environment)
            .WithImagePullPolicy(PullPolicy.Missing)
            .WithCleanUp(reaped)
            .WithLogger(NullLogger.Instance)
            .WithCreateParameterModifier(parameters =>
            {
                // Testcontainers publishes on every address.
                foreach (var binding in parameters.HostConfig?.PortBindings?.Values.SelectMany(bindings => bindings) ?? [])
                {
                    binding.HostIP = "127.0.0.1";
                }

                // The lab looks from outside; an image's own health check costs CPU for nothing.
                parameters.Healthcheck = new Docker.DotNet.Models.HealthcheckConfig { Test = ["NONE"] };
                parameters.StopSignal = StopSignals.Of(spec.Kind) ?? parameters.StopSignal;
                parameters.User = spec.RunAsOwner ? owner.ToString() : parameters.User;
                parameters.HostConfig!.NanoCPUs = (long)((spec.Limits.Cpus ?? 0) * 1_000_000_000);
                parameters.HostConfig.Memory = spec.Limits.MemoryBytes ?? 0;
            });

        builder = spec.Entrypoint.Count > 0 ? builder.WithEntrypoint([.. spec.Entrypoint]) : builder;
        builder = spec.Command.Count > 0 ? builder.WithCommand([.. spec.Command]) : builder;
        builder = spec.Mounts.Aggregate(builder, (some, mount) =>
            some.WithBindMount(folder.File(mount.Source), mount.Target, mount.ReadOnly ? AccessMode.ReadOnly : AccessMode.ReadWrite));
        builder = spec.Volumes.Aggregate(builder, (some, volume) =>
            some.WithVolumeMount(VolumeOf(volume.Key, deployment, folder, engine, reaped), volume.Value));
        builder = spec.Tmpfs.Aggregate(builder, (some, path) => some.WithTmpfsMount(path));
        builder = spec.Ports.Aggregate(builder, (some, port) => some.WithPortBinding(port.HostPort, port.ContainerPort));

        // Others wait for it to be healthy, so its own start ends only then.
        var awaited = deployment.Containers.Any(other => other.DependsOn.Contains(new Dependency(spec.Name, DependencyCondition.Healthy)));
        return awaited && spec.HealthCommand.Count > 0
            ? builder.WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted([.. spec.HealthCommand]))
            : builder;
    }

    private static IVolume VolumeOf(string name, Deployment deployment, LabFolder folder, TestcontainersEngine engine, bool reaped) =>
        new VolumeBuilder()
            .WithDockerEndpoint(engine)
            .WithName($"{LabLabels.Project(deployment.LabName)}_{name}")
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithCleanUp(reaped)
            .WithLogger(NullLogger.Instance)
            .Build();
}
