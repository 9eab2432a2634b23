"""P11: slider -> kernel -> label in a real JupyterLab, dragging with the mouse."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.browser import function
from harness.contenders import ours_runs, wanted
from harness.devtools import Tab, tab
from harness.figures import Check, at_least, at_most, summary
from harness.lab import Lab, write_notebook
from harness.mouse import SETTLED, TAKE, drag
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, can_import
from harness.result import Contender, Result

TITLE = "slider -> kernel -> label in JupyterLab in Chromium, dragging"
METHOD = (
    "One JupyterLab and one page at a time, as a person has it; the contenders take turns twice, "
    "the second time from the last to the first. A round is a 3 s drag with the mouse at 75 moves "
    "a second, one way; latency: from the moment a value shows at the slider (the readout's "
    "change, else the input event) to the moment the label shows the same value; Hz: new labels "
    "per second while dragging. The floor is a bare comm: page, kernel, page, one message at a "
    "time, the latest value; dragged behind our own slider and label, which then hear nothing "
    "else, and behind a bare knob and text. The echo is the same comm between the drags, asked "
    "again as soon as it has answered."
)
TURNS = 2
ROUNDS = 3
SECONDS = 3.0
RATE = 75.0
SHOWN_HZ = 59.0
"""A display shows 60 frames a second; what a slider shows, the label is to show as well."""
PIXELS = 560.0
ECHOES = 40
APPS = BENCH / "apps"
DRAG = function("watch_drag")
READY = """() => document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .bench-bare')
  && true"""
STATE = """() => document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook')
  .innerText"""
ECHO = function("echo_comm")
COUNT = function("count_bytes")
BYTES = "() => ({ ...window.benchBytes })"
BARE_COMM = function("bare_comm")
BARE = function("bare_slider")
BEHIND = function("bare_behind")
PACKAGES = ("jupyterlab", "jupyter_server", "ipykernel", "ipywidgets", "tornado")
MENDED = {"bench_nodelay": True}
KNOB = "bare comm behind a knob"
SLIDER = "bare comm behind our slider"
# without its server extension the front end of Syncline uses the comm
OUR_EXTENSION = "syncline.jupyter"


def per_second(noted: list[tuple[float, str]]) -> float:
    """Return how often a new value was noted."""
    return (len(noted) - 1) / (noted[-1][0] - noted[0][0]) * 1e3


@dataclass
class Track:
    """One contender: its lab, its notebook, and what was measured."""

    name: str
    role: str
    python: Path
    cell: str
    handle: str
    readout: str | None = None
    extensions: dict[str, bool] = field(default_factory=dict)
    latency: list[float] = field(default_factory=list)
    hertz: list[float] = field(default_factory=list)
    slider_hertz: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    values: int = 0
    answers: int = 0
    echo: list[float] = field(default_factory=list)
    kernel_bytes: int = 0
    attach_bytes: int = 0

    def sides(self) -> dict[str, Any]:
        """Return where the probe finds both ends."""
        return {"handle": self.handle, "readout": self.readout}

    def add(self, moved: list[tuple[float, str]], answered: list[tuple[float, str]]) -> None:
        """Add what the page noted in one drag."""
        shown_at = {value: at for at, value in moved}
        self.latency += [at - shown_at[value] for at, value in answered if value in shown_at]
        self.values, self.answers = self.values + len(moved), self.answers + len(answered)
        if len(answered) > 1:
            self.hertz.append(per_second(answered))
            self.slider_hertz.append(per_second(moved))

    def kernel_share(self) -> float:
        """Return the part of the document's bytes that the kernel's websocket carried, in %."""
        total = self.kernel_bytes + self.attach_bytes
        return round(100 * self.kernel_bytes / total, 2) if total else 100.0

    def figures(self) -> list[Contender]:
        """Return what the result says of this contender and of the floor in its page."""
        dragged = {
            "latency_ms": summary(self.latency, 1),
            "hz": summary(self.hertz or [0], 1),
            "slider_hz": summary(self.slider_hertz or [0], 1),
            "values_shown": f"{self.answers} of {self.values}",
            "moves_per_s": summary(self.moves, 1),
            "bytes_per_value": round((self.kernel_bytes + self.attach_bytes) / self.values),
            "kernel_socket_percent": self.kernel_share(),
        }
        echoed = {"latency_ms": summary(self.echo, 1)}
        floor = Contender(f"echo ({self.name})", "floor", echoed)
        return [Contender(self.name, self.role, dragged), floor]


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run, in the order of a round."""
    widgets = ("lab_ipywidgets.py", ".noUi-handle", ".widget-readout")
    ours = ("lab_syncline.py", "[role=slider]")
    by_comm = {**MENDED, OUR_EXTENSION: False}
    every = [
        Track("ipywidgets", "peer", PEERS_PYTHON, *widgets),
        Track("ipywidgets mended", "peer", PEERS_PYTHON, *widgets, MENDED),
        Track(KNOB, "floor", PEERS_PYTHON, "lab_bare.py", ".bench-knob", None, MENDED),
        Track(SLIDER, "floor", OUR_PYTHON, *ours, None, by_comm),
        Track("syncline attach", "ours", OUR_PYTHON, *ours),
        Track("syncline comm", "ours", OUR_PYTHON, *ours, None, by_comm),
    ]
    if can_import(OUR_PYTHON, "ipywidgets"):
        # What our server extension does for others' widgets.
        every.insert(2, Track("ipywidgets with our extension", "peer", OUR_PYTHON, *widgets))
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs("syncline.jupyter")]


class Sitting:
    """One contender's lab with its page open; a kind of its own says what happens around a drag."""

    def __init__(self, track: Track, tab: Tab) -> None:
        self.track, self.tab = track, tab
        self._right = True

    async def _drag(self) -> float:
        start = await self.tab.until(DRAG, self.track.sides())
        pixels = PIXELS if self._right else -PIXELS
        self._right = not self._right
        return await drag(self.tab.mouse, start, pixels, SECONDS, RATE)

    async def begin(self) -> None:
        """Prepare a drag."""

    async def end(self) -> list[float]:
        """Wait for the end of what a drag has caused; return the floor in this page."""
        await self._settle()
        floor: list[float] = await self.tab.evaluate(ECHO, ECHOES)
        return floor

    async def round(self, *, keep: bool) -> None:
        """Drag once, and measure the floor."""
        track, tab = self.track, self.tab
        await self.begin()
        before = await tab.evaluate(BYTES)
        rate = await self._drag()
        await asyncio.sleep(0.1)
        after = await tab.evaluate(BYTES)
        echo = await self.end()
        noted = await tab.evaluate(TAKE)
        if keep:
            track.add(noted["moved"], noted["answered"])
            track.moves.append(rate)
            track.echo += echo
            track.kernel_bytes += after["kernel"] - before["kernel"]
            track.attach_bytes += after["attach"] - before["attach"]

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
async def sitting(kind: type[Sitting], track: Track) -> AsyncIterator[Sitting]:
    """Start a contender's lab and open its notebook; yield it once slider and label are there."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_notebook(folder / "bench.ipynb", [APPS / "lab_echo.py", APPS / track.cell])
        with Lab(track.python, folder, track.extensions) as lab:
            async with tab(f"({COUNT})()", f"({BARE_COMM})()") as opened:
                await lab.open(opened, "bench.ipynb")
                await prepare(opened, track)
                yield kind(track, opened)


async def prepare(tab: Tab, track: Track) -> None:
    """Wait for both ends; put the bare comm behind those of a floor."""
    if track.name == KNOB:
        await tab.until(READY)
        await tab.evaluate(BARE)
    await tab.until(DRAG, track.sides())
    if track.name == SLIDER:
        await tab.evaluate(BEHIND)


async def play(chosen: list[Track], turns: int, rounds: int, kind: type[Sitting] = Sitting) -> None:
    """Let the contenders take turns; the first round of each turn only warms up."""
    for turn in range(turns):
        for track in reversed(chosen) if turn % 2 else chosen:
            async with sitting(kind, track) as seat:
                for number in range(rounds + 1):
                    await seat.round(keep=number > 0)


def median(samples: list[float] | None) -> float | None:
    """Return the median of samples, if there are any."""
    return float(summary(samples, 2)["median"]) if samples else None


def above(upper: float | None, lower: float | None) -> float | None:
    """Return by how much one figure is above another."""
    return None if upper is None or lower is None else round(upper - lower, 2)


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P11."""
    attach, comm = by_name.get("syncline attach"), by_name.get("syncline comm")
    floor = by_name.get(SLIDER)
    share = attach.kernel_share() if attach else None
    shown = None
    if attach and attach.hertz:
        pairs = zip(attach.hertz, attach.slider_hertz, strict=True)
        shown = round(100 * median([label / slider for label, slider in pairs]), 1)  # type: ignore[operator]
    over = above(median(comm.latency) if comm else None, median(floor.latency) if floor else None)
    return [
        at_most("attach: latency, median", median(attach.latency) if attach else None, 8, " ms"),
        at_least("attach: Hz", median(attach.hertz) if attach else None, SHOWN_HZ),
        at_least("attach: part of the slider's values that the label shows", shown, 98, " %"),
        at_most("attach: the kernel websocket's part of the bytes", share, 1, " %"),
        at_most("comm: latency over the bare comm behind the same slider", over, 0.5, " ms"),
        at_least("comm: Hz", median(comm.hertz) if comm else None, 40),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P11."""
    chosen = tracks(only)
    asyncio.run(play(chosen, *((1, 1) if quick else (TURNS, ROUNDS))))
    return Result(
        id="P11",
        title=TITLE,
        method=METHOD,
        contenders=[one for track in chosen for one in track.figures()],
        checks=checks({track.name: track for track in chosen}),
        notes=[
            "Mended: TCP_NODELAY set on the kernel websocket by bench/extensions/bench_nodelay.py.",
            "slider_hz: new values at the slider; hz cannot be more, a display shows 60 a second.",
            "A value that a later one overtook has no latency; values_shown counts those shown.",
            "Syncline's comm is measured without our server extension, on the mended server.",
        ],
        packages=PACKAGES,
    )
