using Aspire.Hosting;
using Aspire.Hosting.Testing;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Testcontainers;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.Documented;

// What docs/testing.md shows, word for word (DocumentedCodeTests).

public sealed class SynapseFixture : IAsyncLifetime
{
    public SynapseLabContainers Synapse { get; } = new SynapseLabBuilder().WithTopology("reference").WithPacking(Packing.OneContainer).Build();

    public Task InitializeAsync() => Synapse.StartAsync();

    public async Task DisposeAsync() => await Synapse.DisposeAsync();
}

public sealed class SynapseApplicationFixture : IAsyncLifetime
{
    public DistributedApplication Application { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--topology", "reference", "--name", $"test-{Environment.ProcessId}"]);
        Application = await builder.BuildAsync();
        await Application.StartAsync();
        await Application.ResourceNotifications.WaitForResourceHealthyAsync("hs1");
    }

    public async Task DisposeAsync() => await Application.DisposeAsync();
}

public sealed class RunningLabFixture : IAsyncLifetime
{
    public RunningLab Lab { get; private set; } = null!;

    public async Task InitializeAsync() => Lab = await RunningLab.AttachAsync("reference", LabRoot.Find(), CancellationToken.None);

    public async Task DisposeAsync() => await Lab.DisposeAsync();
}
