using SynapseLab.Cli;
using SynapseLab.Runtimes;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Tests.Runtimes.Engine;
using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class AttachedLabTests
{
    // It used to be taken for Ctrl-C, and the lab was taken down.
    [Fact]
    public async Task An_engine_that_ends_its_events_is_told_and_the_lab_is_let_be()
    {
        using var engine = new AnsweringEngine(_ => AnsweringEngine.Says("200 OK", "")).Start();
        using var client = engine.Client();
        using var output = new StringWriter();
        var services = new LabServices
        {
            Root = new Lazy<LabRoot>(LabRoot.Find),
            Output = output,
            Error = output,
            Time = TimeProvider.System,
            CreateEngine = engine.Client,
        };
        var processes = new ProcessTable();
        var runtime = LabRuntimes.All[0].Create(client, new LabCleaner(client, processes, TimeProvider.System));
        var attached = new AttachedLab(services, new LabStarter(LabRoot.Find(), client, TimeProvider.System, processes), runtime, client);

        var error = await Assert.ThrowsAsync<LabException>(() => attached.RunAsync("second", CancellationToken.None));

        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.Equal(
            "the container engine stopped telling what happens to lab second. See ./lab doctor, then ./lab status --name second",
            error.Message);
        Assert.Equal("", output.ToString());
    }
}
