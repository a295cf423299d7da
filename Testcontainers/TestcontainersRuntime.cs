using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Conventions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;

namespace SynapseLab.Testcontainers;

/// <summary>Runs a lab's containers with Testcontainers for .NET.</summary>
/// <param name="engine">The engine that Testcontainers starts containers on.</param>
/// <param name="owner">The user who owns the labs' folders.</param>
/// <param name="cleaner">Removes it.</param>
/// <param name="reaped">Whether Testcontainers' reaper, which runs, removes all of it when this process ends.</param>
internal sealed class TestcontainersRuntime(TestcontainersEngine engine, UnixUser owner, LabCleaner cleaner, bool reaped) : ILabRuntime
{
    /// <inheritdoc />
    public string Name => "testcontainers";

    /// <inheritdoc />
    public async Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken)
    {
        var network = NetworkOf(deployment, folder);
        await network.CreateAsync(cancellationToken);

        var starts = new Dictionary<string, Task>();
        foreach (var spec in deployment.Containers)
        {
            // Containers come in start order, so what a container waits for has begun to start.
            var dependencies = spec.DependsOn.Select(dependency => starts[dependency.Container]).ToArray();
            var container = ContainerTranslation.ToTestcontainers(spec, deployment, folder, owner, engine, reaped)
                .WithNetwork(network)
                .Build();
            starts[spec.Name] = StartAfterAsync(dependencies, container, cancellationToken);
        }

        await Task.WhenAll(starts.Values);
    }

    // By label and not by Testcontainers' own objects: the lab may have been started by a process that is gone.
    /// <inheritdoc />
    public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) =>
        cleaner.RemoveContainersAsync(labName, folder, cancellationToken);

    private INetwork NetworkOf(Deployment deployment, LabFolder folder) =>
        new NetworkBuilder()
            .WithDockerEndpoint(engine)
            .WithName(LabLabels.Project(deployment.LabName))
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithCleanUp(reaped)
            .WithLogger(NullLogger.Instance)
            .Build();

    private static async Task StartAfterAsync(Task[] dependencies, IContainer container, CancellationToken cancellationToken)
    {
        await Task.WhenAll(dependencies);
        await container.StartAsync(cancellationToken);
    }
}
