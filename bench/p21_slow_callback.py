"""P21: a slider is dragged while its callback takes 50 ms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page

from harness.browser import chromium_async, function
from harness.contenders import ours_runs, wanted
from harness.figures import at_most, summary
from harness.mouse import SETTLED, TAKE, drag, probe
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, ServerProcess, free_port
from harness.result import Contender, Result

TITLE = "slider dragged in Chromium while its callback takes 50 ms"
METHOD = (
    "A drag with the mouse at 60 moves a second for one second, one way; every callback blocks "
    "Python for 50 ms, then sets the label. Settled: from the last new value at the slider to the "
    "moment the label shows that value."
)
ROUNDS = 7
SECONDS = 1.0
RATE = 60.0
PIXELS = 400.0
APPS = BENCH / "apps"
DRAG = function("watch_drag")


@dataclass
class Track:
    """One contender, and what was measured."""

    name: str
    role: str
    command: list[str | Path]
    path: str
    handle: str
    readout: str | None
    port: int = field(default_factory=free_port)
    settled: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the app's page."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def sides(self) -> dict[str, str | None]:
        """Return where the probe finds both ends."""
        return {"handle": self.handle, "readout": self.readout}

    def figures(self) -> Contender:
        """Return what the result says of this contender."""
        figures = {
            "settled_ms": summary(self.settled, 0),
            "values": summary(self.values, 0),
            "answers": summary(self.answers, 0),
        }
        return Contender(self.name, self.role, figures)


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run."""
    bokeh = [PEERS_PYTHON, "-m", "bokeh", "serve", APPS / "slow_bokeh.py"]
    ours = [OUR_PYTHON.with_name("syncline"), "serve", APPS / "slow_syncline.py"]
    every = [
        Track("bokeh", "peer", bokeh, "/slow_bokeh", ".noUi-handle", ".bk-slider-title"),
        Track("syncline", "ours", ours, "/slow_syncline", "[role=slider]", None),
    ]
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


async def turn(track: Track, page: Page, *, right: bool, keep: bool) -> None:
    """Drag once and wait until both ends agree."""
    await page.bring_to_front()
    start = await probe(page, DRAG, track.sides())
    await drag(page, start, PIXELS if right else -PIXELS, SECONDS, RATE)
    await page.wait_for_function(SETTLED, timeout=20_000)
    noted = await page.evaluate(TAKE)
    if keep:
        track.settled.append(noted["answered"][-1][0] - noted["moved"][-1][0])
        track.values.append(len(noted["moved"]))
        track.answers.append(len(noted["answered"]))


@contextlib.asynccontextmanager
async def pages(chosen: list[Track]) -> AsyncIterator[list[tuple[Track, Page]]]:
    """Serve every contender's app and open its page."""
    async with contextlib.AsyncExitStack() as stack:
        for track in chosen:
            command = [*track.command, "--port", str(track.port)]
            stack.enter_context(ServerProcess(command, track.url))
        browser = await stack.enter_async_context(chromium_async())
        opened = []
        for track in chosen:
            page = await browser.new_page(viewport={"width": 900, "height": 600})
            await page.goto(track.url)
            opened.append((track, page))
        yield opened


async def play(chosen: list[Track], rounds: int) -> None:
    """Let the contenders take turns; the first round only warms up."""
    async with pages(chosen) as opened:
        for number in range(rounds + 1):
            for track, page in opened:
                await turn(track, page, right=number % 2 == 0, keep=number > 0)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P21."""
    chosen = tracks(only)
    asyncio.run(play(chosen, 2 if quick else ROUNDS))
    ours = next((track for track in chosen if track.name == "syncline"), None)
    settled = float(summary(ours.settled, 1)["median"]) if ours else None
    return Result(
        id="P21",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in chosen],
        checks=[at_most("settled after the last move", settled, 120, " ms")],
        packages=("bokeh", "playwright"),
    )
