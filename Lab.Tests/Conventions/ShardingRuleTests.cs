using SynapseLab.Conventions;
using Xunit;

namespace SynapseLab.Tests.Conventions;

public sealed class ShardingRuleTests
{
    // Computed by Synapse's own ShardedWorkerHandlingConfig (v1.157.1) for 2, 3, 4 and 5 instances.
    [Theory]
    [InlineData("!abc:localhost", 1, 1, 1, 3)]
    [InlineData("!room1:hs1.test", 1, 2, 1, 1)]
    [InlineData("!room2:hs1.test", 1, 1, 1, 4)]
    [InlineData("!lab:hs1", 1, 0, 1, 4)]
    [InlineData("!lab:hs2", 0, 0, 2, 0)]
    [InlineData("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", 0, 2, 0, 0)]
    [InlineData("hs1", 0, 2, 2, 2)]
    [InlineData("hs2", 1, 2, 1, 4)]
    [InlineData("hs3.test", 1, 0, 3, 0)]
    [InlineData("matrix.org", 1, 2, 3, 4)]
    [InlineData("@alice:hs1", 0, 2, 2, 4)]
    [InlineData("@bob:hs1", 0, 0, 0, 0)]
    [InlineData("!ünïcode:hs1", 0, 2, 0, 4)]
    public void A_key_goes_to_the_instance_that_synapse_gives_it_to(string key, int of2, int of3, int of4, int of5) =>
        Assert.Equal([of2, of3, of4, of5], new[] { 2, 3, 4, 5 }.Select(count => ShardingRule.Index(key, count)));

    [Fact]
    public void A_single_instance_is_responsible_for_everything() => Assert.Equal(0, ShardingRule.Index("!any:hs1", 1));

    [Fact]
    public void Another_order_of_the_instances_is_another_sharding()
    {
        Assert.Equal("persister2", ShardingRule.Pick("!abc:localhost", ["persister1", "persister2"]));
        Assert.Equal("persister1", ShardingRule.Pick("!abc:localhost", ["persister2", "persister1"]));
    }

    [Fact]
    public void Nobody_is_responsible_where_there_is_nobody() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardingRule.Index("!abc:localhost", 0));
}
