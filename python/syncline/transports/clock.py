"""What gives a kernel's publisher its turns: a thread, or an event loop where there is none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

Turn = Callable[[], float]
"""Does what is due; returns the seconds until it wants to be called again."""


class Clock(Protocol):
    """Calls a function again and again; every method may be called by any thread."""

    def start(self, turn: Turn) -> None:
        """Call `turn` from now on, unless it is called already."""
        ...

    def wake(self) -> None:
        """Call it soon, however long it meant to wait."""
        ...

    def stop(self) -> None:
        """Call it no more."""
        ...


class ThreadClock:
    """Gives turns on a thread of its own, also while a cell runs."""

    def __init__(self) -> None:
        self._news = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self, turn: Turn) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stopped = False
                self._thread = threading.Thread(
                    target=self._run, args=(turn,), name="syncline-comm", daemon=True
                )
                self._thread.start()

    def wake(self) -> None:
        if not self._news.is_set():
            self._news.set()

    def stop(self) -> None:
        self._stopped = True
        self._news.set()

    def _run(self, turn: Turn) -> None:
        seconds = turn()
        while not self._stopped:
            self._news.wait(seconds)
            self._news.clear()
            seconds = turn()


class LoopClock:
    """Gives turns in an event loop: there are no threads, or what they send goes nowhere."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turn: Turn | None = None
        self._asked = False
        self._next: asyncio.TimerHandle | None = None

    def start(self, turn: Turn) -> None:
        if self._turn is None:
            self._turn = turn
            self.wake()

    def wake(self) -> None:
        if self._asked:
            return
        self._asked = True
        try:
            self._loop.call_soon_threadsafe(self._run)
        except RuntimeError:
            # The loop was closed: this process is ending.
            return

    def stop(self) -> None:
        self._turn = None
        self.wake()

    def _run(self) -> None:
        self._asked = False
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._turn is not None:
            self._next = self._loop.call_later(self._turn(), self._run)
