"""P14: a page with a slider and a text: bytes of a cold load, and request to interactive."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from harness.browser import chromium, function
from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_most, at_pace, summary
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, WEB_PYTHON, ServerProcess, free_port
from harness.result import Contender, Result
from harness.traffic import Traffic

TITLE = "a page with a slider and a text: cold load"
METHOD = (
    "Warm server, new browser context (cold cache) each time, no network but loopback; the tools "
    "take turns. Shown: from the request to the first frame with the text. Interactive: to the "
    "first frame in which Python has answered a real key press on the slider, a key being pressed "
    "again and again from the moment the handle can take the focus. Bytes: as served (headers "
    "included) up to then, and the bodies gzipped at level 9 whether the tool compresses or not."
)
ROUNDS = 7
GIVE_UP_S = 30
BOKEH_S = 0.8
"""What Bokeh takes on the machine of the target."""
APPS = BENCH / "apps"
FIRST_ANSWER = "square 1"
WATCH = function("watch_answer")

Command = Callable[[int], list[str | Path]]


def module(python: Path, name: str, *argv: str | Path) -> Command:
    """Return the command of a tool's own module, with its port."""
    return lambda port: [python, "-m", name, *argv, "--port", str(port)]


def dash(port: int) -> list[str | Path]:
    """Return the command of the Dash app, which is a script."""
    return [WEB_PYTHON, APPS / "dash_app.py", "--port", str(port)]


def syncline(port: int) -> list[str | Path]:
    """Return the command a user of Syncline types."""
    serve = OUR_PYTHON.with_name("syncline")
    return [serve, "serve", APPS / "slider_text.py", "--port", str(port)]


@dataclass
class Tool:
    """One contender: how to serve its app, and what was measured."""

    name: str
    role: str
    command: Command
    path: str
    handle: str
    press_every: float = 0.05
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    shown: list[float] = field(default_factory=list)
    interactive: list[float] = field(default_factory=list)
    traffic: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the app's page."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def figures(self) -> Contender:
        """Return what the result says of this tool."""
        times = {
            "shown_ms": summary(self.shown, 0),
            "interactive_ms": summary(self.interactive, 0),
        }
        return Contender(self.name, self.role, {**self.traffic, **times})


def tools(only: frozenset[str]) -> list[Tool]:
    """Return the contenders of this run."""
    bokeh, panel = APPS / "bokeh_app.py", APPS / "panel_app.py"
    shiny, solara = APPS / "shiny_app.py", APPS / "solara_app.py"
    run_bokeh = module(PEERS_PYTHON, "bokeh", "serve", bokeh)
    run_panel = module(PEERS_PYTHON, "panel", "serve", panel)
    run_shiny = module(WEB_PYTHON, "shiny", "run", shiny)
    run_solara = module(WEB_PYTHON, "solara", "run", solara, "--production", "--no-open")
    every = [
        Tool("bokeh", "peer", run_bokeh, "/bokeh_app", ".noUi-handle"),
        Tool("panel", "peer", run_panel, "/panel_app", ".noUi-handle"),
        # its slider waits 250 ms for a next move: a key pressed sooner would put the answer off
        Tool("shiny", "peer", run_shiny, "/", ".irs-line", press_every=0.6),
        Tool("dash", "peer", dash, "/", "[role=slider]"),
        Tool("solara", "peer", run_solara, "/", "[role=slider]"),
        Tool("syncline", "ours", syncline, "/slider_text", "[role=slider]"),
    ]
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


def press_until_answered(page: Page, every: float) -> dict[str, float]:
    """Press a key on the slider until the text changes; return the page's own clock."""
    give_up = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up:
        focused = page.evaluate("() => window.benchWatch.focused")
        if focused:
            page.keyboard.press("ArrowRight")
        # look often, press seldom
        look_until = time.monotonic() + (every if focused else 0.005)
        while time.monotonic() < look_until:
            seen: dict[str, float] = page.evaluate("() => window.benchWatch")
            if seen["answered"]:
                return seen
            page.wait_for_timeout(5)
    raise RuntimeError(f"no answer at {page.url}: {page.evaluate('() => window.benchWatch')}")


def visit(browser: Browser, tool: Tool, *, keep: bool) -> None:
    """Load the page once with a cold cache."""
    context = browser.new_context(viewport={"width": 900, "height": 600})
    context.add_init_script(f"({WATCH})({tool.handle!r}, {FIRST_ANSWER!r})")
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(tool.url, wait_until="commit")
    seen = press_until_answered(page, tool.press_every)
    if keep:
        tool.shown.append(seen["shown"])
        tool.interactive.append(seen["answered"])
        tool.traffic = traffic.figures()
    context.close()


@contextlib.contextmanager
def served(chosen: list[Tool]) -> Iterator[None]:
    """Serve every tool's app."""
    with contextlib.ExitStack() as stack:
        for tool in chosen:
            process = ServerProcess(tool.command(tool.port), tool.url, env=tool.env)
            stack.enter_context(process)
        yield


def checks(by_name: dict[str, Tool]) -> list[Check]:
    """Return the verdict on the targets of P14."""
    ours = by_name.get("syncline")
    traffic = ours.traffic if ours else {}
    bokeh = by_name.get("bokeh")
    seconds, pace = (
        summary(tool.interactive)["median"] / 1000 if tool else None for tool in (ours, bokeh)
    )
    return [
        at_most("bytes served", traffic.get("served_kb"), 90, " kB"),
        at_most("requests", traffic.get("requests"), 8),
        at_pace("request -> interactive", seconds, 0.3, " s", pace, BOKEH_S),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P14."""
    chosen = tools(only)
    with served(chosen), chromium() as browser:
        for tool in chosen:
            visit(browser, tool, keep=False)
        for _ in range(2 if quick else ROUNDS):
            for tool in chosen:
                visit(browser, tool, keep=True)
    return Result(
        id="P14",
        title=TITLE,
        method=METHOD,
        contenders=[tool.figures() for tool in chosen],
        checks=checks({tool.name: tool for tool in chosen}),
        notes=[
            "Shiny's slider waits 250 ms for a next move; its time to interactive contains that.",
            "Requests that would leave the machine are refused, and counted as refused_external.",
        ],
        packages=("bokeh", "panel", "shiny", "dash", "solara", "solara-assets", "playwright"),
    )
