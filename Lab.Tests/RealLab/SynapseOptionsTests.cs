using SynapseLab.Plans;
using SynapseLab.Tests.Containers;
using SynapseLab.Tests.Deployments;
using SynapseLab.Topologies;
using Xunit;

namespace SynapseLab.Tests.RealLab;

/// <summary>The list of options against the Synapse of the image in use.</summary>
[Trait("Lab", "engine")]
public sealed class SynapseOptionsTests
{
    [Fact]
    public async Task The_options_that_the_lab_knows_are_those_that_its_Synapse_reads()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var script = await File.ReadAllTextAsync(Path.Combine(KnownTopologies.Root, "eng/synapse_options.py"), limit.Token);
        var own = await OwnContainers.OnThisMachineAsync(limit.Token);

        Assert.Equal(SynapseOptions.Text, await own.PrintedByAsync(ImageSet.Official.Synapse, ["python3", "-c", script], [], limit.Token));
    }
}
