using SynapseLab.Tests.RealLab;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

[Trait("Lab", "real")]
[Collection(ReferenceLab.Name)]
public sealed class ReferenceScenarioTests(ReferenceLab lab, ITestOutputHelper output) : ScenarioTest(lab, output)
{
    [Fact]
    public Task Each_process_of_the_reference_deployment_does_its_part_when_two_people_talk() => HoldsAsync("first-proof");

    [Fact]
    public Task One_user_stays_on_one_of_three_generic_workers() => HoldsAsync("sync-affinity");
}
