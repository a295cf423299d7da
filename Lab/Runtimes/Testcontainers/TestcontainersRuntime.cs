using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Deployments;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.Runtimes.Testcontainers;

/// <summary>Runs a lab's containers with Testcontainers for .NET, for test suites that have their containers from there.</summary>
/// <param name="engine">The engine that Testcontainers starts containers on.</param>
/// <param name="owner">The user who owns the labs' folders.</param>
/// <param name="cleaner">Removes it.</param>
public sealed class TestcontainersRuntime(IContainerEngine engine, UnixUser owner, LabCleaner cleaner) : ILabRuntime
{
    /// <inheritdoc />
    public string Name => "testcontainers";

    /// <inheritdoc />
    public async Task StartAsync(Deployment deployment, LabFolder folder, CancellationToken cancellationToken)
    {
        await SpeakTheEnginesVersionAsync(cancellationToken);
        var network = NetworkOf(deployment, folder);
        await network.CreateAsync(cancellationToken);

        var starts = new Dictionary<string, Task>();
        foreach (var spec in deployment.Containers)
        {
            // Containers come in start order, so what a container waits for has begun to start.
            var dependencies = spec.DependsOn.Select(dependency => starts[dependency.Container]).ToArray();
            var container = ContainerTranslation.ToTestcontainers(spec, deployment, folder, owner, engine.Socket).WithNetwork(network).Build();
            starts[spec.Name] = StartAfterAsync(dependencies, container, cancellationToken);
        }

        await Task.WhenAll(starts.Values);
    }

    // By label and not by Testcontainers' own objects: the lab may have been started by a process that is gone.
    /// <inheritdoc />
    public Task RemoveAsync(string labName, LabFolder folder, CancellationToken cancellationToken) => cleaner.RemoveContainersAsync(labName, folder, cancellationToken);

    private INetwork NetworkOf(Deployment deployment, LabFolder folder) =>
        new NetworkBuilder()
            .WithDockerEndpoint(engine.Socket.Host)
            .WithName(LabLabels.Project(deployment.LabName))
            .WithLabel(LabLabels.Name, deployment.LabName)
            .WithLabel(LabLabels.Folder, folder.Path)
            .WithCleanUp(false)
            .WithLogger(NullLogger.Instance)
            .Build();

    private static async Task StartAfterAsync(Task[] dependencies, IContainer container, CancellationToken cancellationToken)
    {
        await Task.WhenAll(dependencies);
        await container.StartAsync(cancellationToken);
    }

    // Testcontainers asks for API 1.44 unless this variable says otherwise, and an older engine (Debian 12's speaks 1.41) refuses that.
    private async Task SpeakTheEnginesVersionAsync(CancellationToken cancellationToken)
    {
        const string Variable = "DOCKER_API_VERSION";
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, (await engine.InfoAsync(cancellationToken)).ApiVersion);
        }
    }
}
