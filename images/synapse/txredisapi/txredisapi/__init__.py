"""The part of txredisapi that Synapse uses, on Twisted and hiredis.

Debian packages Synapse but not txredisapi, which Synapse needs for replication between workers. This module answers
to the names, arguments and behaviour that Synapse's ``synapse/replication/tcp/redis.py`` and
``synapse/replication/tcp/external_cache.py`` rely on, and to nothing else. The official image has the real one.
"""

from .errors import ConnectionError, RedisError, ResponseError, TimeoutError
from .factory import RedisFactory
from .handler import ConnectionHandler, UnixConnectionHandler
from .protocol import RedisProtocol
from .subscriber import SubscriberProtocol

__all__ = [
    "ConnectionError",
    "ConnectionHandler",
    "RedisError",
    "RedisFactory",
    "RedisProtocol",
    "ResponseError",
    "SubscriberProtocol",
    "TimeoutError",
    "UnixConnectionHandler",
]
