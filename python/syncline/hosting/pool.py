"""A few threads for the callbacks that would keep the server's loop from its other work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

_log = logging.getLogger("syncline.hosting")
MOST_THREADS = 32


class Pool:
    """Runs jobs on at most `most` threads, begun when they are needed.

    They are daemons: a callback that never ends must not keep the server from ending.
    """

    def __init__(self, most: int = MOST_THREADS) -> None:
        self.most = most
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._free = 0

    def __call__(self, job: Callable[[], object]) -> None:
        """Run `job` on a thread, in the order of the calls."""
        with self._lock:
            new = self._free <= 0 and self._threads < self.most
            self._threads += new
            # A thread that is about to begin takes this job or another.
            self._free += new - 1
        self._jobs.put(job)
        if new:
            threading.Thread(target=self._serve, name="syncline-pool", daemon=True).start()

    def _serve(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except Exception:  # noqa: BLE001 - logged
                _log.exception("a job of the pool failed")
            # Not to keep a closed session alive while there is nothing to do.
            del job
            with self._lock:
                self._free += 1


pool = Pool()
"""The one of this process."""
