"""When a lost connection is opened again (SPEC 5.9)."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Close

FIRST_SECONDS = 0.5
LAST_SECONDS = 30.0
FINAL = frozenset(
    {Close.BAD_MESSAGE, Close.UNAUTHORISED, Close.UNKNOWN_SESSION, Close.VERSION, Close.TOO_LARGE}
)
"""After these a new connection would end the same way."""


class Reconnect:
    """Delays that double, with jitter; `random` returns a number from 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._next = FIRST_SECONDS

    def reset(self) -> None:
        """Begin with the shortest delay again: a connection has come to life."""
        self._next = FIRST_SECONDS

    def delay(self, code: int | None) -> float | None:
        """Return after how many seconds to try again, None for never, after a close code."""
        if code in FINAL:
            return None
        wait, self._next = self._next, min(2 * self._next, LAST_SECONDS)
        return wait * (0.5 + self._random() / 2)
