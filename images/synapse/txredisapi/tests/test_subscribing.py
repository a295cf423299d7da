"""Replication: one connection listens, another publishes."""

from twisted.internet.defer import gatherResults

from .harness import RedisTestCase


class Subscribing(RedisTestCase):
    async def test_a_subscription_is_confirmed_when_Redis_has_all_its_channels(self):
        # Synapse sends REPLICATE then, and must not miss the answers on any channel.
        await self.listener()
        numbers = self.operator.ask("PUBSUB", "NUMSUB", "example.com", "example.com/USER_IP")
        self.assertEqual(numbers, ["example.com", 1, "example.com/USER_IP", 1])

    async def test_what_is_published_is_heard_with_its_channel(self):
        listeners, redis = await self.listener(), await self.commands()
        await redis.publish("example.com", b"POSITION events master 5 7")
        await redis.publish("example.com/USER_IP", "USER_IP Grüße".encode())
        await redis.publish("another.com", b"not for us")
        await redis.publish("example.com", b"the end")
        heard = listeners.latest.heard
        await self.eventually("the last message is heard", lambda: ("example.com", "the end") in heard)
        self.assertEqual(
            heard,
            [
                ("example.com", "POSITION events master 5 7"),
                ("example.com/USER_IP", "USER_IP Grüße"),
                ("example.com", "the end"),
            ],
        )

    async def test_many_messages_are_heard_in_order(self):
        listeners, redis = await self.listener(), await self.commands()
        sent = [f"RDATA events master {n} []" for n in range(5000)]
        await gatherResults([redis.publish("example.com", text.encode()) for text in sent])
        heard = listeners.latest.heard
        await self.eventually("all messages are heard", lambda: len(heard) >= len(sent))
        self.assertEqual([text for _, text in heard], sent)

    async def test_large_messages_are_heard_whole(self):
        listeners, redis = await self.listener(), await self.commands()
        sent = [f"{n}" * (2 * 1024 * 1024) for n in "abc"]
        await gatherResults([redis.publish("example.com", text.encode()) for text in sent])
        heard = listeners.latest.heard
        await self.eventually("all messages are heard", lambda: len(heard) >= len(sent))
        self.assertEqual([text for _, text in heard], sent)

    async def test_a_listening_connection_answers_pings(self):
        # SynapseRedisFactory pings every connection of the pool, the listening one too.
        listeners = await self.listener()
        await self.eventually("the connection is in the pool", lambda: listeners.pool)
        await gatherResults([connection.ping() for connection in listeners.pool])
        redis = await self.commands()
        await redis.publish("example.com", b"still heard")
        await self.eventually("the message is heard", lambda: listeners.latest.heard)
