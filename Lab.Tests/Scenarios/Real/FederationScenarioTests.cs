using SynapseLab.Tests.RealLab;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

[Trait("Lab", "real")]
[Collection(FederationLab.Name)]
public sealed class FederationScenarioTests(FederationLab lab, ITestOutputHelper output) : ScenarioTest(lab, output)
{
    [Fact]
    public Task Each_destination_is_served_by_the_sender_that_the_rule_names() => HoldsAsync("federation-sharding");

    [Fact]
    public Task Messages_typing_receipts_and_device_keys_cross_both_ways() => HoldsAsync("federation-both-ways");

    [Fact]
    public Task Only_the_senders_open_connections_when_federation_is_restricted_to_them() => HoldsAsync("federation-restricted");

    [Fact]
    public Task A_homeserver_that_was_down_catches_up() => HoldsAsync("federation-catch-up");

    [Fact]
    public Task An_idle_persister_does_not_hold_up_federation() => HoldsAsync("idle-persister");
}
