"""Starts one Synapse process of the lab: python3 start.py [--socket=PATH]... APP ARGUMENT...

Does what `python3 -m APP ARGUMENT...` does, and three things for a container that starts together with its database:
Synapse gives up at the first connection that Postgres refuses, so wait for Postgres once the imports are done; process 1 of a
container ignores signals without a handler, so end on SIGTERM also before Synapse has one; and while everything is imported
nothing is garbage, so do not look for any (a fifth of the time).

--socket: a Unix socket that the process will listen on. What a killed process left of it is removed: Twisted takes a lock beside
it for held as long as a process of the lock's number lives, and in a container numbers come again (twisted.python.lockfile).
"""

import gc
import importlib
import os
import signal
import socket
import struct
import sys
import time

# Another name where the lab shares its network with others.
POSTGRES = (os.environ.get("LAB_POSTGRES", "postgres"), 5432)
DEADLINE = 60


def postgres_is_ready() -> bool:
    """Asks as a client would: start-up packet of protocol 3.0; it replies R (which password?) when ready, E while it starts."""
    parameters = b"user\0synapse\0database\0postgres\0\0"
    try:
        with socket.create_connection(POSTGRES, timeout=5) as connection:
            connection.sendall(struct.pack("!ii", 8 + len(parameters), 3 << 16) + parameters)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def wait_for_postgres() -> None:
    end = time.monotonic() + DEADLINE
    # Nothing in a container is told when a server elsewhere begins to listen, so ask; usually it is there at the first look.
    while not postgres_is_ready():
        if time.monotonic() > end:
            print(f"start.py: Postgres took no connections for {DEADLINE} s; Synapse will say why", file=sys.stderr, flush=True)
            return
        time.sleep(0.02)


def remove_sockets(options: list[str]) -> None:
    """["--socket=/run/synapse/hs1/client/main.sock"]: removes the socket and its lock, which is a symbolic link."""
    for option in options:
        path = option.partition("=")[2]
        for left in path, path + ".lock":
            try:
                os.unlink(left)
            except FileNotFoundError:
                pass


def main() -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
    gc.disable()
    sockets = [argument for argument in sys.argv[1:] if argument.startswith("--socket=")]
    remove_sockets(sockets)
    del sys.argv[1 : 1 + len(sockets)]
    app = importlib.import_module(sys.argv[1])
    gc.freeze()
    gc.enable()
    wait_for_postgres()
    sys.argv = sys.argv[1:]
    app.main()


if __name__ == "__main__":
    main()
