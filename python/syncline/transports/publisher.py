"""How a kernel publishes what no message asked for: paced, within a budget, on one thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from syncline.sync.pace import Pace

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
    """The thread that publishes what no message asked for, and looks after the leases."""

    def __init__(
        self,
        ticking: Callable[[], list[Pumped]],
        retire: Callable[[Pumped], None],
    ) -> None:
        self._ticking = ticking
        self._retire = retire
        self._changed: dict[Pumped, None] = {}
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the thread, unless it runs."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stopped = False
                self._thread = threading.Thread(target=self._run, name="syncline-comm", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._wake.set()

    def notify(self, hub: Pumped) -> None:
        """Have `hub` pumped when its interval allows."""
        waiting = hub in self._changed
        self._changed[hub] = None
        # Who waits for its interval needs no more waking, unless it need not wait any longer.
        if not (waiting and hub.pace.due > time.monotonic()) and not self._wake.is_set():
            self._wake.set()

    def _run(self) -> None:
        next_tick = time.monotonic() + TICK_SECONDS
        while not self._stopped:
            # Everything that changes meanwhile goes into the same frame.
            next_due = min((hub.pace.due for hub in list(self._changed)), default=next_tick)
            self._wake.wait(max(0.0, min(next_tick, next_due) - time.monotonic()))
            self._wake.clear()
            now = time.monotonic()
            self._flush_due(now)
            if now >= next_tick:
                next_tick = now + TICK_SECONDS
                self._tick()

    def _flush_due(self, now: float) -> None:
        # A function of its own: a name in `_run` would keep the last document while it waits.
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
