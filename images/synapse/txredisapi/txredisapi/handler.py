"""What callers hold on to: a handle that outlives the connections."""

from twisted.internet.defer import Deferred, gatherResults

from .commands import Commands


class ConnectionHandler(Commands):
    """Sends commands over a factory's connection, whichever it has at the time.

    A command that finds no connection waits for one, for as long as the factory goes on trying; Synapse's workers count
    on that when they start: they send REPLICATE over this when the subscribing connection, another one, is ready.
    """

    def __init__(self, factory):
        self._factory = factory

    def execute_command(self, *words) -> Deferred:
        if self._factory.pool:
            return self._factory.pool[0].execute_command(*words)
        return self._factory.nextConnection().addCallback(lambda connection: connection.execute_command(*words))

    def disconnect(self) -> Deferred:
        """Closes the connections and makes no new ones. Fires when all are closed."""
        self._factory.giveUp()
        self._factory.stopTrying()
        return gatherResults([self._factory.close(connection) for connection in list(self._factory.pool)])

    def __repr__(self):
        return f"<Redis at {self._factory.uuid}, connections: {len(self._factory.pool)}>"


class UnixConnectionHandler(ConnectionHandler):
    """The same over a Unix socket: the factory's ``uuid`` is its path then."""
