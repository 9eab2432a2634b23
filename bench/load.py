"""Load: many sessions at once, slow callbacks beside them, sessions created meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from harness.contenders import chosen, mended, syncline
from harness.figures import at_most, quantile
from harness.process import BENCH
from harness.result import Result
from harness.track import Track, servers

TITLE = "500 sessions at two changes a second; beside 2 s callbacks; while sessions are created"
METHOD = (
    "The app of P1, a session for each client, one server after the other on one core, the clients "
    "on the other. A round trip begins when its change is due, so that a server that falls behind "
    "is not spared. Under load: 500 sessions, each two changes a second. Beside slow callbacks: 20 "
    "such sessions while five others keep a callback of two seconds running that had been called "
    "once before (no server can know of the first call how long it takes). During creation: one "
    "session with a change every 50 ms while 50 others a second come in "
    "from another process, each with page, websocket and document."
)
SESSIONS, NEIGHBOURS, SLEEPERS = 500, 20, 5
PAUSE, FINE_PAUSE, NAP = 0.5, 0.05, 2.0
CREATED_PER_SECOND = 50
NEWCOMERS = str(BENCH / "programs" / "newcomers.py")
FIGURES = {"load_ms": 20.0, "beside_slow_ms": 10.0, "creation_ms": 5.0}
"""What is measured, and for how many seconds."""


async def changes(client: Any, pause: float, seconds: float, first: float = 0.0) -> list[float]:
    """Make a change whenever one is due; return the milliseconds until each was answered."""
    taken = []
    begun = time.perf_counter() + first
    for number in itertools.count(1):
        due = begun + (number - 1) * pause
        if due > begun + seconds:
            return taken
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await client.trip(number)
        taken.append((time.perf_counter() - due) * 1e3)
    return taken


async def many(clients: list[Any], seconds: float) -> list[float]:
    """Let all clients make changes, evenly spread; return all round trips."""
    steps = (
        changes(client, PAUSE, seconds, PAUSE * place / len(clients))
        for place, client in enumerate(clients)
    )
    return list(itertools.chain.from_iterable(await asyncio.gather(*steps)))


async def naps(client: Any, over: asyncio.Event) -> None:
    """Keep a callback of two seconds running, never two at a time, until it is over."""
    for number in itertools.count(1):
        if over.is_set():
            return
        client.nap(number)
        await asyncio.gather(asyncio.sleep(NAP), client.change(number))


@asynccontextmanager
async def beside(sleepers: list[Any]) -> AsyncIterator[None]:
    """Let clients keep slow callbacks running meanwhile; wait until the last has ended."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for client in sleepers:
            group.create_task(naps(client, over))
        yield
        over.set()
    await asyncio.sleep(NAP)


@asynccontextmanager
async def creation(track: Track) -> AsyncIterator[None]:
    """Let sessions be created meanwhile by another process: what it does is not the server's."""
    kind = "syncline" if track.role == "ours" else "bokeh"
    command = (NEWCOMERS, kind, str(track.port), str(CREATED_PER_SECOND))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if not await process.stdout.readline():
            raise RuntimeError("the newcomers could not come in")
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def measure(track: Track, quick: bool) -> None:
    """Take the three figures of one contender."""
    part = 0.05 if quick else 1.0
    seconds = {figure: max(1.0, whole * part) for figure, whole in FIGURES.items()}
    clients = [await track.open(track.port) for _ in range(int(SESSIONS * part))]
    await many(clients, 1.0)
    track.keep_all("load_ms", await many(clients, seconds["load_ms"]))
    sleepers = [await track.open(track.port) for _ in range(SLEEPERS)]
    sleepers[0].nap(0.5)
    await sleepers[0].change(1)
    await asyncio.sleep(NAP)
    async with beside(sleepers):
        some = clients[:NEIGHBOURS]
        track.keep_all("beside_slow_ms", await many(some, seconds["beside_slow_ms"]))
    async with creation(track):
        fine = await changes(clients[0], FINE_PAUSE, seconds["creation_ms"])
    track.keep_all("creation_ms", fine)
    for client in (*clients, *sleepers):
        client.close()


def p99(tracks: list[Track], figure: str) -> float | None:
    """Return the slowest hundredth of our round trips."""
    ours = next((track for track in tracks if track.role == "ours"), None)
    return None if ours is None else round(quantile(sorted(ours.samples[figure]), 0.99), 1)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure the load."""
    tracks = chosen([mended(), syncline()], only)
    for track in tracks:
        with servers([track]):
            asyncio.run(measure(track, quick))
    return Result(
        id="load",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(1) for track in tracks],
        checks=[at_most("p99 beside slow callbacks", p99(tracks, "beside_slow_ms"), 20, " ms")],
        notes=[
            "Mended: the peer with TCP_NODELAY set on its websockets by our script.",
            "No contender limits the rate of changes in this run.",
        ],
        packages=("bokeh", "tornado", "picows", "msgspec"),
    )
