using SynapseLab.Tests.RealLab;
using Xunit;
using Xunit.Abstractions;

namespace SynapseLab.Tests.Scenarios.Real;

[Trait("Lab", "real")]
[Collection(ShardedLab.Name)]
public sealed class ShardedScenarioTests(ShardedLab lab, ITestOutputHelper output) : ScenarioTest(lab, output)
{
    [Fact]
    public Task One_user_stays_on_one_synchrotron() => HoldsAsync("sync-affinity");

    [Fact]
    public Task A_hundred_users_spread_over_the_sync_pool_as_chance_would() => HoldsAsync("sync-spread");

    [Fact]
    public Task Initial_and_incremental_syncs_land_on_their_own_pools() => HoldsAsync("sync-pools");

    [Fact]
    public Task A_user_whose_sync_worker_goes_away_misses_nothing_and_sees_nothing_twice() => HoldsAsync("sync-failover");

    [Fact]
    public Task Three_hundred_rooms_have_the_persisters_that_the_rule_names() => HoldsAsync("event-sharding");

    [Fact]
    public Task A_room_can_be_minted_for_each_persister() => HoldsAsync("room-minting");

    [Fact]
    public Task An_idle_persister_does_not_hold_up_delivery() => HoldsAsync("idle-persister");
}
