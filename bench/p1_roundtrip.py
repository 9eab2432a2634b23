"""P1: set a property in the client, a Python callback sets another, the client has it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_most, paired_ratio, quantile, summary
from harness.process import (
    BENCH,
    OUR_PYTHON,
    PEERS_PYTHON,
    ServerProcess,
    cpu_seconds,
    free_port,
    pinned,
)
from harness.result import Contender, Result
from wire.bokeh import open_bokeh
from wire.echo import open_echo
from wire.syncline import open_syncline

TITLE = "websocket round trip: set a property, a Python callback sets another, the client has it"
METHOD = (
    "One lean client (picows) per server, one transaction in flight: the next begins when both the "
    "OK and the patch with the label are in. Rounds of all contenders take turns; a ratio is the "
    "median over rounds of the two medians of the same round. CPU is the server process, "
    "schedstat. Servers on one core, the client on the other."
)
ROUNDS = 15
TRIPS = 300
# a trip of 44 ms: as many as take the time of the others' round
TRIPS_STALLED = 12
WARM_UP = 100


class Client(Protocol):
    """What each wire client offers."""

    async def trip(self, number: int) -> None:
        """Make one round trip."""

    def close(self) -> None:
        """Drop the connection."""


@dataclass
class Track:
    """One contender and what was measured of it."""

    name: str
    role: str
    python: Path
    script: str
    open: Callable[[int], Awaitable[Client]]
    flags: tuple[str, ...] = ()
    ready: str = "/app"
    trips: int = TRIPS
    port: int = field(default_factory=free_port)
    samples: list[list[float]] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def command(self) -> list[str | Path]:
        """Return the command that starts the server."""
        script = BENCH / "servers" / self.script
        return [self.python, script, "--port", str(self.port), *self.flags]

    def medians(self) -> list[float]:
        """Return the median of each round."""
        return [quantile(sorted(one), 0.5) for one in self.samples]

    def figures(self) -> Contender:
        """Return what the result says of this contender."""
        every = [sample for one in self.samples for sample in one]
        cpu = quantile(sorted(self.cpu_us), 0.5)
        return Contender(
            self.name,
            self.role,
            {"round_trip_ms": summary(every, 4), "server_cpu_us": round(cpu, 1)},
        )


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run, in the order of a round."""
    bokeh = "bokeh_server.py"
    every = [
        Track("bokeh", "peer", PEERS_PYTHON, bokeh, open_bokeh, trips=TRIPS_STALLED),
        Track("bokeh mended", "peer", PEERS_PYTHON, bokeh, open_bokeh, ("--mended",)),
        Track("tornado echo", "floor", PEERS_PYTHON, "echo_server.py", open_echo, ready="/"),
        Track("syncline", "ours", OUR_PYTHON, "syncline_server.py", open_syncline),
    ]
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


async def run_trips(client: Client, first: int, count: int) -> list[float]:
    """Return the milliseconds of each of some round trips."""
    taken = []
    for number in range(first, first + count):
        start = time.perf_counter()
        await client.trip(number)
        taken.append((time.perf_counter() - start) * 1e3)
    return taken


async def play(running: list[tuple[Track, int]], rounds: int) -> None:
    """Warm every server up, then let them take turns."""
    clients = [await track.open(track.port) for track, _ in running]
    for (track, _), client in zip(running, clients, strict=True):
        await run_trips(client, 1, min(WARM_UP, track.trips))
    # a value set again is no change and no patch: never repeat a number
    number = WARM_UP + 1
    for _ in range(rounds):
        for (track, pid), client in zip(running, clients, strict=True):
            before = cpu_seconds(pid)
            track.samples.append(await run_trips(client, number, track.trips))
            track.cpu_us.append((cpu_seconds(pid) - before) / track.trips * 1e6)
        number += TRIPS
    for client in clients:
        client.close()


@contextlib.contextmanager
def servers(chosen: list[Track]) -> Iterator[list[tuple[Track, int]]]:
    """Run the server of each contender."""
    with contextlib.ExitStack() as stack:
        running = []
        for track in chosen:
            url = f"http://127.0.0.1:{track.port}{track.ready}"
            process = stack.enter_context(ServerProcess(track.command(), url))
            running.append((track, process.pid))
        yield running


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P1."""
    ours = by_name.get("syncline")

    def ratio(other: str) -> float | None:
        lower = by_name.get(other)
        return paired_ratio(ours.medians(), lower.medians()) if ours and lower else None

    return [
        at_most("ours / bare Tornado echo", ratio("tornado echo"), 2.2, "x"),
        at_most("ours / mended Bokeh", ratio("bokeh mended"), 0.5, "x"),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P1."""
    chosen = tracks(only)
    # Where the scheduler puts client and server is no property of a contender, and costs as much
    # as the difference between two of them.
    with servers(chosen) as running, pinned([pid for _, pid in running]):
        asyncio.run(play(running, 3 if quick else ROUNDS))
    by_name = {track.name: track for track in chosen}
    notes = ["Mended: the peer with TCP_NODELAY set on its websockets by our script."]
    if "syncline" in by_name:
        notes.append("No contender limits the rate of changes in this run.")
    return Result(
        id="P1",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in chosen],
        checks=checks(by_name),
        notes=notes,
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
