"""Asks the fork launcher of this container for its processes, or tells it to do something to one of them or to all.

    python3 processes.py                            # how each fares
    python3 processes.py usage                      # that, and what each has used
    python3 processes.py VERB NAME                  # kill, stop, start, restart, pause, unpause
    python3 processes.py VERB                       # the same to all at once

From outside of the container, for example: docker compose exec hs1 python3 /config/processes.py kill generic_worker1

Prints one JSON object: {"processes": [...]}, see Process.describe in fork_launcher.py, of the process named or of all; or
{"error": "..."}. Exit codes: 0 done, 1 it could not be done, 2 wrong use, 3 the launcher does not answer: it has not yet imported all.
"""

import socket
import sys

# In the container's own file system, and made so that only the launcher's user may open it.
SOCKET = "/tmp/fork_launcher.sock"


def main() -> int:
    words = sys.argv[1:]
    if len(words) > 2 or any(not word or word.split() != [word] for word in words):
        print("usage: processes.py [usage | kill|stop|start|restart|pause|unpause [NAME]]", file=sys.stderr)
        return 2
    with socket.socket(socket.AF_UNIX) as launcher:
        try:
            # The longest verb waits until a process that was told to end is killed.
            launcher.settimeout(30)
            launcher.connect(SOCKET)
            launcher.sendall(f"{' '.join(words or ['states'])}\n".encode())
            reply = launcher.makefile().read()
        except OSError as e:
            print(f'{{"error": "the fork launcher does not answer: {e.strerror or e}"}}')
            return 3
    print(reply, end="")
    return 0 if reply.startswith('{"processes"') else 1


if __name__ == "__main__":
    sys.exit(main())
