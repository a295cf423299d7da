"""Stands in for a Synapse process in the tests of the fork launcher: says how it was started, and waits. No database is needed for that.

    stand_in [--deaf] [--greedy] ...    --deaf: does not hear SIGTERM. --greedy: wants a gigabyte of memory.
"""

import signal
import sys

from twisted.internet import reactor


def main() -> None:
    print(f"runs with {' '.join(sys.argv[1:])}")
    if "--deaf" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "--greedy" in sys.argv:
        reactor.callWhenRunning(lambda: b"x" * (1 << 30))
    reactor.run(installSignalHandlers="--deaf" not in sys.argv)
