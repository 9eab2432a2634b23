"""How a kernel publishes what no message asked for: paced, within a budget, in turns of a clock."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from syncline.sync.pace import Pace
    from syncline.transports.clock import Clock

log = logging.getLogger("syncline")

TICK_SECONDS = 1.0
MESSAGES_PER_SECOND = 200
BURST = 100


class Pumped(Protocol):
    """What has changes to publish."""

    pace: Pace

    @property
    def ended(self) -> bool:
        """Whether it will never publish again."""
        ...

    def pump(self) -> bool:
        """Send what is due; return False when the budget is spent."""
        ...

    def tick(self) -> None:
        """Look after what depends on time."""
        ...


class Budget:
    """Messages this kernel may still publish now: its server drops what is too many, silently."""

    def __init__(self, rate: float = MESSAGES_PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def spend(self) -> bool:
        """Take one message's worth, if there is one."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def refund(self) -> None:
        """Give one message's worth back."""
        with self._lock:
            self._left += 1


class Publisher:
    """Publishes what no message asked for and looks after the leases, when its clock says so."""

    def __init__(
        self,
        ticking: Callable[[], list[Pumped]],
        retire: Callable[[Pumped], None],
        clock: Clock,
    ) -> None:
        self._ticking = ticking
        self._retire = retire
        self._clock = clock
        self._changed: dict[Pumped, None] = {}
        self._next_tick = math.inf

    def start(self) -> None:
        """Begin, unless it has begun."""
        self._next_tick = min(self._next_tick, time.monotonic() + TICK_SECONDS)
        self._clock.start(self._turn)

    def stop(self) -> None:
        """Publish no more."""
        self._clock.stop()

    def notify(self, hub: Pumped) -> None:
        """Have `hub` pumped when its interval allows."""
        waiting = hub in self._changed
        self._changed[hub] = None
        # Who waits for its interval needs no more waking, unless it need not wait any longer.
        if not (waiting and hub.pace.due > time.monotonic()):
            self._clock.wake()

    def _turn(self) -> float:
        """Do what is due; return the seconds until there is more: what changes till then joins."""
        now = time.monotonic()
        self._flush_due(now)
        if now >= self._next_tick:
            self._next_tick = now + TICK_SECONDS
            self._tick()
        next_due = min((hub.pace.due for hub in list(self._changed)), default=self._next_tick)
        return max(0.0, min(self._next_tick, next_due) - time.monotonic())

    def _flush_due(self, now: float) -> None:
        for hub in list(self._changed):
            if hub.pace.due <= now:
                _guarded(self._flush, hub)

    def _flush(self, hub: Pumped) -> None:
        # Taken out first: a change from now on is a new reason.
        self._changed.pop(hub, None)
        if hub.ended:
            self._retire(hub)
        elif not hub.pump():
            self.notify(hub)

    def _tick(self) -> None:
        for hub in self._ticking():
            _guarded(_look_after, hub)


def _guarded(work: Callable[[Any], None], on: Any) -> None:
    try:
        work(on)
    except Exception:
        # One document's fault must not silence the others.
        log.exception("publishing failed")


def _look_after(hub: Pumped) -> None:
    hub.tick()
