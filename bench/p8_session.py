"""P8: open a session of a small app, and what it costs while nothing happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_most, at_pace
from harness.process import resident_bytes
from harness.result import Result
from harness.track import Track, median, play, servers
from wire.bokeh import join_bokeh
from wire.echo import open_echo
from wire.page import PageLoader
from wire.syncline import join_syncline

TITLE = "open a session of a small app: a slider and a plot of 50 points"
METHOD = (
    "Page, websocket, document, one session after the other, all kept open; the page over one HTTP "
    "connection that is kept. CPU and memory are the server process, per session. Floor: bare "
    "Tornado, a page of three bytes and a websocket with one message up and one down."
)
SECONDS = 40.0
SESSIONS = 40
BOKEH_MS = 37.0
"""CPU of Bokeh on the machine of the target."""

Join = Callable[[int, str], Awaitable[Any]]


class Door:
    """Where sessions are opened."""

    def __init__(self, port: int, path: str, join: Join) -> None:
        self.port, self.path, self.join = port, path, join
        self.pages = PageLoader(port)
        self.clients: list[Any] = []

    async def enter(self) -> None:
        """Open one session."""
        self.clients.append(await self.join(self.port, self.pages.get(self.path)))

    def close(self) -> None:
        """Drop all connections."""
        for client in self.clients:
            client.close()


async def turn(track: Track, door: Door) -> None:
    """Open some sessions."""
    before = resident_bytes(track.pid)
    taken = []
    with track.cpu("server_cpu_ms", 1e3 / SESSIONS):
        for _ in range(SESSIONS):
            start = time.perf_counter()
            await door.enter()
            taken.append((time.perf_counter() - start) * 1e3)
    track.keep_all("session_ms", taken)
    track.keep("idle_kb", (resident_bytes(track.pid) - before) / SESSIONS / 1e3)


def at_door(track: Track, path: str, join: Join) -> Track:
    """Let sessions of a contender be opened one by one."""

    async def open_door(port: int) -> Door:
        return Door(port, path, join)

    track.open = open_door
    return track


async def join_floor(port: int, page: str) -> Any:
    """Connect to the floor and exchange one message."""
    client = await open_echo(port)
    await client.trip(1)
    return client


async def enter_bokeh(port: int, page: str) -> Any:
    """Connect to a session of Bokeh."""
    return await join_bokeh(port, page, "/small")


async def enter_syncline(port: int, page: str) -> Any:
    """Connect to a session of Syncline."""
    return await join_syncline(port, page, "/small")


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P8."""
    every = [
        at_door(bokeh(), "/small", enter_bokeh),
        at_door(mended(), "/small", enter_bokeh),
        at_door(echo("bare Tornado"), "/app", join_floor),
        at_door(syncline(), "/small", enter_syncline),
    ]
    tracks = chosen(every, only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0 if quick else SECONDS))
    return Result(
        id="P8",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in tracks],
        checks=[
            at_pace(
                "CPU",
                median(tracks, "server_cpu_ms", "syncline"),
                2.5,
                " ms",
                median(tracks, "server_cpu_ms", "bokeh"),
                BOKEH_MS,
            ),
            at_most("memory", median(tracks, "idle_kb", "syncline"), 40, " kB"),
        ],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
