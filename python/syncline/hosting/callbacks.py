"""Where the callbacks of a served session run: in the server's loop, until one is seen to be slow.

A slow one moves to the pool from then on, and with it, to keep the order, what waits behind it; a
very slow one does so in all sessions that run the same code.
What arrives while it runs is merged, so that a page never has to wait for a queue of old values.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from syncline.hosting.pool import slow_callbacks, workers

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.document.waiting import Call

SLICE_SECONDS = 0.02
"""How long callbacks may keep the loop, or a thread of the pool, before others have their turn."""
PAUSE_SECONDS = 0.005
"""What the loop gets between slow callbacks that must run in it: what comes meanwhile is merged."""


class SessionCallbacks:
    """Runs the callbacks of one document in the running loop, or with `elsewhere`."""

    def __init__(
        self, document: Document, elsewhere: Callable[[Callable[[], object]], None] = slow_callbacks
    ) -> None:
        self._observers = document.observers
        self._elsewhere = elsewhere
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._asked_loop = False
        self._asked_pool = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._document = document
        self._begun = False
        document.spawn = self.spawn
        document.later = self.later
        document.elsewhere = workers

    def start(self) -> None:
        """From now on run the callbacks; before, they run at once in whatever thread it is."""
        self._document.dispatch = self.run
        self._begun = True
        for timer in self._document.timers:
            timer.start()
        if len(self._observers.waiting):
            self.run()

    def later(self, seconds: float, fn: Callable[[], None]) -> Callable[[], object]:
        """Call `fn` in the loop after a while, and not before the session has begun."""
        handles: list[asyncio.TimerHandle] = []
        if self._begun:
            self._call(lambda: handles.append(self._loop.call_later(seconds, fn)))

        def cancel() -> None:
            for handle in handles:
                handle.cancel()

        # The loop makes these calls in order.
        return lambda: self._call(cancel)

    def run(self) -> None:
        """Make the quick calls that wait, in the loop; see to it that the others are made."""
        if self._closed:
            self._observers.forget()
            return
        if threading.get_ident() == self._home:
            self._observers.run(upto=0, seconds=SLICE_SECONDS, may=_is_quick)
        self._ask()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the loop, whatever thread asks."""
        if threading.get_ident() != self._home:
            self._call(self.spawn, work)
            return
        task = self._loop.create_task(work)
        # A loop holds its tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Forget what waits and end what is under way in the loop; call it there."""
        self._closed = True
        self._observers.forget()
        for task in tuple(self._tasks):
            task.cancel()

    def _ask(self) -> None:
        """Ask the place of the next call to make it; who has the turn does so at its end."""
        call = self._observers.next()
        if call is None or self._closed:
            return
        if call.observer.slow and not call.main:
            if not self._asked_pool:
                self._asked_pool = True
                self._elsewhere(self._on_pool)
        elif not self._asked_loop:
            self._asked_loop = True
            pause = PAUSE_SECONDS if call.observer.slow else 0.0
            self._call(self._loop.call_later, pause, self._on_loop)

    def _on_loop(self) -> None:
        self._asked_loop = False
        self._observers.run(upto=0, seconds=SLICE_SECONDS, may=_is_for_the_loop)
        self._ask()

    def _on_pool(self) -> None:
        self._asked_pool = False
        self._observers.run(main=False, upto=0, seconds=SLICE_SECONDS)
        self._ask()

    def _call(self, job: Callable[..., object], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(job, *args)
        except RuntimeError:
            # The loop was closed: the server is ending.
            self._closed = True


def _is_quick(call: Call) -> bool:
    return not call.observer.slow


def _is_for_the_loop(call: Call) -> bool:
    return call.main or not call.observer.slow
