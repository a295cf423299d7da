"""Passwords, sockets, lost connections: what Synapse's SynapseRedisFactory counts on."""

import gc

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, gatherResults
from twisted.internet.protocol import Factory, Protocol
from txredisapi import ConnectionError, RedisFactory, UnixConnectionHandler

from .harness import PASSWORD, ListenerFactory, RedisTestCase


class StubbornFactory(RedisFactory):
    """Goes on trying whatever happens, until the test ends."""

    # The same means as SynapseRedisFactory's: it cannot be switched off by what happens.
    continueTrying = property(lambda self: not self.ended, lambda self, value: None)
    ended = False

    def __init__(self, **options):
        super().__init__(uuid="stubborn", dbid=None, poolsize=1, isLazy=True, **options)
        self.lost = 0

    def clientConnectionLost(self, connector, reason):
        self.lost += 1
        super().clientConnectionLost(connector, reason)

    def stopTrying(self):
        self.ended = True
        super().stopTrying()


class Mute(Protocol):
    """A server that takes connections and never says a word."""

    def connectionMade(self):
        self.factory.connections.append(self)

    def connectionLost(self, reason):
        self.factory.connections.remove(self)


class Passwords(RedisTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget_refusals)

    async def test_a_wrong_password_lets_no_command_through_and_does_not_end_the_attempts(self):
        factory = self.connect(StubbornFactory(password="wrong"))
        command = factory.handler.set("with a wrong password", "x")
        await self.eventually("Redis has turned us away three times", lambda: factory.lost >= 3)
        self.assertFalse(command.called)
        self.assertEqual(self.operator.ask("EXISTS", "with a wrong password"), 0)
        command.cancel()
        await self.assertFailure(command, CancelledError)

    async def test_a_password_that_becomes_right_lets_waiting_commands_through(self):
        factory = self.connect(StubbornFactory(password="new"))
        command = factory.handler.get("never set")
        await self.eventually("Redis has turned us away", lambda: factory.lost)
        self.operator.ask("ACL", "SETUSER", "default", ">new")
        self.assertIsNone(await command)
        self.operator.ask("ACL", "SETUSER", "default", "<new")

    async def test_without_a_password_nothing_can_be_heard(self):
        listeners = self.connect(ListenerFactory(password=None))
        await self.eventually("we are connected", lambda: listeners.latest)
        redis = await self.commands()
        self.assertEqual(await redis.publish("example.com", b"secret"), 0)
        self.assertFalse(listeners.latest.subscribed)

    def _forget_refusals(self):
        # They are logged when nobody holds them any more.
        gc.collect()
        self.flushLoggedErrors()


class UnixSockets(RedisTestCase):
    async def test_commands_go_over_a_unix_socket(self):
        factory = self.connect_unix(
            RedisFactory(
                uuid="unix", dbid=None, poolsize=1, isLazy=True, handler=UnixConnectionHandler, password=PASSWORD
            )
        )
        await self.eventually("Redis lets us in", lambda: factory.pool)
        await factory.handler.set("over a socket", "yes")
        self.assertEqual(self.operator.ask("GET", "over a socket"), "yes")

    async def test_messages_come_over_a_unix_socket(self):
        listeners = self.connect_unix(ListenerFactory(password=PASSWORD))
        await self.eventually("the subscription is confirmed", lambda: listeners.latest and listeners.latest.subscribed)
        self.operator.ask("PUBLISH", "example.com", "hello")
        await self.eventually("the message is heard", lambda: listeners.latest.heard == [("example.com", "hello")])


class LostConnections(RedisTestCase):
    async def test_commands_work_again_after_Redis_restarts(self):
        redis = await self.commands()
        await redis.set("before", "x")
        self.operator.restart_redis()
        self.assertIsNone(await self._when_it_is_back(lambda: redis.get("before")))

    async def test_messages_are_heard_again_after_Redis_restarts(self):
        listeners, redis = await self.listener(), await self.commands()
        first = listeners.latest
        self.operator.restart_redis()
        await self.eventually("we have subscribed again", lambda: listeners.latest is not first and listeners.latest.subscribed)
        await self._when_it_is_back(lambda: redis.publish("example.com", b"back"))
        await self.eventually("the message is heard", lambda: ("example.com", "back") in listeners.latest.heard)

    async def test_commands_before_the_connection_wait_for_it_in_order(self):
        factory = self.connect(RedisFactory(uuid="early", dbid=None, poolsize=1, isLazy=True, password=PASSWORD))
        self.assertEqual(factory.pool, [])
        replies = await gatherResults([factory.handler.set("early", "yes"), factory.handler.get("early")])
        self.assertEqual(replies[1], "yes")

    async def test_commands_without_a_connection_fail_once_it_is_given_up(self):
        redis = await self.commands()
        await redis.disconnect()
        await self.assertFailure(redis.get("key"), ConnectionError)

    async def test_commands_under_way_fail_when_the_connection_is_lost(self):
        server = self._mute_server()
        factory = self.connect(RedisFactory(uuid="mute", dbid=None, poolsize=1, isLazy=True), port=server.port)
        await self.eventually("we are connected", lambda: factory.pool and server.factory.connections)
        pings = [factory.handler.ping(), factory.handler.ping()]
        server.factory.connections[0].transport.abortConnection()
        for ping in pings:
            await self.assertFailure(ping, ConnectionError)

    async def test_a_Redis_that_falls_silent_is_given_up_and_tried_again(self):
        server = self._mute_server()
        factory = self.connect(RedisFactory(uuid="mute", dbid=None, poolsize=1, isLazy=True, replyTimeout=0.05), port=server.port)
        await self.eventually("we are connected", lambda: factory.pool and server.factory.connections)
        first = server.factory.connections[0]
        await self.assertFailure(factory.handler.ping(), ConnectionError)
        await self.eventually("we are connected anew", lambda: server.factory.connections and first not in server.factory.connections)

    def _mute_server(self):
        factory = Factory.forProtocol(Mute)
        factory.connections = []
        listening = reactor.listenTCP(0, factory, interface="127.0.0.1")

        async def stop():
            await listening.stopListening()
            for connection in list(factory.connections):
                connection.transport.abortConnection()
            await self.eventually("the server's connections are closed", lambda: not factory.connections)

        self.addCleanup(stop)
        listening.port = listening.getHost().port
        listening.factory = factory
        return listening

    async def _when_it_is_back(self, command):
        """The command's reply. One that was sent before the loss was noticed fails, and the next waits for Redis."""
        while True:
            try:
                return await command()
            except ConnectionError:
                pass
