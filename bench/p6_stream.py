"""P6: Python streams 1,000 rows of two float64 columns at a time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_least
from harness.result import Result
from harness.track import Track, play, ratio, servers
from harness.trips import fresh

TITLE = "Python streams 1,000 rows of two float64 columns at a time"
METHOD = (
    "The client orders 32 streams in one callback, and 32 more when it has them all; 1,000 rows "
    "stay in the source. MB of array data per second, every row received. Floor: bare Tornado, "
    "frames of the same bytes on the same orders, each write awaited."
)
SECONDS = 20.0
ROWS = 1000
STREAMS = 32
ORDERS = 20
ORDERS_SLOW = 2


async def turn(track: Track, client: Any) -> None:
    """Order the streams."""
    orders = ORDERS_SLOW if track.slow else ORDERS
    count = orders * STREAMS
    before = client.buffer_bytes
    with track.cpu("server_cpu_us", 1e6 / count):
        start = time.perf_counter()
        for _ in range(orders):
            await client.order(f"stream {STREAMS} {ROWS} {next(fresh)}")
        taken = time.perf_counter() - start
    received = client.buffer_bytes - before
    if received != count * ROWS * 16:
        raise RuntimeError(f"{track.name} sent {received} bytes")
    track.keep("mb_per_s", received / taken / 1e6)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P6."""
    tracks = chosen([bokeh(), mended(), echo("raw frames"), syncline()], only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))

    def times(other: str) -> float | None:
        return ratio(tracks, "mb_per_s", "syncline", other)

    return Result(
        id="P6",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(1) for track in tracks],
        checks=[
            at_least("MB/s, ours / raw frames", times("raw frames"), 0.6, "x"),
            at_least("MB/s, ours / Bokeh", times("bokeh"), 5, "x"),
            at_least("MB/s, ours / mended Bokeh", times("bokeh mended"), 5, "x"),
        ],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "numpy", "msgspec"),
    )
