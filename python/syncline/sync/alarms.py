"""What is to be done later, without a clock: the time is an argument."""

from __future__ import annotations

import math
from collections.abc import Callable

Action = Callable[[float], None]


class Alarms:
    """Actions and when they are due; each stands there once."""

    def __init__(self) -> None:
        self._due: dict[Action, float] = {}

    def set(self, action: Action, at: float) -> None:
        """Have `action(now)` called at a time, instead of when it was due before."""
        self._due[action] = at

    def cancel(self, *actions: Action) -> None:
        """Have these not called; all where none is named."""
        for action in actions or list(self._due):
            self._due.pop(action, None)

    def next(self) -> float:
        """Return when the next action is due."""
        return min(self._due.values(), default=math.inf)

    def run(self, now: float) -> None:
        """Call what is due."""
        for action in [action for action, at in self._due.items() if at <= now]:
            if self._due.get(action, math.inf) <= now:
                del self._due[action]
                action(now)
