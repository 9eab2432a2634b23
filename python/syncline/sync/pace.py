"""When a carrier may flush: at once when idle, then at intervals (SPEC 5.7, Flush)."""

from __future__ import annotations

import math

FLUSH_SECONDS = 0.016
COMM_FLUSH_SECONDS = 0.02


class Pace:
    """Spaces the flushes of one connection; times are seconds of any clock.

    A change after a pause goes at once. What follows within the interval waits for its end, so that
    a loop does not make a message of each of its turns.
    """

    __slots__ = ("due", "interval")

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.due = -math.inf
        """When the next change may go; what has passed means at once."""

    def flushed(self, now: float) -> None:
        """Something was sent unasked."""
        self.due = now + self.interval

    def answered(self) -> None:
        """A message of the other side was answered: what its callbacks change goes at once."""
        self.due = -math.inf
