"""Runs all Synapse processes of a homeserver in one container, forked after the imports.

Most of what a Synapse process does until it is healthy is importing the same Python code as its neighbours. Synapse's own
fork launcher (synapse/app/complement_fork_starter.py) does that once and forks; its main() needs multiprocessing to fork,
which Python 3.14 no longer does by default, prepares a database even where there is nothing to prepare, and goes on when a
process ends. So its parts are used here, not its main():

    python3 fork_launcher.py [--wait-for-postgres] [--database-config=FILE] [--socket=PATH]... [-- NAME APP ARGUMENT...]...

    python3 fork_launcher.py \\
        -- main synapse.app.homeserver --config-path=/config/homeserver.yaml \\
        -- generic_worker1 synapse.app.generic_worker --config-path=/config/homeserver.yaml --config-path=/config/workers/generic_worker1.yaml

--wait-for-postgres: fork when Postgres takes connections, as start.py beside this file does for one process.
--socket: a Unix socket that a process will listen on; what a killed one left of it is removed, see start.py beside this file.
--database-config: a homeserver.yaml; its database gets its schema before anything starts. Leave it out where it has it.
Every line that a process prints starts with its name, e.g. "[generic_worker1] 2026-11-21 07:05:13 INFO ...".
When one process ends, the others are ended too: exit code 0 after SIGTERM or SIGINT, else that of the first to end.
"""

import gc
import importlib
import io
import itertools
import os
import signal
import sys

# What Synapse imports while it starts and not before.
LATE_IMPORTS = ("encodings.unicode_escape", "synapse.replication.tcp.redis", "synapse.rest.client.media")


class NamedLines(io.TextIOBase):
    """A text stream that puts a name before each line and writes whole lines, so that processes do not mix theirs."""

    def __init__(self, name: str, descriptor: int):
        self._prefix = f"[{name}] "
        self._descriptor = descriptor
        self._rest = ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        if lines:
            data = "".join(f"{self._prefix}{line}\n" for line in lines).encode(errors="backslashreplace")
            while data:
                data = data[os.write(self._descriptor, data) :]
        return len(text)

    def flush(self) -> None:
        pass

    def end_line(self) -> None:
        """Writes what has come of a line, so that the last words of a process are not lost."""
        if self._rest:
            self.write("\n")


def split_arguments(arguments: list[str]) -> list[list[str]]:
    """["--", "main", "app", "x", "--", "w", "app"] -> [["main", "app", "x"], ["w", "app"]]"""
    return [list(group) for is_argument, group in itertools.groupby(arguments, lambda a: a != "--") if is_argument]


def fork(name, function, arguments, proxied_reactor, masked_signals) -> int:
    """Starts function in a new process that believes to have been started with arguments. Returns its process id."""
    from synapse.app.complement_fork_starter import _worker_entrypoint

    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        sys.stdout = NamedLines(name, 1)
        sys.stderr = NamedLines(name, 2)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, masked_signals)
        gc.enable()
        _worker_entrypoint(function, proxied_reactor, arguments)
        code = 0
    except SystemExit as e:
        # What sys.exit takes: nothing, a number, or a text that is an error.
        code = e.code if isinstance(e.code, int) else int(e.code is not None)
        if code and not isinstance(e.code, int):
            print(e.code, file=sys.stderr)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in sys.stdout, sys.stderr:
            stream.end_line()
        # Not sys.exit: the launcher's own cleaning up is not the child's to do.
        os._exit(code)


def main() -> int:
    options = list(itertools.takewhile(lambda a: a != "--", sys.argv[1:]))
    processes = split_arguments(sys.argv[1 + len(options) :])
    database_config = [option.partition("=")[2] for option in options if option.startswith("--database-config=")]
    wait = "--wait-for-postgres" in options
    sockets = [option for option in options if option.startswith("--socket=")]
    if len(database_config) + len(sockets) + wait != len(options) or not processes or any(len(process) < 2 for process in processes):
        print("usage: fork_launcher.py [--wait-for-postgres] [--database-config=FILE] [--socket=PATH]... -- NAME APP ARGUMENT... [-- ...]", file=sys.stderr)
        return 2

    if sockets:
        from start import remove_sockets

        remove_sockets(sockets)

    # Nothing of what is imported will ever be garbage, so there is nothing to look for. Frozen objects are not looked at
    # later either, and looking would write to memory that the processes share until someone writes to it.
    gc.disable()

    # Every import of twisted.internet.reactor gets this; each process puts a reactor of its own behind it.
    from synapse.app.complement_fork_proxied_reactor import ProxiedReactor
    from twisted.internet.main import installReactor

    proxied_reactor = ProxiedReactor()
    installReactor(proxied_reactor)

    apps = {app: importlib.import_module(app) for _, app, *_ in processes}
    for module in LATE_IMPORTS:
        try:
            importlib.import_module(module)
        except ImportError:
            # Another version of Synapse has it elsewhere, and imports it itself.
            pass
    gc.freeze()
    if wait:
        from start import wait_for_postgres

        wait_for_postgres()

    # Held back until every process is there to be told.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)

    if database_config:
        from synapse._scripts import update_synapse_database

        arguments = ["update_synapse_database", "--database-config", database_config[0]]
        pid = fork("database", update_synapse_database.main, arguments, proxied_reactor, signals)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            print(f"[launcher] preparing the database failed with exit code {code}", file=sys.stderr)
            return 1

    running = {
        fork(name, apps[app].main, [app, *arguments], proxied_reactor, signals): name
        for name, app, *arguments in processes
    }
    return watch(running, signals)


def watch(running: dict[int, str], signals: set[signal.Signals]) -> int:
    """Waits for the processes; ends all when one ends or when told to. Returns the exit code."""
    result = None

    def end_all(number: int = signal.SIGTERM) -> None:
        for pid in running:
            os.kill(pid, number)

    def told_to_end(number, frame) -> None:
        nonlocal result
        result = 0
        end_all(number)

    for number in signals:
        signal.signal(number, told_to_end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    while running:
        pid, status = os.wait()
        # As process 1 of a container the launcher inherits the orphans of others.
        name = running.pop(pid, None)
        if name is None:
            continue
        if result is None:
            result = os.waitstatus_to_exitcode(status)
            # A signal's number is negative there, and a shell would say 128 + number; 0 is no success for a server.
            result = 128 - result if result < 0 else result or 1
            print(f"[launcher] {name} ended with exit code {result}, so all processes are ended", file=sys.stderr, flush=True)
            end_all()
    return result or 0


if __name__ == "__main__":
    sys.exit(main())
