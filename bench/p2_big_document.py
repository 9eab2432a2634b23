"""P2 and P2b: single changes in a document of 10,000 models cost what they cost in a small one."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from harness.contenders import bokeh, chosen, mended, syncline
from harness.figures import at_most
from harness.result import Result
from harness.track import Track, play, ratio, servers
from harness.trips import fresh, round_trips

TITLE = "one change in a document of 10,000 models"
METHOD = (
    "As P1, in a document with as many passive models beside, 99 in a box. Replacing a child: on "
    "the client's order Python puts a new model in the place of one of a box, and says so; the "
    "next order when both are in. Ratios are of the same contender, big by small, in rounds of "
    "one run."
)
SECONDS = 45.0
MODELS = 10_000
TICKS = 100
TICKS_SLOW = 2


async def turn(track: Track, client: Any) -> None:
    """Make round trips, then order one new child after the other."""
    await round_trips(track, client)
    ticks = TICKS_SLOW if track.slow else TICKS
    taken = []
    with track.cpu("replace_cpu_us", 1e6 / ticks):
        for _ in range(ticks):
            start = time.perf_counter()
            await client.order(f"children 1 {next(fresh)}")
            taken.append((time.perf_counter() - start) * 1e3)
    track.keep_all("replace_ms", taken)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P2 and P2b."""
    many, few = ("--models", str(MODELS)), ("--models", "10")
    every = [
        bokeh("bokeh, 10,000 models", *many),
        mended("bokeh mended, 10 models", *few),
        mended("bokeh mended, 10,000 models", *many),
        syncline("syncline, 10 models", *few),
        syncline("syncline, 10,000 models", *many),
    ]
    every[2].slow = True
    tracks = chosen(every, only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))
    big, small = "syncline, 10,000 models", "syncline, 10 models"

    def grown(figure: str) -> float | None:
        return ratio(tracks, figure, big, small)

    return Result(
        id="P2",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in tracks],
        checks=[
            at_most("round trip, big / small", grown("round_trip_ms"), 1.1, "x"),
            at_most("P2b: replace a child, CPU, big / small", grown("replace_cpu_us"), 1.2, "x"),
            at_most("P2b: replace a child, time, big / small", grown("replace_ms"), 1.2, "x"),
        ],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
