"""P4: 10,000 sets of a property in one callback."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from harness.contenders import bokeh, chosen, mended, syncline
from harness.figures import at_least
from harness.result import Result
from harness.track import Track, play, ratio, servers
from harness.trips import fresh

TITLE = "server to client: 10,000 sets of a property in one callback"
METHOD = (
    "From the client's order to the moment the client has the last value (and what is set after "
    "it). Each set has a new value. Bokeh sends every one as a message; Syncline sends what a "
    "client needs to have the last state."
)
SECONDS = 30.0
SETS = 10_000


async def turn(track: Track, client: Any) -> None:
    """Order the sets."""
    before = client.bytes_in
    with track.cpu("server_cpu_us_per_set", 1e6 / SETS):
        start = time.perf_counter()
        await client.order(f"sets {SETS} {next(fresh)}")
        track.keep("sets_per_s", SETS / (time.perf_counter() - start))
    track.keep("bytes_per_set", (client.bytes_in - before) / SETS)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P4."""
    tracks = chosen([bokeh(), mended(), syncline()], only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))

    def times(peer: str) -> float | None:
        return ratio(tracks, "sets_per_s", "syncline", peer)

    return Result(
        id="P4",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(1) for track in tracks],
        checks=[
            at_least("sets/s, ours / Bokeh", times("bokeh"), 30, "x"),
            at_least("sets/s, ours / mended Bokeh", times("bokeh mended"), 30, "x"),
        ],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
