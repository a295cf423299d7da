using SynapseLab.Conventions;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Containers;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>A lab's network with somebody else's container on it.</summary>
[Trait("Lab", "real")]
[Collection(Alone.Name)]
public sealed class VisitedNetworkTests : StartAccident
{
    private static readonly string Visitor = TestLabs.Name("accident-visitor");

    private Dictionary<string, string> Labels => new() { [LabLabels.Name] = One, [LabLabels.Folder] = Root.Lab(One).Path };

    // As a second proxy of a test is, or a client that somebody runs on the lab's network.
    [Fact]
    public async Task A_network_that_somebody_else_s_container_is_just_leaving_is_removed_once_it_has_left()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var network = $"synapse-lab-{One}-visited";
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);
        await own.NewNetwork(network).WithLabel(Labels).Build().CreateAsync(limit.Token);
        await using var visitor = own.NewSleeper().WithNetwork(network).Build();
        await visitor.StartAsync(limit.Token);

        var removing = new LabCleaner(Engine, Processes, TimeProvider.System).RemoveContainersAsync(One, Root.Lab(One), limit.Token);
        await visitor.DisposeAsync();

        Assert.True(await removing);
        await NothingIsLeftAsync(One);
    }

    [Fact]
    public async Task A_network_that_somebody_else_s_container_stays_on_is_told_with_that_container_and_what_to_do()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var network = $"synapse-lab-{One}-visited";
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);
        await own.NewNetwork(network).WithLabel(Labels).Build().CreateAsync(limit.Token);
        await using var visitor = own.NewSleeper().WithName(Visitor).WithNetwork(network).Build();
        await visitor.StartAsync(limit.Token);
        var cleaner = new LabCleaner(Engine, Processes, TimeProvider.System, TimeSpan.FromMilliseconds(500));

        var error = await Assert.ThrowsAsync<LabException>(() => cleaner.RemoveContainersAsync(One, Root.Lab(One), limit.Token));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.StartsWith($"waited 0.5 s in vain for: nothing of lab '{One}' is left", error.Problems[0].What, StringComparison.Ordinal);
        Assert.Equal(
            $"network {network}: {Visitor} is on it, not of this lab. docker rm --force {Visitor}, then ./lab down {One}",
            error.Problems[1].ToString());
    }
}
