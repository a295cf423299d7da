using SynapseLab.Scenarios.Catalogue;
using SynapseLab.Scenarios;
using SynapseLab.Tests.RealLab;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

/// <summary>Runs scenarios on a shared lab; their story is the test's output.</summary>
public abstract class ScenarioTest(RunningLabFixture fixture, ITestOutputHelper output)
{
    // Several times what the slowest needs on two quiet cores: ends a hanging test, measures nothing.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(6);

    protected async Task HoldsAsync(string scenario)
    {
        using var limit = new CancellationTokenSource(Deadline);
        await ScenarioRunner.RunAsync(
            ScenarioCatalogue.Find(scenario),
            fixture.Lab,
            new TestStory(output, fixture.Lab.Time),
            ScenarioRunner.DefaultSeed,
            limit.Token);
    }
}
