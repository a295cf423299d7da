"""A connection that listens to channels."""

import logging

from twisted.internet.defer import Deferred

from .protocol import RedisProtocol

logger = logging.getLogger(__name__)


class SubscriberProtocol(RedisProtocol):
    """Calls ``messageReceived`` for each message on the channels subscribed to.

    A connection that has subscribed can only PING and subscribe to more.
    """

    def subscribe(self, channels) -> Deferred:
        """Listens to a channel or a list of channels. Fires when Redis has confirmed all of them."""
        if isinstance(channels, (str, bytes)):
            channels = [channels]
        # Redis confirms each channel by a reply of its own, e.g. [b"subscribe", b"example.com", 1].
        return self.execute_command("SUBSCRIBE", *channels, replies=len(channels))

    def messageReceived(self, pattern, channel, message):
        """For subclasses. ``pattern`` is always None: nothing here subscribes to patterns."""

    def replyReceived(self, reply):
        # Messages come between the replies, e.g. [b"message", b"example.com", b"RDATA events master 5 []"].
        if isinstance(reply, list) and reply[0] == b"message":
            _, channel, message = reply
            try:
                self.messageReceived(None, self._text(channel), self._text(message))
            except Exception:
                # One bad message must not cost the connection.
                logger.exception("Failed to take a message on %r", channel)
        else:
            super().replyReceived(reply)
