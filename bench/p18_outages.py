"""P18: outages of the network, of the server and of the page, with input made meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page

from harness.browser import chromium, function
from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_most, summary
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, ServerProcess, free_port
from harness.proxy import Proxy
from harness.result import Contender, Result

TITLE = "outages in Chromium, with a key pressed on the slider meanwhile"
METHOD = (
    "A page behind a TCP proxy on loopback; every outage in a fresh page, the tools take turns. "
    "Cut: all connections are reset and new ones refused. Stall: nothing is forwarded. Offline: "
    "the browser's own emulation, with its events. Reload: F5 during a cut and again after it. "
    "Restart: the server is ended and started. Sleep: all processes of the browser are stopped, "
    "and the old connections carry nothing afterwards. A key is pressed two seconds into the "
    "outage (a sleep: at its end). Noticed: from the start of the outage (a "
    "stall: from the key, a sleep: from its end) to the first word about it on the page. Back: "
    "from its end (restart: from the server's answering) to Python's answer to that key; nobody "
    "touches the page before. Lost: rounds in which that answer did not come within 20 s. Kept: "
    "rounds in which the session that answers, to that key or to another one, is the same."
)
ROUNDS = 3
OUTAGE_S = 10.0
PRESS_S = 2.0
GIVE_UP_S = 20.0
AGAIN_S = 5.0
WATCH = function("watch_outage")
APPS = BENCH / "apps"
FIRST, PRESSED = "square 9", "square 16"


@dataclass
class Samples:
    """What was measured of one outage."""

    noticed: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    lost: int = 0
    kept: int = 0

    def figures(self) -> dict[str, Any]:
        """Return the figures of a result."""
        times = {"noticed_s": self.noticed, "back_s": self.back}
        figures: dict[str, Any] = {
            name: summary(samples, 2) for name, samples in times.items() if samples
        }
        return {**figures, "lost": self.lost, "kept": self.kept}


@dataclass
class Tool:
    """One contender: how to serve its app, and what was measured."""

    name: str
    role: str
    command: list[str | Path]
    path: str
    handle: str
    port: int = field(default_factory=free_port)
    samples: dict[str, Samples] = field(default_factory=dict)

    def server(self, proxy: Proxy) -> ServerProcess:
        """Return the server, to be started."""
        flag = "--allow-websocket-origin=" if self.role == "peer" else "--allow-origin=http://"
        argv = [*self.command, "--port", str(self.port), f"{flag}127.0.0.1:{proxy.port}"]
        return ServerProcess(argv, f"http://127.0.0.1:{self.port}{self.path}")


class Running:
    """A tool's server, that may be ended and started again."""

    def __init__(self, tool: Tool, proxy: Proxy) -> None:
        self.tool, self.proxy = tool, proxy
        self.server: ServerProcess | None = None

    def begin(self) -> None:
        """Start it and wait until it answers."""
        self.server = self.tool.server(self.proxy)
        self.server.wait_ready()

    def end(self) -> None:
        """End it."""
        if self.server is not None:
            self.server.stop()
            self.server = None


class Visit:
    """A page of one tool, behind its proxy."""

    def __init__(self, running: Running, page: Page, outage_s: float) -> None:
        self.proxy, self.page, self.outage_s = running.proxy, page, outage_s
        self.end, self.begin = running.end, running.begin
        self.path = running.tool.path

    @property
    def url(self) -> str:
        """The address of the app, through the proxy."""
        return f"http://127.0.0.1:{self.proxy.port}{self.path}"

    def open(self) -> str:
        """Open the page; return the session's mark."""
        self.page.goto(self.url)
        self.wait(FIRST)
        self.page.wait_for_function("() => benchOutage.knob")
        # the connection may come a moment after the page
        self.page.wait_for_timeout(500)
        return self.mark()

    def seen(self) -> dict[str, int]:
        """Return what the page shows, or has shown, and since when."""
        found: dict[str, int] = self.page.evaluate("() => benchOutage.seen")
        return found

    def forget(self) -> None:
        """Let the page begin to watch anew."""
        self.page.evaluate("() => benchOutage.forget()")

    def wait(self, text: str, seconds: float = GIVE_UP_S) -> float | None:
        """Return when a text was shown; None where it does not come in time."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            with contextlib.suppress(Error):
                if found := self.seen().get(text):
                    return found / 1000
            time.sleep(0.02)
        return None

    def mark(self) -> str:
        """Return the session's mark."""
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up:
            with contextlib.suppress(Error):
                if marks := [text for text in self.seen() if text.startswith("mark ")]:
                    return marks[0].removesuffix(" 3")
            time.sleep(0.02)
        return ""

    def press(self) -> float:
        """Press a key on the slider; return when."""
        self.page.evaluate("() => benchOutage.knob.focus()")
        now = time.time()
        self.page.keyboard.press("ArrowRight")
        return now

    def away(self, begun: float) -> float:
        """Press a key in the outage and wait for its end; return when it was pressed."""
        time.sleep(PRESS_S)
        pressed = self.press()
        time.sleep(max(0.0, begun + self.outage_s - time.time()))
        return pressed


def cut(visit: Visit) -> tuple[float | None, float]:
    """Cut the network; return when it was to be noticed, and when it came back."""
    begun = time.time()
    visit.proxy.cut()
    visit.away(begun)
    visit.proxy.mend()
    return begun, time.time()


def stall(visit: Visit) -> tuple[float | None, float]:
    """Stall the network."""
    begun = time.time()
    visit.proxy.stall()
    pressed = visit.away(begun)
    visit.proxy.mend()
    return pressed, time.time()


def offline(visit: Visit) -> tuple[float | None, float]:
    """Let the browser be offline."""
    begun = time.time()
    visit.page.context.set_offline(True)
    visit.away(begun)
    visit.page.context.set_offline(False)
    return begun, time.time()


def reload(visit: Visit) -> tuple[float | None, float]:
    """Cut the network, and load the page anew, there and afterwards."""
    visit.proxy.cut()
    visit.away(time.time())
    with contextlib.suppress(Error):
        visit.page.reload()
    visit.page.wait_for_url("chrome-error://**")
    visit.proxy.mend()
    mended = time.time()
    visit.page.reload()
    return None, mended


def second_tab(visit: Visit) -> tuple[float | None, float]:
    """Press a key, and open the app in a second tab."""
    visit.press()
    visit.wait(PRESSED)
    visit.page = visit.page.context.new_page()
    opened = time.time()
    visit.page.goto(visit.url)
    return None, opened


def restart(visit: Visit) -> tuple[float | None, float]:
    """End the server and start it again."""
    begun = time.time()
    visit.end()
    time.sleep(PRESS_S)
    visit.press()
    visit.begin()
    return begun, time.time()


def sleep(visit: Visit) -> tuple[float | None, float]:
    """Let the browser sleep while its connections die."""
    browser = visit.page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    for one in processes:
        os.kill(one["id"], signal.SIGSTOP)
    visit.proxy.deaden()
    time.sleep(visit.outage_s)
    for one in processes:
        os.kill(one["id"], signal.SIGCONT)
    woke = time.time()
    visit.press()
    return woke, woke


LOADED = ("reload", "second tab")
OUTAGES = {
    "cut": cut,
    "stall": stall,
    "offline": offline,
    "reload": reload,
    "second tab": second_tab,
    "restart": restart,
    "sleep": sleep,
}


def measure(tool: Tool, browser: Browser, name: str, outage_s: float) -> None:
    """Let a page of a tool go through an outage."""
    samples = tool.samples.setdefault(name, Samples())
    with contextlib.ExitStack() as stack:
        running = Running(tool, stack.enter_context(Proxy(tool.port)))
        stack.callback(running.end)
        running.begin()
        context = browser.new_context(viewport={"width": 900, "height": 600})
        stack.callback(context.close)
        context.add_init_script(f"({WATCH})({tool.handle!r})")
        visit = Visit(running, context.new_page(), outage_s)
        mark = visit.open()
        visit.forget()
        start, end = OUTAGES[name](visit)
        answered = visit.wait(PRESSED)
        noticed = visit.seen().get("notice")
        if start is not None and noticed:
            samples.noticed.append(noticed / 1000 - start)
        if answered is not None:
            samples.back.append(answered - end)
        else:
            samples.lost += 1
            # the page may be back all the same, without the key
            visit.press()
        samples.kept += visit.wait(f"{mark} 4", AGAIN_S) is not None


def tools(only: frozenset[str]) -> Iterator[Tool]:
    """Return the contenders of this run."""
    folder = tempfile.mkdtemp()
    bokeh: list[str | Path] = [PEERS_PYTHON, "-m", "bokeh", "serve", APPS / "outage_bokeh.py"]
    serve = OUR_PYTHON.with_name("syncline")
    ours: list[str | Path] = [serve, "serve", APPS / "outage_syncline.py"]
    ours.append(f"--store=sqlite:{folder}/sessions.db")
    if wanted("bokeh", "peer", only):
        yield Tool("bokeh", "peer", bokeh, "/outage_bokeh", ".noUi-handle")
    if wanted("syncline", "ours", only) and ours_runs():
        yield Tool("syncline", "ours", ours, "/outage_syncline", "[role=slider]")


def checks(ours: Tool | None) -> list[Check]:
    """Return the verdict on the targets of P18."""
    found = ours.samples if ours else {}
    lost = sum(samples.lost for samples in found.values()) if ours else None
    noticed = [t for samples in found.values() for t in samples.noticed]
    # a page that is loaded anew has its own time to load, P14
    waited = [t for name, one in found.items() if name not in LOADED for t in one.back]
    back = summary(waited, 2)["median"] if waited else None
    others = sum(len(one.back) + one.lost - one.kept for one in found.values()) if ours else None
    return [
        at_most("inputs lost", lost, 0),
        at_most("rounds with another session afterwards", others, 0),
        at_most("noticed, at worst", round(max(noticed), 2) if noticed else None, 2, " s"),
        at_most("back after the network, median", back, 0.5, " s"),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P18."""
    chosen = list(tools(only))
    with chromium() as browser:
        for _ in range(1 if quick else ROUNDS):
            for name in OUTAGES:
                for tool in chosen:
                    measure(tool, browser, name, 4.0 if quick else OUTAGE_S)
    ours = next((tool for tool in chosen if tool.role == "ours"), None)
    return Result(
        id="P18",
        title=TITLE,
        method=METHOD,
        contenders=[
            Contender(f"{tool.name}: {name}", tool.role, tool.samples[name].figures())
            for name in OUTAGES
            for tool in chosen
        ],
        checks=checks(ours),
        packages=("bokeh", "playwright"),
    )
