using SynapseLab.Plans;
using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Folders;
using Xunit;

namespace SynapseLab.Tests.Cli;

/// <summary>Doctor in a checkout in which nothing was started yet, on the real engine, which has the images that other tests use.</summary>
[Trait("Lab", "engine")]
public sealed class DoctorBeforeSetUpTests : IDisposable
{
    private readonly TemporaryFolder _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public async Task Images_that_are_there_are_not_called_missing()
    {
        var lab = new LabCommandLine { Root = () => new LabRoot(_checkout.Path), CreateEngine = DockerEngine.OfThisMachine };

        await lab.RunAsync("doctor");

        Assert.Matches($@"(?m)^  synapse +{ImageSet.Official.Synapse} +on this machine; the first \./lab up takes it$", lab.Output);
        Assert.DoesNotContain("MISSING", lab.Output, StringComparison.Ordinal);
    }
}
