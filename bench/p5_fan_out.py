"""P5: one change of Python reaches 100 connections of one session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_most, at_pace
from harness.result import Result
from harness.track import Track, median, play, ratio, servers
from harness.trips import fresh
from wire.bokeh import join_bokeh
from wire.echo import open_echo
from wire.page import page_of
from wire.syncline import join_syncline

TITLE = "one change of Python to 100 connections of one session"
METHOD = (
    "Python sets a text to the time, every 60 ms; a client that gets it knows how long it took "
    "(one clock on one machine). Time: until the last of the 100 connections has it. CPU: the "
    "server process, by the patches that all connections received. Floor: bare Tornado, "
    "write_message of a frame of the same length to each connection."
)
SECONDS = 30.0
BOKEH_US = 103.0
"""CPU of Bokeh, a patch, on the machine of the target."""
CONNECTIONS = 100
BEATS = 12
PAUSE_MS = 60

Join = Callable[[int, str], Awaitable[Any]]


class Crowd:
    """Many clients of one session; the first gives the orders."""

    def __init__(self, clients: list[Any]) -> None:
        self.clients = clients
        self.arrivals: dict[int, list[float]] = {}
        for client in clients:
            client.on_text = self.arrived

    def arrived(self, stamp: str) -> None:
        """Note how long ago a text was set that a client got now."""
        sent = int(stamp)
        self.arrivals.setdefault(sent, []).append((time.monotonic_ns() - sent) / 1e6)

    def patches(self) -> int:
        """Return how many patches all clients have received."""
        return sum(client.patches for client in self.clients)

    def close(self) -> None:
        """Drop all connections."""
        for client in self.clients:
            client.close()


async def turn(track: Track, crowd: Crowd) -> None:
    """Let Python set the text some times."""
    crowd.arrivals.clear()
    before = crowd.patches()
    with track.cpu("cpu_us_per_patch", 1e6):
        await crowd.clients[0].order(f"beat {BEATS} {PAUSE_MS} {next(fresh)}")
    track.rounds["cpu_us_per_patch"][-1] /= crowd.patches() - before
    late = [max(times) for times in crowd.arrivals.values() if len(times) == CONNECTIONS]
    if len(late) < BEATS:
        raise RuntimeError(f"{track.name}: {BEATS - len(late)} changes did not reach all")
    track.keep_all("all_have_it_ms", late)


def crowded(track: Track, join: Join) -> Track:
    """Let a contender be opened by as many clients of one page."""

    async def open_all(port: int) -> Crowd:
        page = await page_of(port)
        return Crowd([await join(port, page) for _ in range(CONNECTIONS)])

    track.open = open_all
    return track


async def join_floor(port: int, page: str) -> Any:
    """Connect to the floor, whose page says nothing."""
    return await open_echo(port)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P5."""
    every = [
        crowded(bokeh(), join_bokeh),
        crowded(mended(), join_bokeh),
        crowded(echo("tornado writes"), join_floor),
        crowded(syncline(), join_syncline),
    ]
    tracks = chosen(every, only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))
    share = ratio(tracks, "cpu_us_per_patch", "syncline", "tornado writes")
    return Result(
        id="P5",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in tracks],
        checks=[
            at_most("CPU, ours / bare Tornado writes", share, 1.3, "x"),
            at_pace(
                "CPU a patch",
                median(tracks, "cpu_us_per_patch", "syncline"),
                20,
                " us",
                median(tracks, "cpu_us_per_patch", "bokeh"),
                BOKEH_US,
            ),
            at_most("until all have it", median(tracks, "all_have_it_ms", "syncline"), 4, " ms"),
        ],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
