"""Runs all Synapse processes of a homeserver in one container, forked after the imports, and looks after each by itself.

Most of what a Synapse process does until it is healthy is importing the same Python code as its neighbours. Synapse's own
fork launcher (synapse/app/complement_fork_starter.py) does that once and forks; its main() needs multiprocessing to fork,
which Python 3.14 no longer does by default, prepares a database even where there is nothing to prepare, and cannot start a
process again. So its parts are used here, not its main():

    python3 fork_launcher.py [--wait-for-postgres] [--database-config=FILE] -- NAME [--socket=PATH]... APP ARGUMENT... [-- ...]

    python3 fork_launcher.py \\
        -- main synapse.app.homeserver --config-path=/config/homeserver.yaml \\
        -- generic_worker1 synapse.app.generic_worker --config-path=/config/homeserver.yaml --config-path=/config/workers/generic_worker1.yaml

--wait-for-postgres: start a process when Postgres takes connections, as start.py beside this file does.
--database-config: a homeserver.yaml; its database gets its schema before anything starts. Leave it out where it has it.
--socket: a Unix socket that the process will listen on; what a killed one left of it is removed, see start.py beside this file.
Every line that a process prints starts with its name, e.g. "[generic_worker1] 2026-11-21 07:05:13 INFO ...".

A process that ends stays ended, as a container would that nobody starts again, and the others go on:

    [launcher] generic_worker1 ended with exit code 1
    [launcher] generic_worker1 ended with exit code 137, after it was told to kill
    [launcher] generic_worker1 ended with exit code 137, for lack of memory
    [launcher] generic_worker1 is started again
    [launcher] generic_worker1 was paused
    [launcher] generic_worker1 goes on

processes.py beside this file tells how they fare, and makes one of them, or all at once, end, start again from what is imported
already, or stand still. The launcher itself ends when it gets SIGTERM or SIGINT, once all processes have ended; with exit code 0.
"""

import gc
import importlib
import io
import itertools
import json
import os
import selectors
import signal
import socket
import sys
import time

from processes import SOCKET
from start import remove_sockets, wait_for_postgres

# What Synapse imports while it starts and not before.
LATE_IMPORTS = ("encodings.unicode_escape", "synapse.replication.tcp.redis", "synapse.rest.client.media")

# Seconds from SIGTERM to SIGKILL, as the lab's containers have it.
GRACE = 5

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}

# The verbs, and when what one wants of a process is so; starts: how often that had been started when it was told.
VERBS = {
    "kill": lambda process, starts: not process.runs or process.starts > starts,
    "stop": lambda process, starts: not process.runs or process.starts > starts,
    "start": lambda process, starts: True,
    # Or told otherwise meanwhile.
    "restart": lambda process, starts: process.starts > starts or not process.runs,
    "pause": lambda process, starts: process.state != "running",
    "unpause": lambda process, starts: process.state != "paused",
}


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


def say(text: str) -> None:
    print(f"[launcher] {text}", file=sys.stderr, flush=True)


def fork(name, function, arguments, proxied_reactor, before=lambda: None) -> int:
    """Starts function in a new process that believes to have been started with arguments. Returns its process id."""
    from synapse.app.complement_fork_starter import _worker_entrypoint

    # Not before the new process has handlers of its own: the launcher's would tell the launcher.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        raise
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return pid
    code = 1
    # Kept here: once a process logs, its log stands in the places of both.
    streams = NamedLines(name, 1), NamedLines(name, 2)
    try:
        sys.stdout, sys.stderr = streams
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        before()
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
        for stream in streams:
            stream.end_line()
        # Not sys.exit: the launcher's own cleaning up is not the child's to do.
        os._exit(code)


def exit_code(status: int) -> int:
    """Of what wait told: the exit code, or 128 + the number of the signal that ended the process, as shells and engines say it."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def killed_for_memory() -> int:
    """How many processes of this container the kernel has killed for lack of memory; 0 where it does not tell."""
    # Of cgroup version 2 and 1: "low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\n", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n".
    for path in "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control":
        try:
            with open(path) as lines:
                return sum(int(number) for name, number in map(str.split, lines) if name == "oom_kill")
        except OSError:
            pass
    return 0


class Process:
    """One Synapse process: how it is started, and how it fares."""

    def __init__(self, group: list[str]):
        """group: ["generic_worker1", "--socket=/run/...", "synapse.app.generic_worker", "--config-path=..."]"""
        self.name, *rest = group
        self.sockets = list(itertools.takewhile(lambda argument: argument.startswith("--socket="), rest))
        self.arguments = rest[len(self.sockets) :]
        self.pid = 0
        self.starts = 0
        self.state = "ended"
        self.since = self.started = time.time()
        # Of one that has ended: its exit code, and why it ended, where that is known.
        self.exit_code = 0
        self.cause = ""
        # The verb that ends it; empty: nobody told it to end.
        self.told = ""
        self.kill_at = None

    @property
    def runs(self) -> bool:
        return self.state != "ended"

    def turn(self, state: str) -> None:
        self.state = state
        self.since = time.time()

    def signal(self, number: signal.Signals) -> None:
        # Only the launcher reaps, so a process that has not been reaped still has its number.
        os.kill(self.pid, number)

    def describe(self) -> dict:
        """{"name": "generic_worker1", "state": "running", "since": 1763708713.25, "started": 1763708713.25, "pid": 17}: state is running,
        paused or ended, and since when, in seconds since 1970; when it was started; its number in the container. Of one that has ended, in
        place of the number: "exit_code": 137, "cause": "for lack of memory"; an empty cause: it ended by itself."""
        fate = {"pid": self.pid} if self.runs else {"exit_code": self.exit_code, "cause": self.cause}
        return {"name": self.name, "state": self.state, "since": self.since, "started": self.started, **fate}

    def usage(self) -> dict:
        """{"cpu_seconds": 3.21, "proportional_bytes": 41943040}: processor time since its start; memory that it has alone, and its part of
        what it shares with others, such as the code that was imported once for all (PSS of proc(5)). Empty where it has ended."""
        if not self.runs:
            return {}
        try:
            with open(f"/proc/{self.pid}/stat") as stat, open(f"/proc/{self.pid}/smaps_rollup") as rollup:
                # 17 (python3) S 1 ...: fields 14 and 15 are user and system time in ticks; the first after the bracket is field 3.
                fields = stat.read().rpartition(")")[2].split()
                # "Pss:               41216 kB"
                memory = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
                return {"cpu_seconds": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), "proportional_bytes": memory * 1024}
        except (OSError, StopIteration):
            return {}


class Launcher:
    """Forks the processes, hears of their ends, and does to them what processes.py asks for."""

    def __init__(self, processes: list[Process], proxied_reactor, wait_for_postgres: bool):
        self._processes = {process.name: process for process in processes}
        self._apps = {process.arguments[0]: importlib.import_module(process.arguments[0]) for process in processes}
        self._proxied_reactor = proxied_reactor
        self._wait_for_postgres = wait_for_postgres
        self._ends = False
        self._killed_for_memory = killed_for_memory()
        # Who asked for something that is not so yet: connection, processes with how often each had been started, and what is awaited of them.
        self._waiting = []
        self._selector = selectors.PollSelector()
        # Signals come as bytes with their numbers, among all else that the loop waits for.
        self._signalled, self._wakeup = socket.socketpair()

    def run(self) -> None:
        """Ends when all processes have ended after SIGTERM or SIGINT."""
        for end in self._signalled, self._wakeup:
            end.setblocking(False)
        for number in SIGNALS:
            signal.signal(number, lambda number, frame: None)
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._signalled, selectors.EVENT_READ, self._read_signals)
        self._selector.register(self._listen(), selectors.EVENT_READ, self._accept)

        for process in self._processes.values():
            self._start(process)
        while not self._ends or any(process.runs for process in self._processes.values()):
            for key, _ in self._selector.select(self._seconds_to_kill()):
                key.data(key.fileobj)
            self._kill_overdue()
            self._answer_waiting()

    def _listen(self) -> socket.socket:
        try:
            # Left by a run of the container before.
            os.unlink(SOCKET)
        except FileNotFoundError:
            pass
        listener = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        listener.bind(SOCKET)
        os.umask(before)
        listener.listen()
        listener.setblocking(False)
        return listener

    def _start(self, process: Process, again: bool = False) -> None:
        def before() -> None:
            # What the launcher listens on is not the process's.
            registered = [key.fileobj for key in self._selector.get_map().values()]
            for mine in self._wakeup, *registered, *(connection for connection, *_ in self._waiting):
                mine.close()
            remove_sockets(process.sockets)
            if again and self._wait_for_postgres:
                wait_for_postgres()

        app, *_ = process.arguments
        if again:
            say(f"{process.name} is started again")
        try:
            process.pid = fork(process.name, self._apps[app].main, process.arguments, self._proxied_reactor, before)
        except OSError as e:
            self._ended(process, os.EX_OSERR, f"since it could not be forked: {e.strerror}")
            return
        process.starts += 1
        process.told = ""
        process.turn("running")
        process.started = process.since

    def _read_signals(self, signalled: socket.socket) -> None:
        numbers = set(signalled.recv(4096))
        if numbers & {signal.SIGTERM, signal.SIGINT}:
            self._ends = True
            for process in self._processes.values():
                self._end(process, signal.SIGTERM, "stop")
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            # As process 1 of a container the launcher inherits the orphans of others, too.
            process = next((one for one in self._processes.values() if one.runs and one.pid == pid), None)
            if process is None:
                continue
            if os.WIFSTOPPED(status):
                process.turn("paused")
                say(f"{process.name} was paused")
            elif os.WIFCONTINUED(status):
                process.turn("running")
                say(f"{process.name} goes on")
            else:
                self._ended(process, exit_code(status), self._cause(process, status))
                if process.told == "restart" and not self._ends:
                    self._start(process, again=True)

    def _cause(self, process: Process, status: int) -> str:
        known, self._killed_for_memory = self._killed_for_memory, killed_for_memory()
        if process.told:
            return f"after it was told to {process.told}"
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return "for lack of memory" if killed and self._killed_for_memory > known else ""

    @staticmethod
    def _ended(process: Process, code: int, cause: str) -> None:
        process.exit_code, process.cause, process.kill_at = code, cause, None
        process.turn("ended")
        say(f"{process.name} ended with exit code {code}{cause and f', {cause}'}")

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            # Whoever it was is gone.
            return
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, self._read_request)

    def _read_request(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        try:
            # A line is short and written at once, so it arrives at once.
            words = connection.recv(4096).decode(errors="replace").split()
        except OSError:
            words = []
        match words:
            case ["states"]:
                self._answer(connection, {"processes": [process.describe() for process in self._processes.values()]})
            case ["usage"]:
                self._answer(connection, {"processes": [process.describe() | process.usage() for process in self._processes.values()]})
            case [verb, name] if name not in self._processes:
                self._answer(connection, {"error": f"there is no process {name} here, but {', '.join(self._processes)}"})
            case [_, *names] if self._ends and len(names) < 2:
                self._answer(connection, {"error": "all processes of this container are being ended"})
            case [verb]:
                self._do(connection, verb, list(self._processes.values()))
            case [verb, name]:
                self._do(connection, verb, [self._processes[name]])
            case _:
                self._answer(connection, {"error": f"not understood: {' '.join(words)}"})

    def _do(self, connection: socket.socket, verb: str, processes: list[Process]) -> None:
        if verb not in VERBS:
            self._answer(connection, {"error": f"there is no verb {verb}, but {', '.join(VERBS)}"})
            return
        self._waiting.append((connection, [(process, process.starts) for process in processes], VERBS[verb]))
        for process in processes:
            self._tell(process, verb)

    def _tell(self, process: Process, verb: str) -> None:
        match verb:
            case "kill":
                self._end(process, signal.SIGKILL, verb)
            case "stop":
                self._end(process, signal.SIGTERM, verb)
            case "restart" if process.runs:
                self._end(process, signal.SIGTERM, verb)
            case "start" | "restart" if not process.runs:
                self._start(process, again=True)
            case "pause" if process.state == "running":
                process.signal(signal.SIGSTOP)
            case "unpause" if process.state == "paused":
                process.signal(signal.SIGCONT)

    def _end(self, process: Process, number: signal.Signals, verb: str) -> None:
        if not process.runs:
            return
        process.told = verb
        process.signal(number)
        if number != signal.SIGKILL:
            # A process that stands still would not hear of it.
            process.signal(signal.SIGCONT)
            process.kill_at = process.kill_at or time.monotonic() + GRACE

    def _seconds_to_kill(self) -> float | None:
        times = [process.kill_at for process in self._processes.values() if process.kill_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _kill_overdue(self) -> None:
        for process in self._processes.values():
            if process.kill_at is not None and process.kill_at <= time.monotonic():
                process.kill_at = None
                process.signal(signal.SIGKILL)

    def _answer_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection, told, reached in waiting:
            if all(reached(process, starts) for process, starts in told):
                self._answer(connection, {"processes": [process.describe() for process, _ in told]})
            else:
                self._waiting.append((connection, told, reached))

    @staticmethod
    def _answer(connection: socket.socket, reply: dict) -> None:
        with connection:
            try:
                connection.sendall(f"{json.dumps(reply)}\n".encode())
                # Closing would not do: a process forked meanwhile may have it, too.
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                # Who asked does not listen any more.
                pass


def main() -> int:
    options = list(itertools.takewhile(lambda a: a != "--", sys.argv[1:]))
    # ["--", "main", "app", "x", "--", "w", "app"] -> [["main", "app", "x"], ["w", "app"]]
    groups = [list(group) for is_argument, group in itertools.groupby(sys.argv[1 + len(options) :], lambda a: a != "--") if is_argument]
    processes = [Process(group) for group in groups]
    database_config = [option.partition("=")[2] for option in options if option.startswith("--database-config=")]
    wait = "--wait-for-postgres" in options
    if len(database_config) + wait != len(options) or not processes or not all(process.arguments for process in processes):
        print("usage: fork_launcher.py [--wait-for-postgres] [--database-config=FILE] -- NAME [--socket=PATH]... APP ARGUMENT... [-- ...]", file=sys.stderr)
        return 2

    # One stream for all, which keeps the order in which lines are written: what a process says last comes before its end is told.
    os.dup2(1, 2)

    # Process 1 of a container ignores signals without a handler. There is nothing to tidy up until processes are there.
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))

    # Nothing of what is imported will ever be garbage, so there is nothing to look for. Frozen objects are not looked at
    # later either, and looking would write to memory that the processes share until someone writes to it.
    gc.disable()

    # Every import of twisted.internet.reactor gets this; each process puts a reactor of its own behind it.
    from synapse.app.complement_fork_proxied_reactor import ProxiedReactor
    from twisted.internet.main import installReactor

    proxied_reactor = ProxiedReactor()
    installReactor(proxied_reactor)

    launcher = Launcher(processes, proxied_reactor, wait)
    for module in LATE_IMPORTS:
        try:
            importlib.import_module(module)
        except ImportError:
            # Another version of Synapse has it elsewhere, and imports it itself.
            pass
    gc.freeze()
    if wait:
        wait_for_postgres()

    if database_config:
        from synapse._scripts import update_synapse_database

        arguments = ["update_synapse_database", "--database-config", database_config[0]]
        pid = fork("database", update_synapse_database.main, arguments, proxied_reactor)
        code = exit_code(os.waitpid(pid, 0)[1])
        if code:
            say(f"preparing the database failed with exit code {code}")
            return 1

    launcher.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
