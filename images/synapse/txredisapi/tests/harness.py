"""A real Redis, connections to it that are cleaned up, and waiting."""

import os
import socket

import hiredis
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase
from txredisapi import RedisFactory, SubscriberProtocol

HOST = "127.0.0.1"
PORT = 6379
PATH = os.environ.get("REDIS_SOCKET", "/data/redis.sock")
PASSWORD = os.environ.get("REDIS_PASSWORD", "secret")


class Operator:
    """Asks Redis what it sees, by other means than the module under test."""

    def ask(self, *words):
        with socket.create_connection((HOST, PORT), timeout=5) as connection:
            for command in ("AUTH", PASSWORD), words:
                connection.sendall(hiredis.pack_command(tuple(map(str, command))))
            reader = hiredis.Reader(encoding="utf-8")
            replies = []
            while len(replies) < 2:
                data = connection.recv(65536)
                if not data:
                    raise OSError("Redis closed the connection")
                reader.feed(data)
                while (reply := reader.gets()) is not False:
                    replies.append(reply)
        return replies[1]

    def restart_redis(self):
        """Ends Redis; whoever started it starts it again at once."""
        try:
            self.ask("SHUTDOWN", "NOSAVE")
        except OSError:
            pass


class Listener(SubscriberProtocol):
    """Subscribes as soon as it is connected and keeps what it hears, as Synapse's RedisSubscriber does."""

    channels = ["example.com/USER_IP", "example.com"]

    def connectionMade(self):
        super().connectionMade()
        self.heard = []
        self.subscribed = False
        self.factory.listeners.append(self)
        self.subscribe(self.channels).addCallbacks(self._confirmed, lambda failure: None)

    def _confirmed(self, _):
        self.subscribed = True

    def messageReceived(self, pattern, channel, message):
        self.heard.append((channel, message))


class ListenerFactory(RedisFactory):
    protocol = Listener

    def __init__(self, **options):
        super().__init__(uuid="listener", dbid=None, poolsize=1, **options)
        self.listeners = []

    @property
    def latest(self):
        return self.listeners[-1] if self.listeners else None


class RedisTestCase(TestCase):
    # Seconds for one test; each takes a fraction of one.
    timeout = 20

    def setUp(self):
        self.operator = Operator()

    def connect(self, factory, port=PORT):
        # Restarts are over in no time here, so that a second between attempts would be the whole test.
        factory.initialDelay = factory.delay = 0.02
        factory.maxDelay = 0.1
        self._clean_up(factory, reactor.connectTCP(HOST, port, factory))
        return factory

    def connect_unix(self, factory):
        self._clean_up(factory, reactor.connectUNIX(PATH, factory))
        return factory

    def _clean_up(self, factory, connector):
        async def disconnect():
            factory.continueTrying = False
            factory.stopTrying()
            connector.disconnect()
            await self.eventually("the connection is closed", lambda: connector.state == "disconnected")

        self.addCleanup(disconnect)

    async def commands(self, **options):
        """A handler that is connected, as Synapse's lazyConnection gives it."""
        options.setdefault("password", PASSWORD)
        factory = self.connect(RedisFactory(uuid="test", dbid=None, poolsize=1, isLazy=True, replyTimeout=5, **options))
        await self.eventually("Redis lets us in", lambda: factory.pool)
        return factory.handler

    async def listener(self):
        factory = self.connect(ListenerFactory(password=PASSWORD))
        await self.eventually("the subscription is confirmed", lambda: factory.latest and factory.latest.subscribed)
        return factory

    async def eventually(self, what, predicate, within=10):
        deadline = reactor.seconds() + within
        while not predicate():
            if reactor.seconds() > deadline:
                self.fail(f"after {within} s still not: {what}")
            await deferLater(reactor, 0.005)
