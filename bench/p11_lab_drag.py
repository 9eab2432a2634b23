"""P11: slider -> kernel -> label in a real JupyterLab, dragging with the mouse."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page
from playwright.async_api import TimeoutError as NotInTime

from harness.browser import chromium_async, function
from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_least, at_most, summary
from harness.lab import Lab, SocketBytes, write_notebook
from harness.mouse import SETTLED, TAKE, drag, probe
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, can_import
from harness.result import Contender, Result

TITLE = "slider -> kernel -> label in JupyterLab in Chromium, dragging"
METHOD = (
    "One JupyterLab and one page per contender, taking turns. A round is a 3 s drag with the mouse "
    "at 75 moves a second, one way; latency: from the moment a value shows at the slider (the "
    "readout's change, else the input event) to the moment the label shows the same value; Hz: new "
    "labels per second while dragging. The floor is a bare comm: page, kernel, page, one message "
    "at a time, in the same page between the drags; and, dragged, behind a bare knob and label."
)
ROUNDS = 6
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
BARE = function("bare_slider")
PACKAGES = ("jupyterlab", "jupyter_server", "ipykernel", "ipywidgets", "tornado", "playwright")
MENDED = {"bench_nodelay": True}
DRAGGED = "bare comm dragged"
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
        floor = Contender(f"bare comm ({self.name})", "floor", echoed)
        return [Contender(self.name, self.role, dragged), floor]


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run, in the order of a round."""
    widgets = ("lab_ipywidgets.py", ".noUi-handle", ".widget-readout")
    ours = ("lab_syncline.py", "[role=slider]")
    by_comm = {**MENDED, OUR_EXTENSION: False}
    every = [
        Track("ipywidgets", "peer", PEERS_PYTHON, *widgets),
        Track("ipywidgets mended", "peer", PEERS_PYTHON, *widgets, MENDED),
        Track(DRAGGED, "floor", PEERS_PYTHON, "lab_bare.py", ".bench-knob", None, MENDED),
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

    def __init__(self, track: Track, page: Page) -> None:
        self.track, self.page = track, page
        self.bytes = SocketBytes(page)
        self._right = True

    async def _drag(self) -> float:
        start = await probe(self.page, DRAG, self.track.sides())
        pixels = PIXELS if self._right else -PIXELS
        self._right = not self._right
        return await drag(self.page, start, pixels, SECONDS, RATE)

    async def begin(self) -> None:
        """Prepare a drag."""

    async def end(self) -> list[float]:
        """Wait for the end of what a drag has caused; return the floor in this page."""
        await self._settle()
        floor: list[float] = await self.page.evaluate(ECHO, ECHOES)
        return floor

    async def round(self, *, keep: bool) -> None:
        """Drag once, and measure the floor."""
        track, page, count = self.track, self.page, self.bytes
        await page.bring_to_front()
        await self.begin()
        kernel, attach = count.kernel, count.attach
        rate = await self._drag()
        await page.wait_for_timeout(100)
        kernel, attach = count.kernel - kernel, count.attach - attach
        echo = await self.end()
        noted = await page.evaluate(TAKE)
        if keep:
            track.add(noted["moved"], noted["answered"])
            track.moves.append(rate)
            track.echo += echo
            track.kernel_bytes += kernel
            track.attach_bytes += attach

    async def _settle(self) -> None:
        try:
            await self.page.wait_for_function(SETTLED, timeout=20_000)
        except NotInTime as error:
            noted = await self.page.evaluate(TAKE)
            ends = {side: (len(values), values[-1:]) for side, values in noted.items()}
            state = await self.page.evaluate(STATE)
            raise RuntimeError(
                f"{self.track.name}: slider and label differ at the end: {ends}; {state}"
            ) from error


async def sit_down(kind: type[Sitting], track: Track, lab: Lab, browser: Browser) -> Sitting:
    """Open a contender's notebook and wait until its slider and label are there."""
    context = await browser.new_context(viewport={"width": 1500, "height": 900})
    sitting = kind(track, await context.new_page())
    await lab.open(sitting.page, "bench.ipynb")
    if track.name == DRAGGED:
        await probe(sitting.page, READY, {})
        await sitting.page.evaluate(BARE)
    await probe(sitting.page, DRAG, track.sides())
    return sitting


@contextlib.asynccontextmanager
async def sittings(kind: type[Sitting], chosen: list[Track]) -> AsyncIterator[list[Sitting]]:
    """Start a lab and open a page for each contender."""
    async with contextlib.AsyncExitStack() as stack:
        labs = []
        for track in chosen:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            write_notebook(folder / "bench.ipynb", [APPS / "lab_echo.py", APPS / track.cell])
            labs.append(stack.enter_context(Lab(track.python, folder, track.extensions)))
        browser = await stack.enter_async_context(chromium_async())
        pairs = zip(chosen, labs, strict=True)
        yield [await sit_down(kind, track, lab, browser) for track, lab in pairs]


async def play(chosen: list[Track], rounds: int, kind: type[Sitting] = Sitting) -> None:
    """Let the contenders take turns; the first round only warms up."""
    async with sittings(kind, chosen) as open_pages:
        for number in range(rounds + 1):
            for sitting in open_pages:
                await sitting.round(keep=number > 0)


def median(samples: list[float] | None) -> float | None:
    """Return the median of samples, if there are any."""
    return float(summary(samples, 2)["median"]) if samples else None


def above(upper: float | None, lower: float | None) -> float | None:
    """Return by how much one figure is above another."""
    return None if upper is None or lower is None else round(upper - lower, 2)


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P11."""
    attach, comm = by_name.get("syncline attach"), by_name.get("syncline comm")
    bare = by_name.get(DRAGGED)
    share = attach.kernel_share() if attach else None
    shown = None
    if attach and attach.hertz:
        pairs = zip(attach.hertz, attach.slider_hertz, strict=True)
        shown = round(100 * median([label / slider for label, slider in pairs]), 1)  # type: ignore[operator]
    dragged = median(comm.latency) if comm else None
    return [
        at_most("attach: latency, median", median(attach.latency) if attach else None, 8, " ms"),
        at_least("attach: Hz", median(attach.hertz) if attach else None, SHOWN_HZ),
        at_least("attach: part of the slider's values that the label shows", shown, 98, " %"),
        at_most("attach: the kernel websocket's part of the bytes", share, 1, " %"),
        at_most(
            "comm: latency over the bare comm, dragged",
            above(dragged, median(bare.latency) if bare else None),
            0.5,
            " ms",
        ),
        at_most(
            "comm: latency over the bare comm of an idle page",
            above(dragged, median(comm.echo) if comm else None),
            0.5,
            " ms",
        ),
        at_least("comm: Hz", median(comm.hertz) if comm else None, 40),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P11."""
    chosen = tracks(only)
    asyncio.run(play(chosen, 2 if quick else ROUNDS))
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
