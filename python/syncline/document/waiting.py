"""The calls that wait for their turn, in order, what may be one call merged into one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .settings import config

if TYPE_CHECKING:
    from syncline.model.event import Event
    from syncline.model.model import Model
    from syncline.model.observer import Observer


class Call:
    """One callback with what it is to be told."""

    __slots__ = ("event", "main", "name", "number", "observer")

    def __init__(
        self, number: int, observer: Observer, name: str, event: Event | None, main: bool
    ) -> None:
        self.number = number
        """Its place in the order of all calls of the document."""
        self.observer = observer
        self.name = name
        """The property or message it is about, empty for a function that was called soon."""
        self.event = event
        self.main = main
        """Whether it must run on the main thread, or in the loop of the server."""


class Waiting:
    """Two lines of calls, those for the main thread and the others; each keeps its order.

    All methods but `len` are called under `lock`, and nothing foreign is ever called under it.
    """

    __slots__ = ("_any", "_main", "_open", "last", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last = 0
        """The number of the last call."""
        # An empty deque takes as much as all the rest, and most sessions have nobody waiting.
        self._any: deque[Call] | tuple[()] = ()
        self._main: deque[Call] | tuple[()] = ()
        self._open: dict[tuple[Observer, str], Call] = {}
        """The calls that later changes of the same property may still join."""

    def __len__(self) -> int:
        return len(self._any) + len(self._main)

    def put(self, observer: Observer, event: Event) -> None:
        """Let an observer hear of an event; it joins an earlier one that still waits."""
        if observer.every:
            self._append(observer, event.name, event)
            return
        key = observer, event.name
        known = self._open.get(key)
        if known is None or known.event is None:
            self._open[key] = self._append(observer, event.name, event)
        else:
            known.event = known.event.then(event)

    def put_alone(self, observer: Observer, event: Event | None = None) -> None:
        """Add a call that stands for itself: what comes after it joins nothing from before it."""
        self._append(observer, event.name if event else "", event)
        self._open.clear()

    def renew(self, model: Model, name: str, value: Any) -> None:
        """Let the calls that wait for a property tell this value as the newest."""
        for call in (*self._any, *self._main):
            if call.event is not None and call.event.model is model and call.name == name:
                call.event.new = value

    def put_back(self, calls: Iterable[Call]) -> None:
        """Put calls that were taken, in order, before all that wait."""
        for call in reversed(list(calls)):
            self._line(call.main).appendleft(call)

    def first(self, main: bool) -> Call | None:
        """Return what comes next on the main thread, or on another."""
        line = self._next_line(main)
        return line[0] if line else None

    def take(self, main: bool, upto: float, may: Callable[[Call], bool] | None) -> Call | None:
        """Remove and return what comes next, unless it is later than `upto` or `may` not run.

        What comes for an observer whose coroutine is under way is laid aside for it.
        """
        while line := self._next_line(main) if self._main else self._any:
            call = line[0]
            awaited = call.observer.awaited
            if awaited is not None:
                awaited.append(line.popleft())
                continue
            if call.number > upto or (may is not None and not may(call)):
                return None
            line.popleft()
            # Nothing joins it any more.
            key = call.observer, call.name
            if self._open.get(key) is call:
                del self._open[key]
            return call
        return None

    def clear(self) -> None:
        """Forget all calls."""
        self._any = self._main = ()
        self._open.clear()

    def _append(self, observer: Observer, name: str, event: Event | None) -> Call:
        self.last += 1
        main = (observer.where or config.callbacks) == "main"
        call = Call(self.last, observer, name, event, main)
        self._line(main).append(call)
        return call

    def _line(self, main: bool) -> deque[Call]:
        line = self._main if main else self._any
        if isinstance(line, tuple):
            line = deque()
            if main:
                self._main = line
            else:
                self._any = line
        return line

    def _next_line(self, main: bool) -> deque[Call] | tuple[()]:
        if main and self._main and (not self._any or self._main[0].number < self._any[0].number):
            return self._main
        return self._any
