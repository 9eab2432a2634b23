"""A contender's lab with its page open, and what is dragged there."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from harness.browser import function
from harness.devtools import Tab, tab
from harness.lab import Lab, write_notebook
from harness.lab_track import LabTrack
from harness.mouse import SETTLED, TAKE, drag
from harness.process import BENCH

SECONDS = 3.0
PACE = 40.0
"""Moves a second that the figures of the peers were measured with, as a hand makes them."""
HURRY = 75.0
"""More than a display can show."""
PIXELS = 560.0
ECHOES = 40
WARMING = 2
"""Rounds that only warm up: so long, a browser translates the code it finds to be used much."""
APPS = BENCH / "apps"
DRAG = function("watch_drag")
KNOB_SHOWN = """() => document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .bench-bare')
  && true"""
STATE = """() => document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook')
  .innerText"""
ECHO = function("echo_comm")
COUNT = function("count_bytes")
BYTES = "() => ({ ...window.benchBytes })"
BARE_COMM = function("bare_comm")
BARE = function("bare_slider")
BEHIND = function("bare_behind")


class Sitting:
    """One contender's lab with its page open; a kind of its own says what happens around a drag."""

    rates = (PACE, HURRY)

    def __init__(self, track: LabTrack, tab: Tab) -> None:
        self.track, self.tab = track, tab
        self._right = True
        self._rounds = 0

    async def begin(self, track: LabTrack) -> None:
        """Prepare a drag."""

    async def end(self) -> list[float]:
        """Wait for the end of what a drag has caused; return the floor in this page."""
        await self._settle()
        echo: list[float] = await self.tab.evaluate(ECHO, ECHOES)
        return echo

    async def prepare(self) -> None:
        """Wait for both ends; put a bare comm behind those of a floor."""
        if self.track.cell == "lab_bare.py":
            await self.tab.until(KNOB_SHOWN)
            await self.tab.evaluate(BARE)
        await self.tab.until(DRAG, self.track.sides())
        if self.track.floor is not None:
            await self.tab.evaluate(BEHIND)

    async def round(self, *, keep: bool) -> None:
        """Drag at each pace, in turns with the floor of the same page."""
        floor = self.track.floor
        pair = [self.track] if floor is None else [self.track, floor]
        self._rounds += 1
        for track in reversed(pair) if self._rounds % 2 else pair:
            if floor is not None:
                await self.tab.evaluate("(on) => window.benchBehind(on)", track is floor)
            for rate in self.rates:
                await self._measure(track, rate, keep=keep)

    async def _measure(self, track: LabTrack, rate: float, *, keep: bool) -> None:
        tab = self.tab
        await self.begin(track)
        before = await tab.evaluate(BYTES)
        moves = await self._drag(rate)
        await asyncio.sleep(0.1)
        after = await tab.evaluate(BYTES)
        echo = await self.end()
        noted = await tab.evaluate(TAKE)
        if keep:
            track.add(noted, hurried=rate == HURRY)
            track.moves.append(moves)
            # That of a floor's page is its partner's.
            self.track.echo += echo
            track.kernel_bytes += after["kernel"] - before["kernel"]
            track.attach_bytes += after["attach"] - before["attach"]

    async def _drag(self, rate: float) -> float:
        start = await self.tab.until(DRAG, self.track.sides())
        pixels = PIXELS if self._right else -PIXELS
        self._right = not self._right
        return await drag(self.tab.mouse, start, pixels, SECONDS, rate)

    async def _settle(self) -> None:
        try:
            await self.tab.until(SETTLED, seconds=20)
        except TimeoutError as error:
            noted = await self.tab.evaluate(TAKE)
            ends = {side: (len(values), values[-1:]) for side, values in noted.items()}
            state = await self.tab.evaluate(STATE)
            raise RuntimeError(
                f"{self.track.name}: slider and label differ at the end: {ends}; {state}"
            ) from error


@contextlib.asynccontextmanager
async def sitting(kind: type[Sitting], track: LabTrack) -> AsyncIterator[Sitting]:
    """Start a contender's lab and open its notebook; yield it once slider and label are there."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_notebook(folder / "bench.ipynb", [APPS / "lab_echo.py", APPS / track.cell])
        with Lab(track.python, folder, track.extensions) as lab:
            async with tab(f"({COUNT})()", f"({BARE_COMM})()") as opened:
                await lab.open(opened, "bench.ipynb")
                seat = kind(track, opened)
                await seat.prepare()
                yield seat


async def play(
    chosen: list[LabTrack], turns: int, rounds: int, kind: type[Sitting] = Sitting
) -> None:
    """Let the contenders take turns; the first rounds of each turn only warm up."""
    for turn in range(turns):
        for track in reversed(chosen) if turn % 2 else chosen:
            async with sitting(kind, track) as seat:
                for number in range(rounds + WARMING):
                    await seat.round(keep=number >= WARMING)
