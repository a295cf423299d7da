"""Connections to one Redis, made again when they are lost."""

from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import ReconnectingClientFactory

from .errors import ConnectionError
from .handler import ConnectionHandler
from .protocol import RedisProtocol


class RedisFactory(ReconnectingClientFactory):
    """Give it to ``reactor.connectTCP``, ``connectUNIX`` or ``connectSSL``.

    Attributes:
        handler: sends commands over the connection.
        pool: the connections that Redis has let in.
        continueTrying: whether a lost connection is made again, with growing delays.
        maxDelay: the longest delay, in seconds.
    """

    maxDelay = 10
    noisy = False
    protocol = RedisProtocol

    def __init__(
        self,
        uuid,
        dbid,
        poolsize,
        isLazy=False,
        handler=ConnectionHandler,
        charset="utf-8",
        password=None,
        replyTimeout=None,
        convertNumbers=True,
    ):
        """
        Args:
            uuid: a name for people, e.g. ``redis:6379``.
            poolsize, isLazy: accepted for the interface's sake. The pool has one connection for each call of
                ``reactor.connect...``, and whoever wants to wait for it can.
            handler: the class of the handler.
            dbid, charset, password, replyTimeout, convertNumbers: see ``RedisProtocol``.
        """
        self.uuid = uuid
        self.poolsize = poolsize
        self.isLazy = isLazy
        self.pool = []
        self.handler = handler(self)
        self._waiting = []
        self._closing = {}
        self._options = {
            "charset": charset,
            "password": password,
            "dbid": dbid,
            "replyTimeout": replyTimeout,
            "convertNumbers": convertNumbers,
        }

    def buildProtocol(self, addr):
        connection = self.protocol(**self._options)
        connection.factory = self
        return connection

    def addConnection(self, connection):
        """Called by a connection that Redis has let in. Only then do the delays start from the smallest again."""
        self.resetDelay()
        self.pool.append(connection)
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(connection)

    def delConnection(self, connection):
        """Called by a connection that is gone."""
        if connection in self.pool:
            self.pool.remove(connection)
        if connection in self._closing:
            self._closing.pop(connection).callback(None)

    def nextConnection(self) -> Deferred:
        """Fires with the next connection that Redis lets in."""
        if not self.continueTrying:
            return fail(ConnectionError("Not connected to Redis"))
        deferred = Deferred()
        self._waiting.append(deferred)
        return deferred

    def giveUp(self):
        """Makes no new connections, unless a subclass insists on them, as Synapse's does."""
        self.continueTrying = False
        if not self.continueTrying:
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.errback(ConnectionError("Not connected to Redis"))

    def close(self, connection) -> Deferred:
        """Closes one connection. Fires when it is gone."""
        closed = self._closing[connection] = Deferred()
        connection.transport.loseConnection()
        return closed
