"""Receipts for the frames of a carrier that waits for them (SPEC 5.7, credit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .alarms import Alarms
    from .sender import Sender

SECONDS = 0.1
FRAMES = 8


class Receipts:
    """Counts what comes and says so: after some frames, or after a while."""

    def __init__(self, sender: Sender, alarms: Alarms) -> None:
        self._sender = sender
        self._alarms = alarms
        self._told = 0

    def reset(self) -> None:
        """Begin with a connection: its frames are counted from 1."""
        self._sender.got, self._told = None, 0
        self._alarms.cancel(self._tell)

    def received(self, n: int | None, now: float, *, part: bool) -> bool:
        """Note that frame `n` has come; tell whether others before it are missing.

        A part is acknowledged at once: the next one is waiting.
        """
        if n is None:
            return False
        missing = n != (self._sender.got or 0) + 1
        self._sender.got = n
        if part or n - self._told >= FRAMES:
            self._tell(now)
        else:
            self._alarms.set(self._tell, now + SECONDS)
        return missing

    def _tell(self, now: float) -> None:
        self._alarms.cancel(self._tell)
        self._told = self._sender.got or 0
        self._sender.say("ACK", {"got": self._told})
