using SynapseLab.Runtimes.Engine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Tests.RealLab;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

/// <summary>Several homeservers, each in one container.</summary>
[Trait("Lab", "real")]
[Collection(PackedFederationLab.Name)]
public sealed class PackedFederationTests(PackedFederationLab fixture, ITestOutputHelper output) : ScenarioTest(fixture, output)
{
    [Fact]
    public Task A_homeserver_that_was_down_catches_up() => HoldsAsync("federation-catch-up");

    [Fact]
    public async Task Each_process_has_a_log_and_a_state_of_its_own_in_whichever_homeserver_it_is()
    {
        foreach (var process in fixture.Lab.Deployment.Processes)
        {
            var lines = new List<string>();
            await foreach (var line in fixture.Lab.LogsAsync(process.Id, new LogRequest(), CancellationToken.None))
            {
                lines.Add(line.Text);
            }

            Assert.Contains(lines, line => line.StartsWith($"[{process.Id}] ", StringComparison.Ordinal));
            var state = await fixture.Lab.Operator.StateAsync(LabPart.Find(fixture.Lab.Deployment, process.Id), CancellationToken.None);
            Assert.Equal(PartRun.Running, state.Run);
        }
    }
}
