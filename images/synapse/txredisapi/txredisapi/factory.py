"""Connections to one Redis, made again when they are lost."""

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ReconnectingClientFactory

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

    def delConnection(self, connection):
        """Called by a connection that is gone."""
        if connection in self.pool:
            self.pool.remove(connection)
        if connection in self._closing:
            self._closing.pop(connection).callback(None)

    def close(self, connection) -> Deferred:
        """Closes one connection. Fires when it is gone."""
        closed = self._closing[connection] = Deferred()
        connection.transport.loseConnection()
        return closed
