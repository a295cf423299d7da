using SynapseLab.Conventions;
using SynapseLab.Deployments.Compose;
using SynapseLab.Runtimes.Compose;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.RealLab.Accidents;

/// <summary>A start that goes wrong or meets others, on the real engine. It leaves nothing behind.</summary>
public abstract class StartAccident : IAsyncLifetime
{
    private protected static readonly string One = TestLabs.Name("accident-1");
    private protected static readonly string Two = TestLabs.Name("accident-2");
    private protected static readonly CancellationToken None = CancellationToken.None;

    private protected LabRoot Root { get; } = LabRoot.Find();

    private protected DockerEngine Engine { get; } = DockerEngine.OfThisMachine();

    private protected ProcessTable Processes { get; } = new();

    private protected TemporaryFolder Temporary { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        var cleaner = new LabCleaner(Engine, Processes, TimeProvider.System);
        await cleaner.RemoveAsync(One, Root.Lab(One), None);
        await cleaner.RemoveAsync(Two, Root.Lab(Two), None);
        Engine.Dispose();
        Temporary.Dispose();
    }

    private protected Task StartAsync(Topology topology, string name, IStartReport report)
    {
        var starter = new LabStarter(Root, Engine, TimeProvider.System, Processes);
        return starter.StartAsync(
            new LabStartRequest(topology) { LabName = name },
            new ComposeRuntime(Engine, new LabCleaner(Engine, Processes, TimeProvider.System)),
            report,
            None);
    }

    private protected async Task NothingIsLeftAsync(string name)
    {
        var label = $"{LabLabels.Name}={name}";
        Assert.Empty(await Engine.ListAsync(label, None));
        Assert.Empty(await Engine.ListNetworksAsync(label, None));
        Assert.Empty(await Engine.ListVolumesAsync(label, None));
        Assert.False(Directory.Exists(Root.Lab(name).Path));
        Assert.DoesNotContain(
            Processes.All(),
            process => process.Command.Contains(
                $"--project-name {ComposeRenderer.ProjectName(name, Root.Lab(name).Mark)} ",
                StringComparison.Ordinal));
    }

    private protected string Topology(string name, string text)
    {
        var file = Temporary.File(name);
        File.WriteAllText(file, text);
        return file;
    }
}
