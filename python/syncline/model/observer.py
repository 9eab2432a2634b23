"""Who is told of changes and messages, and how they ask to be called."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

from .event import Event

Callback = Callable[[Event], Any]
Where = Literal["main", "any"]
Place = tuple[str, int, str]
"""Where the code of a function stands: the same for all sessions that run it."""

LONG_SECONDS = 0.1
"""What no pause of the machine explains: who takes longer once is taken to be slow everywhere."""
MOST_PLACES = 10_000


class Pace:
    """What is known of the code of a callback, in all sessions that run it."""

    __slots__ = ("slow",)

    def __init__(self) -> None:
        self.slow = False


_paces: dict[Place, Pace] = {}


class Observer:
    """One function that waits for changes or messages of a model."""

    __slots__ = ("_pace", "_slow", "awaited", "every", "fn", "names", "where")

    def __init__(
        self, fn: Callback, names: set[str], *, every: bool = False, where: Where | None = None
    ) -> None:
        if not callable(fn):
            raise TypeError(f"expected a function, got {fn!r}")
        if where not in (None, "main", "any"):
            raise ValueError(f'expected "main" or "any", got {where!r}')
        self.fn = fn
        self.names = names
        """What it still waits for; `*` is any property."""
        self.every = every
        """Whether changes that queue up behind a running callback stay apart."""
        self.where = where
        """Where it runs; None leaves that to `config.callbacks`."""
        self._slow = False
        self._pace = _pace_of(fn)
        self.awaited: list[Any] | None = None
        """What waits for its coroutine to end, while one is under way."""

    def __call__(self, event: Event) -> Any:
        return self.fn(event)

    @property
    def slow(self) -> bool:
        """It was seen to take long, so that no loop that serves others waits for it again."""
        return self._slow or self._pace.slow

    def was_slow(self, seconds: float) -> None:
        """Remember that a call took long; of one that took very long all sessions know."""
        self._slow = True
        if seconds > LONG_SECONDS:
            self._pace.slow = True


def _pace_of(fn: Any) -> Pace:
    while (inner := _inner(fn)) is not None:
        fn = inner
    code = getattr(fn, "__code__", None)
    if code is None:
        return Pace()
    place = code.co_filename, code.co_firstlineno, code.co_qualname
    pace = _paces.get(place) or Pace()
    if len(_paces) < MOST_PLACES:
        _paces[place] = pace
    return pace


def _inner(fn: Any) -> Any:
    if isinstance(fn, functools.partial):
        return fn.func
    return getattr(fn, "__wrapped__", None) or getattr(fn, "__func__", None)
