"""Run the command line in a process that ends with its parent.

The parent holds the other end of standard input and never writes to it; the pipe closes when the
parent ends, also when it is killed.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def watch(descriptor: int) -> None:
    """Wait for the end of standard input, then ask this process to end."""
    while os.read(descriptor, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Watch the parent on a thread and become `syncline`."""
    descriptor = os.dup(sys.stdin.fileno())
    threading.Thread(target=watch, args=(descriptor,), daemon=True).start()
    sys.argv[0] = "syncline"
    runpy.run_module("syncline.cli", run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main()
