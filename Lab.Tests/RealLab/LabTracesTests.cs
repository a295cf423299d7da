using SynapseLab.Cli.Bench;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>What <c>./lab bench start</c> finds after a lab is down, on a container with a network, a volume without a name and a port.</summary>
[Trait("Lab", "real")]
public sealed class LabTracesTests : IAsyncLifetime
{
    private static readonly string Lab = TestLabs.Name("traces");
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SocketEngine _engine = SocketEngine.OfThisMachine();
    private string _volume = "";

    public async Task InitializeAsync()
    {
        await RemoveAsync();
        var redis = new MachineImages(LabRoot.Find(), _engine).Read().Single(image => image.Part == "redis").Reference;
        await DockerAsync("network", "create", Lab);
        await DockerAsync("run", "--detach", "--name", Lab, "--label", $"{LabLabels.Name}={Lab}", "--network", Lab, "--publish", "127.0.0.1::6379", "--volume", "/data", redis);
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

        await DockerAsync("rm", "--force", Lab);

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

    private static async Task DockerAsync(params string[] words)
    {
        var result = await ExternalCommand.RunAsync("docker", words, EngineLookup.OfThisProcess().Find().Environment, None);
        Assert.True(result.ExitCode == 0, result.LastError);
    }
}
