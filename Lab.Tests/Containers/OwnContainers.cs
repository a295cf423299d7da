using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;
using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Testcontainers;

namespace SynapseLab.Tests.Containers;

/// <summary>
/// Containers, networks and volumes that a test starts by itself, beside a lab or without one. Each goes when it is disposed of; what a
/// test process leaves that is killed, <c>./lab test</c>
/// finds by its label.
/// </summary>
internal sealed class OwnContainers
{
    private const string Loopback = "127.0.0.1";

    // As long as tests wait for a container's end at most.
    private const int StopSeconds = 1;

    private readonly TestcontainersEngine _engine;

    private OwnContainers(TestcontainersEngine engine) => _engine = engine;

    /// <summary>Asks the machine's engine what it speaks.</summary>
    public static async Task<OwnContainers> OnThisMachineAsync(CancellationToken cancellationToken)
    {
        using var engine = DockerEngine.OfThisMachine();
        return new OwnContainers(await TestcontainersEngine.OfAsync(engine, cancellationToken));
    }

    /// <summary>A container that publishes on loopback alone.</summary>
    public ContainerBuilder New(string image) =>
        Own(new ContainerBuilder(image)).WithImagePullPolicy(PullPolicy.Never).WithCreateParameterModifier(parameters =>
    {
        // Testcontainers publishes on every address.
        foreach (var binding in parameters.HostConfig?.PortBindings?.Values.SelectMany(bindings => bindings) ?? [])
        {
            binding.HostIP = Loopback;
        }

        parameters.StopTimeout = TimeSpan.FromSeconds(StopSeconds);
    });

    /// <summary>A container that is there for a while and does nothing.</summary>
    public ContainerBuilder NewSleeper() => New(ImageSet.Official.Redis).WithCommand("sleep", "300");

    /// <summary>A network.</summary>
    public NetworkBuilder NewNetwork(string name) => Own(new NetworkBuilder()).WithName(name);

    /// <summary>A volume.</summary>
    public VolumeBuilder NewVolume(string name) => Own(new VolumeBuilder()).WithName(name);

    /// <summary>The engine's own interface, for what Testcontainers has no word for.</summary>
    public IDockerClient Client() => _engine.GetDockerClientBuilder(Guid.NewGuid()).Build();

    /// <summary>What a container prints that ends by itself, with exit code 0. It is on no network.</summary>
    /// <param name="image">Its image.</param>
    /// <param name="command">Program and arguments, in place of the image's.</param>
    /// <param name="mounts">Folders and files of this machine, and where they are for it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<string> PrintedByAsync(
        string image,
        IReadOnlyList<string> command,
        IEnumerable<(string Source, string Target, AccessMode Access)> mounts,
        CancellationToken cancellationToken)
    {
        var builder = New(image)
            .WithEntrypoint(command[0])
            .WithCommand([.. command.Skip(1)])
            .WithCreateParameterModifier(parameters => parameters.HostConfig!.NetworkMode = "none");
        await using var container = mounts
            .Aggregate(builder, (some, mount) => some.WithBindMount(mount.Source, mount.Target, mount.Access))
            .Build();
        await container.StartAsync(cancellationToken);
        var exitCode = await container.GetExitCodeAsync(cancellationToken);
        var (output, error) = await container.GetLogsAsync(timestampsEnabled: false, ct: cancellationToken);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{image}: exit code {exitCode}\n{error}");
    }

    // In a session of its own it is removed where it is disposed of, and Testcontainers starts no reaper for it, whose image can't be had
    // everywhere.
    private TBuilder Own<TBuilder, TResource, TParameters>(IAbstractBuilder<TBuilder, TResource, TParameters> builder)
        where TBuilder : IAbstractBuilder<TBuilder, TResource, TParameters> => builder
        .WithDockerEndpoint(_engine)
        .WithLabel("synapse-lab.tests", LabRoot.Find().Path)
        .WithLabel(ResourceReaper.ResourceReaperSessionLabel, Guid.NewGuid().ToString("D"))
        .WithLogger(NullLogger.Instance);
}
