"""P3: client to server, one change a message, each with a callback."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_most
from harness.result import Result
from harness.track import Track, play, ratio, servers
from harness.trips import fresh

TITLE = "client to server: one change a message, with a Python callback that changes nothing"
METHOD = (
    "Eight connections, each to a session of its own, each with one message in flight: the next "
    "is sent when the answer (OK, or the echo) is in. CPU is the server process, per message."
)
SECONDS = 15.0
LANES = 8
CHANGES = 250
CHANGES_SLOW = 10


class Lanes:
    """Several clients of one server at once."""

    def __init__(self, clients: list[Any]) -> None:
        self.clients = clients

    def close(self) -> None:
        """Drop all connections."""
        for client in self.clients:
            client.close()


async def changes(client: Any, count: int) -> None:
    """Send changes one after the other."""
    for _ in range(count):
        await client.change(next(fresh))


async def turn(track: Track, lanes: Lanes) -> None:
    """Let all lanes send."""
    count = CHANGES_SLOW if track.slow else CHANGES
    total = count * LANES
    with track.cpu("server_cpu_us", 1e6 / total):
        start = time.perf_counter()
        await asyncio.gather(*[changes(client, count) for client in lanes.clients])
        track.keep("changes_per_s", total / (time.perf_counter() - start))


def in_lanes(track: Track) -> Track:
    """Let a contender be opened as often as there are lanes."""
    open_one = track.open

    async def open_all(port: int) -> Lanes:
        return Lanes([await open_one(port) for _ in range(LANES)])

    track.open = open_all
    return track


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P3."""
    tracks = chosen([in_lanes(one) for one in (bokeh(), mended(), echo(), syncline())], only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))
    share = ratio(tracks, "server_cpu_us", "syncline", "tornado echo")
    return Result(
        id="P3",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(1) for track in tracks],
        checks=[at_most("CPU, ours / bare Tornado echo", share, 1.7, "x")],
        notes=[
            "Mended: the peer with TCP_NODELAY set on its websockets by our script.",
            "No contender limits the rate of changes in this run.",
        ],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
