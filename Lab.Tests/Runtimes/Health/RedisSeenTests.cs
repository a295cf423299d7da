using System.Net;
using SynapseLab.Runtimes.Health;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Health;

public sealed class RedisSeenTests
{
    [Fact]
    public void Who_is_subscribed_is_read_with_both_ends_addresses_and_who_only_publishes_is_left_out() => Assert.Equal(
        [new RedisSubscriber(IPAddress.Parse("172.23.0.10"), IPAddress.Parse("172.23.0.8"))],
        RedisSeen.SubscribersIn("""
            PONG
            id=16 addr=172.23.0.10:42218 laddr=172.23.0.8:6379 fd=24 name= age=1 idle=1 flags=N db=0 sub=0 psub=0 cmd=publish user=default
            id=17 addr=172.23.0.10:42232 laddr=172.23.0.8:6379 fd=25 name= age=1 idle=1 flags=P db=0 sub=2 psub=0 cmd=subscribe user=default
            """));

    [Fact]
    public void A_Redis_that_does_not_tell_its_own_end_has_none() =>
        Assert.Null(Assert.Single(RedisSeen.SubscribersIn("id=17 addr=172.23.0.10:42232 fd=25 name= age=1 flags=P db=0 sub=2")).To);

    [Fact]
    public void A_connection_over_a_Unix_socket_has_no_address() =>
        Assert.Empty(RedisSeen.SubscribersIn("id=9 addr=/run/redis/redis.sock:0 laddr=/run/redis/redis.sock:0 fd=11 name= sub=1 psub=0"));
}
