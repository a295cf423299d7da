using Docker.DotNet.Models;
using SynapseLab.Cli.Bench;
using SynapseLab.Conventions;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Tests.Containers;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>
/// What <c>./lab bench start</c> finds after a lab is down, on a container with a network, a volume without a name and a port.
/// </summary>
[Trait("Lab", "real")]
public sealed class LabTracesTests : IAsyncLifetime
{
    private static readonly string Lab = TestLabs.Name("traces");
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly DockerEngine _engine = DockerEngine.OfThisMachine();
    private OwnContainers _own = null!;
    private string _volume = "";

    public async Task InitializeAsync()
    {
        await RemoveAsync();
        _own = await OwnContainers.OnThisMachineAsync(None);
        await _own.NewNetwork(Lab).Build().CreateAsync(None);
        await _own.NewSleeper()
            .WithName(Lab)
            .WithLabel(LabLabels.Name, Lab)
            .WithNetwork(Lab)
            .WithPortBinding(6379, assignRandomHostPort: true)
            .WithCreateParameterModifier(parameters => parameters.Volumes = new Dictionary<string, EmptyStruct> { ["/data"] = default })
            .Build()
            .StartAsync(None);
        _volume = (await _engine.InspectAsync(Lab, None))!.Volumes.Single();
    }

    public async Task DisposeAsync()
    {
        await RemoveAsync();
        _engine.Dispose();
    }

    [Fact]
    public async Task A_lab_that_is_gone_with_all_that_it_had_leaves_nothing()
    {
        var traces = await LabTraces.OfAsync(_engine, Lab, None);

        await RemoveAsync();

        Assert.Empty(await traces.LeftAsync(None));
    }

    [Fact]
    public async Task A_container_its_network_its_volume_and_its_port_are_found_where_they_stay()
    {
        var traces = await LabTraces.OfAsync(_engine, Lab, None);
        var port = (await _engine.ListAsync($"{LabLabels.Name}={Lab}", None)).Single().Ports.Single();

        Assert.Equal([$"container {Lab}", $"network {Lab}", $"volume {_volume}", $"port {port}"], await traces.LeftAsync(None));
    }

    [Fact]
    public async Task A_volume_without_name_or_label_is_found_where_only_its_container_was_removed()
    {
        var traces = await LabTraces.OfAsync(_engine, Lab, None);

        using (var client = _own.Client())
        {
            await client.Containers.RemoveContainerAsync(Lab, new ContainerRemoveParameters { Force = true, RemoveVolumes = false }, None);
        }

        Assert.Equal([$"network {Lab}", $"volume {_volume}"], await traces.LeftAsync(None));
    }

    private async Task RemoveAsync()
    {
        await _engine.RemoveAsync(Lab, None);
        await _engine.RemoveNetworkAsync(Lab, None);
        if (_volume.Length > 0)
        {
            await _engine.RemoveVolumeAsync(_volume, None);
        }
    }
}
