"""How the callbacks of a live document run beside code that is already running.

On the main thread when it is free, else on the document's own thread, where there are threads;
whose turn it is the document knows (`document.observers`). Nobody ever waits for a turn, so a
callback may start a thread, edit from it and join it.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.document import Document

GRACE_SECONDS = 0.05
"""How long the main thread may take to show that it is free; paid once per time it is busy."""
SLICE_SECONDS = 0.05
"""How long callbacks may keep a loop before it gets a turn for its other work."""
PAUSE_SECONDS = 0.005
"""What a loop gets after that to read what came meanwhile, so that it is merged and not queued."""

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


@contextmanager
def interruptible() -> Iterator[None]:
    """Let an interrupt reach what runs between the cells of a kernel, where it is ignored."""
    on_main = threading.current_thread() is threading.main_thread()
    if not on_main or signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


class Callbacks:
    """Decides where the callbacks of one document run in a kernel; `main` is its main loop.

    `context` makes the context of those that no running code calls: it has their output. `made` is
    called after such calls, on their thread: who waits for them is answered without a turn more.
    With `alone` the main loop, which is this thread's, makes all calls: no other helps while it is
    busy.
    """

    def __init__(
        self,
        document: Document,
        main: asyncio.AbstractEventLoop | None,
        context: Callable[[], Context] = Context,
        made: Callable[[], object] = lambda: None,
        *,
        alone: bool = False,
    ) -> None:
        self._document = document
        self._observers = document.observers
        self._main = main
        self._context = context
        self._made = made
        self._alone = alone
        self._home = threading.current_thread() if alone else threading.main_thread()
        # When the main loop was asked to run callbacks; None once it has come round.
        self._asked_main: float | None = None
        self._asked_thread = False
        # After slow callbacks the main loop reads what came, before it makes more calls.
        self._paused_until = 0.0
        self._lock = threading.Lock()
        self._own: OwnLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        document.dispatch = self.run
        document.spawn = self.spawn
        document.later = self.later

    def run(self) -> None:
        """Run what waits, now when this thread may, else as soon as another can."""
        if self._closed:
            self._observers.forget()
            return
        try:
            if not getattr(_here, "deferred", False):
                self._run_here()
        finally:
            # An interrupt ends one callback, not those behind it.
            self._call_for_runners()

    def _run_here(self) -> None:
        here = threading.current_thread()
        # What waits now, and for a while what follows from it; others' changes may go on for ever.
        last = self._observers.waiting.last
        if here is self._home:
            self._observers.run(upto=last, seconds=SLICE_SECONDS)
        elif self._own is not None and here is self._own.thread:
            self._observers.run(main=False, upto=last, seconds=SLICE_SECONDS)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on this thread's loop; without one, on the document's own."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._own_loop().call(lambda: self.spawn(work))
            return
        task = loop.create_task(work)
        # A loop holds its tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, seconds: float, fn: Callable[[], None]) -> Callable[[], object]:
        """Call `fn` after a while, also while a cell runs if the document's thread keeps the time.

        A method is called as long as somebody else has its object: time keeps no document alive.
        """
        known = weakref.WeakMethod(fn) if inspect.ismethod(fn) else lambda: fn

        def tick() -> None:
            if (alive := known()) is not None:
                # The main thread comes first, as always.
                with deferred():
                    alive()

        if not self._closed:
            own = self._own_loop()
            own.call(lambda: own.call_later(seconds, tick))
        return lambda: None

    def close(self) -> None:
        """Forget what waits and end the document's thread."""
        with self._lock:
            self._closed = True
            own, self._own = self._own, None
        self._observers.forget()
        if own is not None:
            own.stop()

    def _call_for_runners(self) -> None:
        """Ask those for a turn who may make the calls that wait."""
        observers = self._observers
        if self._closed or observers.next() is None:
            # Or somebody has the turn, who comes here too after giving it up.
            return
        if not self._ask_main() or observers.next(main=False) is not None:
            self._ask_thread()

    def _ask_main(self) -> bool:
        if self._main is None:
            return False
        if self._asked_main is None:
            self._asked_main = now = time.monotonic()
            pause = self._paused_until - now
            try:
                if pause > 0:
                    self._main.call_soon_threadsafe(self._main.call_later, pause, self._on_main)
                else:
                    self._main.call_soon_threadsafe(self._on_main)
            except RuntimeError:
                # The loop was closed: this process is ending, or never was a kernel.
                self._main = self._asked_main = None
                return False
        return True

    def _on_main(self) -> None:
        self._asked_main = None
        began = time.monotonic()
        try:
            self._context().run(self._run_on_main)
            # Not interruptible as the calls are: half an answer is none.
            self._made()
        finally:
            now = time.monotonic()
            if now - began > SLICE_SECONDS:
                self._paused_until = now + PAUSE_SECONDS
            self._call_for_runners()

    def _run_on_main(self) -> None:
        try:
            with interruptible():
                self._observers.run(seconds=SLICE_SECONDS)
        except KeyboardInterrupt as error:
            # There is no cell that it could end, and the loop is not to end.
            self._document.report(error, "(interrupted)")

    def _ask_thread(self) -> None:
        if not self._asked_thread:
            self._asked_thread = True
            self._own_loop().call(self._on_thread)

    def _on_thread(self) -> None:
        asked = self._asked_main
        left = asked + GRACE_SECONDS - time.monotonic() if asked is not None else 0.0
        if left > 0:
            self._own_loop().call_later(left, self._on_thread)
            return
        self._asked_thread = False
        try:
            self._context().run(self._observers.run, main=self._main is None, seconds=SLICE_SECONDS)
            self._made()
        finally:
            self._call_for_runners()

    def _own_loop(self) -> OwnLoop:
        with self._lock:
            if self._own is None:
                main = self._main if self._alone else None
                self._own = own = DocumentThread() if main is None else OwnLoop(main)
                weakref.finalize(self, own.stop).atexit = False
            return self._own


class OwnLoop:
    """A loop for the calls of one document; where no thread is to help, that is the main loop."""

    thread: threading.Thread | None = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, job: Callable[[], object]) -> None:
        """Run `job` in the loop; any thread may ask."""
        try:
            self._loop.call_soon_threadsafe(job)
        except RuntimeError:
            # Stopped between the question and the call: its document was closed.
            return

    def call_later(self, seconds: float, job: Callable[[], object]) -> None:
        """Run `job` in the loop after a while; only on its own thread."""
        self._loop.call_later(seconds, job)

    def stop(self) -> None:
        """Go on: the loop is not the document's."""


class DocumentThread(OwnLoop):
    """A daemon thread with its loop: where callbacks run while the main thread is busy."""

    def __init__(self) -> None:
        super().__init__(asyncio.new_event_loop())
        self.thread = threading.Thread(target=self._serve, name="syncline-callbacks", daemon=True)
        self.thread.start()

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
