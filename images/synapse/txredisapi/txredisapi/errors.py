"""What can go wrong with a command. Some names hide Python's own: they are txredisapi's names."""


class RedisError(Exception):
    """The base of all errors here."""


class ConnectionError(RedisError):
    """There is no connection to Redis, or it went away before the reply came."""


class ResponseError(RedisError):
    """Redis refused a command. The message is Redis's own, e.g. ``NOAUTH Authentication required.``"""


class TimeoutError(ConnectionError):
    """Redis did not reply in time; the connection was given up."""
