"""Turns of the numbers about single changes: one after the other, each waited for."""

from __future__ import annotations

import itertools
import time
from typing import Any

from harness.track import Track

TRIPS = 300
# a trip of 44 ms: as many as take the time of the others' turn
TRIPS_SLOW = 12
# a value set again is no change and no patch: never repeat a number
fresh = itertools.count(1)


async def round_trips(track: Track, client: Any) -> None:
    """Make round trips; keep the time and the server's CPU time of each."""
    count = TRIPS_SLOW if track.slow else TRIPS
    taken = []
    with track.cpu("server_cpu_us", 1e6 / count):
        for _ in range(count):
            start = time.perf_counter()
            await client.trip(next(fresh))
            taken.append((time.perf_counter() - start) * 1e3)
    track.keep_all("round_trip_ms", taken)
