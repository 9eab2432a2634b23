"""Apps with a slider and a text that follows it, each open in a page of one Chromium."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from harness.browser import chromium_async, function
from harness.mouse import SETTLED, TAKE, drag, probe
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, ServerProcess, free_port

APPS = BENCH / "apps"
DRAG = function("watch_drag")
RATE = 60.0
PIXELS = 400.0

Noted = dict[str, list[tuple[float, str]]]
"""Which values were seen when: `moved` at the slider, `answered` at the text."""


@dataclass
class DragTrack:
    """One contender, and what was measured."""

    name: str
    role: str
    command: list[str | Path]
    path: str
    handle: str = ".noUi-handle"
    readout: str | None = ".bk-slider-title"
    """What shows the slider's value; without it the input event tells."""
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    measured: dict[str, list[float]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the app's page."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def keep(self, figure: str, *values: float) -> None:
        """Keep samples of a figure."""
        self.measured.setdefault(figure, []).extend(values)

    async def drag(self, page: Page, *, right: bool, seconds: float) -> Noted:
        """Drag once and wait until both ends agree; return what was seen."""
        await page.bring_to_front()
        sides: dict[str, Any] = {"handle": self.handle, "readout": self.readout}
        start = await probe(page, DRAG, sides)
        await drag(page.mouse, start, PIXELS if right else -PIXELS, seconds, RATE)
        await page.wait_for_function(SETTLED, timeout=20_000)
        noted: Noted = await page.evaluate(TAKE)
        return noted


def bokeh(name: str = "bokeh", **env: str) -> DragTrack:
    """Return Bokeh's app."""
    command = [PEERS_PYTHON, "-m", "bokeh", "serve", APPS / "drag_bokeh.py"]
    return DragTrack(name, "peer", command, "/drag_bokeh", env=env)


def panel() -> DragTrack:
    """Return Panel's app."""
    command = [PEERS_PYTHON, "-m", "panel", "serve", APPS / "drag_panel.py"]
    return DragTrack("panel", "peer", command, "/drag_panel")


def syncline(**env: str) -> DragTrack:
    """Return our app."""
    command = [OUR_PYTHON.with_name("syncline"), "serve", APPS / "drag_syncline.py"]
    return DragTrack("syncline", "ours", command, "/drag_syncline", "[role=slider]", None, env)


@contextlib.asynccontextmanager
async def pages(tracks: list[DragTrack]) -> AsyncIterator[list[tuple[DragTrack, Page]]]:
    """Serve every contender's app and open its page."""
    async with contextlib.AsyncExitStack() as stack:
        for track in tracks:
            command = [*track.command, "--port", str(track.port)]
            stack.enter_context(ServerProcess(command, track.url, env=track.env))
        browser = await stack.enter_async_context(chromium_async())
        opened = []
        for track in tracks:
            page = await browser.new_page(viewport={"width": 900, "height": 600})
            await page.goto(track.url)
            opened.append((track, page))
        yield opened


async def play(
    tracks: list[DragTrack],
    rounds: int,
    seconds: float,
    keep: Callable[[DragTrack, Noted], None],
) -> None:
    """Let the contenders take turns at drags; the first round only warms up."""
    async with pages(tracks) as opened:
        for number in range(rounds + 1):
            for track, page in opened:
                noted = await track.drag(page, right=number % 2 == 0, seconds=seconds)
                if number > 0:
                    keep(track, noted)
