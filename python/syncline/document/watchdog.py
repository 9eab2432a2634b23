"""Sees callbacks that block: one thread per process, which sleeps while nothing runs.

A callback that does not block costs nothing but the note of what runs: the thread looks from time
to time whether the same thing is still running.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Protocol

logger = logging.getLogger("syncline")
BLOCKED_SECONDS = 1.0


class Blocked(RuntimeWarning):
    """A callback has been running for long, and others wait for it."""


class Watched(Protocol):
    """Something that runs one thing after the other."""

    @property
    def running(self) -> object | None:
        """What runs now: another object for each."""
        ...

    def blocked(self, running: object) -> None:
        """Tell the author that it has been running for long. Called once for each."""


class Watchdog:
    """Watches those who are between `begin` and `end`."""

    def __init__(self, seconds: float = BLOCKED_SECONDS) -> None:
        self.seconds = seconds
        self.forget()

    def forget(self) -> None:
        """Start over in a forked process, which has inherited no thread."""
        self._watched: set[Watched] = set()
        self._seen: dict[Watched, tuple[object, float]] = {}
        self._asleep = True
        self._news = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, watched: Watched) -> None:
        """Look at it from now on."""
        self._watched.add(watched)
        if self._asleep:
            self._wake()

    def end(self, watched: Watched) -> None:
        """Look at it no more."""
        self._watched.discard(watched)

    def look(self, now: float) -> None:
        """Tell of what has been running for too long; `now` is any clock in seconds."""
        before, self._seen = self._seen, {}
        for watched in tuple(self._watched):
            running = watched.running
            if running is None:
                continue
            seen, since = before.get(watched, (None, now))
            if seen is not running:
                since = now
            elif now - since >= self.seconds:
                _tell(watched, running)
                since = float("inf")
            self._seen[watched] = running, since

    def _wake(self) -> None:
        self._asleep = False
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._serve, name="syncline-watchdog", daemon=True
            )
            try:
                self._thread.start()
            except RuntimeError:
                # Pyodide has no threads, and a process that ends starts none.
                return
        self._news.set()

    def _serve(self) -> None:
        while True:
            self._asleep = True
            # Again: it may have begun just before it was told to wake us.
            if not self._watched:
                self._seen.clear()
                self._news.wait()
            self._asleep = False
            self._news.clear()
            time.sleep(self.seconds / 4)
            self.look(time.monotonic())


def _tell(watched: Watched, running: object) -> None:
    try:
        watched.blocked(running)
    except Exception:
        logger.exception("a blocked callback could not be reported")


watchdog = Watchdog()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watchdog.forget)
