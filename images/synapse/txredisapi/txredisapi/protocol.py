"""One connection to Redis: commands out, replies in, in the same order."""

import logging
import re
from collections import deque

import hiredis
from twisted.internet.defer import Deferred, fail, gatherResults
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin

from .commands import Commands
from .errors import ConnectionError, ResponseError, TimeoutError

logger = logging.getLogger(__name__)

_NOTHING_YET = object()
_INTEGER = re.compile(rb"-?(0|[1-9][0-9]{0,17})")


class RedisProtocol(Commands, TimeoutMixin, Protocol):
    """Speaks RESP2, the protocol that Redis speaks to whoever does not ask for another."""

    def __init__(self, charset="utf-8", password=None, dbid=None, replyTimeout=None, convertNumbers=True):
        """
        Args:
            charset: how text is encoded; None leaves replies as bytes.
            password: for AUTH as the default user; None or "" where Redis asks for none.
            dbid: number of the database to SELECT; None leaves Redis's default.
            replyTimeout: seconds without any reply to a command after which the connection counts as dead.
            convertNumbers: whether a reply that is the text of an integer becomes an int, e.g. ``b"-3"``.
        """
        self.charset = charset
        self.password = password
        self.dbid = dbid
        self.replyTimeout = replyTimeout
        self.convertNumbers = convertNumbers
        self._reader = hiredis.Reader(replyError=ResponseError, notEnoughData=_NOTHING_YET)
        self._unanswered = deque()

    # What Twisted calls

    def connectionMade(self):
        # Everything is sent at once: a subclass may send its first command as soon as this returns,
        # and Redis takes the commands of a connection one after the other.
        greetings = []
        if self.password:
            greetings.append(self.execute_command("AUTH", self.password))
        if self.dbid is not None:
            greetings.append(self.execute_command("SELECT", self.dbid))
        gatherResults(greetings, consumeErrors=True).addCallbacks(
            lambda _: self.factory.addConnection(self), self._refused
        )

    def dataReceived(self, data):
        self.resetTimeout()
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _NOTHING_YET:
                self.replyReceived(reply)
        except hiredis.ProtocolError as e:
            logger.error("What answers is not Redis, closing the connection: %s", e)
            self.transport.abortConnection()

    def timeoutConnection(self):
        self._fail_unanswered(TimeoutError(f"Redis did not reply within {self.replyTimeout} s"))
        self.transport.abortConnection()

    def connectionLost(self, reason=connectionDone):
        self.connected = 0
        self.factory.delConnection(self)
        self._fail_unanswered(ConnectionError(f"Lost the connection to Redis: {reason.getErrorMessage()}"))

    # Commands and replies

    def execute_command(self, *words, replies=1) -> Deferred:
        """Sends a command to which Redis gives ``replies`` replies; the Deferred fires with the last of them."""
        if not self.connected:
            return fail(ConnectionError("Not connected to Redis"))
        reply = Deferred()
        self._unanswered.append([reply, replies])
        self.transport.write(hiredis.pack_command(tuple(map(self._encode, words))))
        if self.timeOut is None:
            self.setTimeout(self.replyTimeout)
        return reply

    def replyReceived(self, reply):
        """Takes one reply off the wire: bytes, int, None, a list of these, or a ResponseError."""
        if not self._unanswered:
            logger.error("Redis sent a reply to nothing, closing the connection: %r", reply)
            self.transport.abortConnection()
            return
        command = self._unanswered[0]
        command[1] -= 1
        refused = isinstance(reply, ResponseError)
        # A command that is refused gets one reply, however many it would have had.
        if command[1] > 0 and not refused:
            return
        self._unanswered.popleft()
        if not self._unanswered:
            self.setTimeout(None)
        if refused:
            command[0].errback(reply)
        else:
            command[0].callback(self._decode(reply))

    def _refused(self, failure):
        # gatherResults wraps the first error.
        error = failure.value.subFailure.value
        if isinstance(error, ResponseError):
            logger.error("Redis refused the connection: %s", error)
            self.factory.giveUp()
            self.transport.loseConnection()

    def _fail_unanswered(self, error):
        self.setTimeout(None)
        unanswered, self._unanswered = self._unanswered, deque()
        for reply, _ in unanswered:
            reply.errback(error)

    def _encode(self, word) -> bytes:
        if isinstance(word, bytes):
            return word
        return str(word).encode(self.charset or "utf-8")

    def _decode(self, reply):
        if isinstance(reply, list):
            return [self._decode(item) for item in reply]
        if not isinstance(reply, bytes):
            return reply
        # Synapse counts on this, see ExternalCache.get.
        if self.convertNumbers and _INTEGER.fullmatch(reply):
            return int(reply)
        return self._text(reply)

    def _text(self, reply: bytes):
        if self.charset is None:
            return reply
        try:
            return reply.decode(self.charset)
        except UnicodeDecodeError:
            return reply
