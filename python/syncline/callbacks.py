"""How the callbacks of a live document run beside code that is already running.

One at a time per document and in order: on the main thread when it is free, else on the
document's own thread. Nobody ever waits for a turn: whoever finds the turn taken leaves
its work to the one who has it, so a callback may start a thread, edit from it and join it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

GRACE_SECONDS = 0.05
"""How long the main thread may take to show that it is free; paid once per time it is busy."""
SLICE_SECONDS = 0.05
"""How long callbacks may keep a loop before it gets a turn for its other work."""

Job = Callable[[], None]
Policy = Literal["main", "any"]


class Config:
    """Settings of this process."""

    def __init__(self) -> None:
        self._callbacks: Policy = "any"

    @property
    def callbacks(self) -> Policy:
        """Where callbacks may run: `"main"` waits for the main thread, `"any"` does not."""
        return self._callbacks

    @callbacks.setter
    def callbacks(self, policy: Policy) -> None:
        if policy not in ("main", "any"):
            raise ValueError(f'expected "main" or "any", got {policy!r}')
        self._callbacks = policy


config = Config()


_here = threading.local()


@contextmanager
def deferred() -> Iterator[None]:
    """Let no callback run on this thread meanwhile: a carrier answers first, callbacks follow."""
    before = getattr(_here, "deferred", False)
    _here.deferred = True
    try:
        yield
    finally:
        _here.deferred = before


class Reporter(Protocol):
    """The part of a document that errors are given to."""

    def report(self, exc: BaseException, where: str, /) -> None:
        """Tell the author of an error."""


class Callbacks:
    """The queue of one document's callbacks; call it with a job.

    What an async callback does after it was called takes no turn (`spawn`): it runs beside the
    others, so that a loop in one button's callback can be ended by another button.
    """

    def __init__(self, document: Reporter, main: asyncio.AbstractEventLoop | None) -> None:
        self._document = document
        self._main = main
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        # The thread that has the turn.
        self._runner: int | None = None
        # When the main loop was asked to take the jobs; None once it has come round.
        self._asked_main: float | None = None
        self._thread: DocumentThread | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def __call__(self, job: Job) -> None:
        """Run `job`, now when this thread may, else as soon as its turn comes."""
        if self._runner == threading.get_ident():
            self._run(job)
            return
        with self._lock:
            if self._closed:
                return
            self._jobs.append(job)
        if self._at_home():
            self._drain(len(self._jobs))
        if self._jobs:
            self._call_for_runners()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on this thread's loop; without one, on the document's thread."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._own_thread().call(lambda: self.spawn(work))
            return
        task = loop.create_task(work)
        # A loop holds its tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def close(self) -> None:
        """Forget what waits and end the document's thread."""
        with self._lock:
            self._closed = True
            self._jobs.clear()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def _at_home(self) -> bool:
        if getattr(_here, "deferred", False):
            return False
        here = threading.current_thread()
        return here is threading.main_thread() or (
            self._thread is not None and here is self._thread.thread
        )

    def _call_for_runners(self) -> None:
        if self._runner is not None:
            # The runner looks into the queue again before it gives up the turn.
            return
        main = self._ask_main()
        if config.callbacks == "any" or not main:
            self._own_thread().call(self._claim)

    def _ask_main(self) -> bool:
        if self._main is None:
            return False
        if self._asked_main is None:
            self._asked_main = time.monotonic()
            try:
                self._main.call_soon_threadsafe(self._on_main)
            except RuntimeError:
                # The loop was closed: this process is ending, or never was a kernel.
                self._main = self._asked_main = None
                return False
        return True

    def _on_main(self) -> None:
        self._asked_main = None
        self._drain()
        if self._jobs and self._runner is None:
            self._ask_main()

    def _claim(self) -> None:
        asked = self._asked_main
        left = asked + GRACE_SECONDS - time.monotonic() if asked is not None else 0.0
        if not self._jobs:
            return
        if left > 0:
            self._own_thread().call_later(left, self._claim)
            return
        self._drain()
        if self._jobs and self._runner is None:
            self._own_thread().call(self._claim)

    def _own_thread(self) -> DocumentThread:
        with self._lock:
            if self._thread is None:
                self._thread = DocumentThread()
            return self._thread

    def _drain(self, most: int | None = None) -> None:
        """Take the turn if it is free; run jobs until there are none, or `most`, or for a slice."""
        end = time.monotonic() + SLICE_SECONDS
        while (job := self._next(most, end)) is not None:
            try:
                self._run(job)
            except BaseException:
                # An interrupt must not take the turn with it.
                self._runner = None
                raise
            if most is not None:
                most -= 1

    def _next(self, most: int | None, end: float) -> Job | None:
        """Return the next job while this thread has, or can take, the turn."""
        me = threading.get_ident()
        with self._lock:
            if self._runner not in (None, me):
                return None
            late = time.monotonic() > end if most is None else most <= 0
            if not self._jobs or (late and self._runner == me):
                self._runner = None
                return None
            self._runner = me
            return self._jobs.popleft()

    def _run(self, job: Job) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001  whatever a callback raises is its author's
            self._document.report(error, "callback")

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._document.report(error, "callback")


class DocumentThread:
    """A daemon thread with an event loop: where callbacks run while the main thread is busy."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="syncline-callbacks", daemon=True)
        self.thread.start()

    def call(self, job: Callable[[], object]) -> None:
        """Run `job` on the thread; any thread may ask."""
        try:
            self._loop.call_soon_threadsafe(job)
        except RuntimeError:
            # Stopped between the question and the call: its document was closed.
            return

    def call_later(self, seconds: float, job: Callable[[], object]) -> None:
        """Run `job` on the thread after a while; only on the thread itself."""
        self._loop.call_later(seconds, job)

    def stop(self) -> None:
        """End the thread; it finishes the callback it is in."""
        self.call(self._loop.stop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.close()
