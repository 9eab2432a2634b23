"""Who is told of changes and messages, and how they ask to be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from .event import Event

Callback = Callable[[Event], Any]
Where = Literal["main", "any"]


class Observer:
    """One function that waits for changes or messages of a model."""

    __slots__ = ("awaited", "every", "fn", "names", "slow", "where")

    def __init__(
        self, fn: Callback, names: set[str], *, every: bool = False, where: Where | None = None
    ) -> None:
        if where not in (None, "main", "any"):
            raise ValueError(f'expected "main" or "any", got {where!r}')
        self.fn = fn
        self.names = names
        """What it still waits for; `*` is any property."""
        self.every = every
        """Whether changes that queue up behind a running callback stay apart."""
        self.where = where
        """Where it runs; None leaves that to `config.callbacks`."""
        self.slow = False
        """It was seen to take long, so that no loop that serves others waits for it again."""
        self.awaited: list[Any] | None = None
        """What waits for its coroutine to end, while one is under way."""

    def __call__(self, event: Event) -> Any:
        return self.fn(event)
