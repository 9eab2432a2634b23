"""Functions of a document that are called later: once, or again and again."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from syncline.model.observer import Observer

if TYPE_CHECKING:
    from syncline.model.event import Event

    from .document import Document

Later = Callable[[float, Callable[[], None]], Callable[[], object]]
"""Calls a function after some seconds, on whatever thread; returns what prevents that."""


class Timer:
    """What `Document.add_timeout_callback` and its kin return, to be given to `remove_...`."""

    def __init__(
        self, document: Document, fn: Callable[[], Any], seconds: float, *, repeats: bool
    ) -> None:
        self._document: Document | None = document
        self._fn: Callable[[], Any] | None = fn
        self._seconds = seconds
        self._repeats = repeats
        self._observer = Observer(self._named(fn), {""})
        self._waits = False
        """Its function is queued, and has not been called yet."""
        self._due = 0.0
        self._cancel: Callable[[], object] | None = None

    @property
    def active(self) -> bool:
        """Whether its function may be called yet."""
        return self._document is not None

    def start(self) -> None:
        """Begin to count the time."""
        self._due = monotonic() + self._seconds
        self._arm(self._seconds)

    def stop(self) -> None:
        """Call the function no more, not even where it waits for its turn; keep nothing alive."""
        self._document = self._fn = None
        self._observer.names.clear()
        if self._cancel is not None:
            self._cancel()

    def _arm(self, seconds: float) -> None:
        if (document := self._document) is not None:
            self._cancel = document.later(seconds, self._tick)

    def _named(self, fn: Callable[[], Any]) -> Callable[[Event], Any]:
        @functools.wraps(fn)
        def call(event: Event) -> Any:
            return self._call()

        return call

    def _tick(self) -> None:
        document = self._document
        if document is None:
            return
        if self._repeats:
            now = monotonic()
            # What could not be called in time is left out, not made up for.
            self._due = max(self._due + self._seconds, now)
            self._arm(self._due - now)
        if not self._waits:
            self._waits = True
            document.observers.queue_alone(self._observer)

    def _call(self) -> Any:
        self._waits = False
        document, fn = self._document, self._fn
        if document is None or fn is None:
            return None
        if not self._repeats:
            document.forget(self)
            self._document = self._fn = None
        return fn()


def call_later(seconds: float, fn: Callable[[], object]) -> Callable[[], object]:
    """Call `fn` in this thread's loop after a while; without one, on a thread of its own."""
    # Importing asyncio takes longer than the rest of Syncline.
    import asyncio

    try:
        return asyncio.get_running_loop().call_later(seconds, fn).cancel
    except RuntimeError:
        timer = threading.Timer(seconds, fn)
        timer.daemon = True
        timer.start()
        return timer.cancel
