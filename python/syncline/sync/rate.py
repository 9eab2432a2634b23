"""How much work a client may ask for (SPEC 3.4, `rate`)."""

from __future__ import annotations

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """Bytes and seconds of work that a client may use up per second, and how much at once."""

    bytes: float = 32 << 20
    burst_bytes: float = 128 << 20
    seconds: float = 0.5
    burst_seconds: float = 5.0


class Bucket:
    """What one client has left. It may go below zero: then the client waits until it has not."""

    __slots__ = ("_at", "_bytes", "_seconds")

    def __init__(self, rate: Rate, now: float) -> None:
        self._at = now
        self._bytes = rate.burst_bytes
        self._seconds = rate.burst_seconds

    def wait(self, rate: Rate, now: float) -> float:
        """Return how many seconds the client has to wait: 0 when there is something left."""
        if self._bytes > 0 and self._seconds > 0:
            # Filled up only when it is needed: at most one burst more for who was quiet before.
            return 0.0
        passed, self._at = max(0.0, now - self._at), now
        self._bytes = min(rate.burst_bytes, self._bytes + passed * rate.bytes)
        self._seconds = min(rate.burst_seconds, self._seconds + passed * rate.seconds)
        lacking = max(-self._bytes / rate.bytes, -self._seconds / rate.seconds)
        return max(0.0, lacking)

    def spend(self, size: int, seconds: float = 0.0) -> None:
        """Take what a message needed."""
        self._bytes -= size
        self._seconds -= seconds
