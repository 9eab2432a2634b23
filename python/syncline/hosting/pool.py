"""A few threads for the code that would keep the server's loop from its other work."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")

_log = logging.getLogger("syncline.hosting")
MOST_THREADS = 32


class Pool:
    """Runs jobs on at most `most` threads, begun when they are needed.

    They are daemons: a callback that never ends must not keep the server from ending.
    """

    def __init__(self, most: int = MOST_THREADS, name: str = "syncline-pool") -> None:
        self.most = most
        self.name = name
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
            threading.Thread(target=self._serve, name=self.name, daemon=True).start()

    async def run(self, job: Callable[[], T]) -> T:
        """Run `job` on a thread and return what it does. Cancelled, one that has begun goes on."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def tell(result: Callable[[], None]) -> None:
            # The loop may have been closed meanwhile: nobody waits any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: None if done.done() else result())

        def work() -> None:
            if done.cancelled():
                return
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001  raised where it is awaited
                failed = error
                tell(lambda: done.set_exception(failed))
            else:
                tell(lambda: done.set_result(result))

        self(functools.partial(contextvars.copy_context().run, work))
        return await done

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
"""For what makes sessions and pages, and other short errands of the server."""
slow_callbacks = Pool(name="syncline-callbacks")
"""For callbacks that were seen to be slow: however many there are, a new visitor is served."""
workers = Pool(name="syncline-work")
"""For work that apps submit, which may take as long as it likes."""
