using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Testcontainers;

/// <summary>A container of a deployment in the words of Testcontainers.</summary>
internal static class ContainerTranslation
{
    /// <summary>Everything but the network.</summary>
    public static ContainerBuilder ToTestcontainers(ContainerSpec spec, Deployment deployment, LabFolder folder, UnixUser owner, EngineSocket engine)
    {
        var builder = new ContainerBuilder(spec.Image)
            .WithDockerEndpoint(engine.Host)
            .WithName($"{LabLabels.Project(deployment.LabName)}-{spec.Name}")
            .WithNetworkAliases([spec.Name, .. spec.Aliases])
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Container, spec.Name)
            .WithLabel(LabLabels.Kind, spec.Kind.ToString())
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithEnvironment(spec.Environment)
            .WithImagePullPolicy(PullPolicy.Missing)
            // The lab finds and removes its containers by label; Testcontainers' own reaper would need an image and end a lab with its test run.
            .WithCleanUp(false)
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
        builder = spec.Volumes.Aggregate(builder, (some, volume) => some.WithVolumeMount(VolumeOf(volume.Key, deployment, folder, engine), volume.Value));
        builder = spec.Tmpfs.Aggregate(builder, (some, path) => some.WithTmpfsMount(path));
        builder = spec.Ports.Aggregate(builder, (some, port) => some.WithPortBinding(port.HostPort, port.ContainerPort));

        // Others wait for it to be healthy, so its own start ends only then.
        var awaited = deployment.Containers.Any(other => other.DependsOn.Contains(new Dependency(spec.Name, DependencyCondition.Healthy)));
        return awaited && spec.HealthCommand.Count > 0
            ? builder.WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted([.. spec.HealthCommand]))
            : builder;
    }

    private static DotNet.Testcontainers.Volumes.IVolume VolumeOf(string name, Deployment deployment, LabFolder folder, EngineSocket engine) =>
        new VolumeBuilder()
            .WithDockerEndpoint(engine.Host)
            .WithName($"{LabLabels.Project(deployment.LabName)}_{name}")
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithCleanUp(false)
            .WithLogger(NullLogger.Instance)
            .Build();
}
