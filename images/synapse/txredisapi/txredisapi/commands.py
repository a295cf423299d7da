"""The Redis commands that Synapse sends, in terms of ``execute_command``."""

from twisted.internet.defer import Deferred


class Commands:
    """Whatever can execute a command gets these; keys and values are str, bytes or numbers."""

    def execute_command(self, *words) -> Deferred:
        """Sends one command, e.g. ``execute_command("GET", "key")``.

        The Deferred fires with the reply, or fails with a ``ResponseError`` or a ``ConnectionError``.
        """
        raise NotImplementedError

    def ping(self) -> Deferred:
        return self.execute_command("PING")

    def publish(self, channel, message) -> Deferred:
        """Fires with the number of subscribers that got the message."""
        return self.execute_command("PUBLISH", channel, message)

    def get(self, key) -> Deferred:
        """Fires with the value, or None where there is none (any more)."""
        return self.execute_command("GET", key)

    def set(
        self, key, value, expire=None, pexpire=None, only_if_not_exists=False, only_if_exists=False
    ) -> Deferred:
        """Stores a value, for ``expire`` seconds or ``pexpire`` milliseconds where given.

        Fires with ``OK``, or with None where a condition was not met.
        """
        words = ["SET", key, value]
        if expire:
            words += ["EX", expire]
        if pexpire:
            words += ["PX", pexpire]
        if only_if_not_exists:
            words.append("NX")
        if only_if_exists:
            words.append("XX")
        return self.execute_command(*words)
