"""Whether the other side is still there: handshakes, silence and receipts that do not come."""

from __future__ import annotations

from .errors import Close, Fatal

PULL_SECONDS = 30.0
DRAIN_SECONDS = 30.0
"""How long a carrier may take to get rid of what it took, before it closes the connection."""
SILENT_PINGS = 2


class Liveness:
    """The clock of one connection; `ping` is the interval of SPEC 3.2, times are seconds."""

    def __init__(self, ping: float, now: float) -> None:
        self.ping = ping
        self.heard = now
        """When the last frame came."""
        self.pulled = False
        self._pings = 0
        self._begun = now
        self._stuck: float | None = None

    def hear(self, now: float) -> None:
        """A frame has come."""
        self.heard = now
        self._pings = 0

    @property
    def due(self) -> float:
        """When there is next something to look after."""
        dues = [self.heard + self.ping * (self._pings + 1)]
        if not self.pulled:
            dues.append(self._begun + PULL_SECONDS)
        if self._stuck is not None:
            dues.append(self._stuck + DRAIN_SECONDS)
        return min(dues)

    def check(self, now: float, *, stuck: bool) -> bool:
        """Tell whether to ping; `stuck` says that messages wait for receipts.

        Raises Fatal where the other side is gone.
        """
        if not self.pulled and now >= self._begun + PULL_SECONDS:
            raise Fatal(Close.BAD_MESSAGE, "expected PULL-DOC-REQ")
        if not stuck:
            self._stuck = None
        elif self._stuck is None:
            self._stuck = now
        elif now >= self._stuck + DRAIN_SECONDS:
            raise Fatal(Close.SLOW_CONSUMER, "no receipts come")
        if now < self.heard + self.ping * (self._pings + 1):
            return False
        if self._pings >= SILENT_PINGS:
            raise Fatal(Close.SLOW_CONSUMER, "no answer to two pings")
        self._pings += 1
        return True
