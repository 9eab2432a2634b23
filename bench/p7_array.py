"""P7: Python replaces an array of 1,000,000 float64."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_least
from harness.result import Result
from harness.track import Track, play, ratio, servers
from harness.trips import fresh

TITLE = "Python replaces an array of 1,000,000 float64"
METHOD = (
    "The client orders one replacement after the other, ten to a turn: the next when it has the "
    "array; MB of array data per second. Floor: bare Tornado, one frame of the same bytes on the "
    "same order."
)
SECONDS = 20.0
ROWS = 1_000_000
COUNT = 10


async def turn(track: Track, client: Any) -> None:
    """Order the replacements."""
    before = client.buffer_bytes
    with track.cpu("server_cpu_ms", 1e3 / COUNT):
        start = time.perf_counter()
        for _ in range(COUNT):
            await client.order(f"replace 1 {ROWS} {next(fresh)}")
        taken = time.perf_counter() - start
    received = client.buffer_bytes - before
    if received < COUNT * ROWS * 8:
        raise RuntimeError(f"{track.name} sent {received} bytes")
    track.keep("mb_per_s", COUNT * ROWS * 8 / taken / 1e6)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P7."""
    tracks = chosen([bokeh(), mended(), echo("raw frames"), syncline()], only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))
    share = ratio(tracks, "mb_per_s", "syncline", "raw frames")
    return Result(
        id="P7",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(2) for track in tracks],
        checks=[at_least("MB/s, ours / raw frames", share, 0.6, "x")],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "numpy", "msgspec"),
    )
