"""A served app behind a proxy that has outages, and a page that is used meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.harness.proxy import Proxy
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE, SLIDER, isolated, wait_for
from tests.hosting.notebooks import write
from tests.ports import free_port

APP = """\
import secrets
import syncline as sl

number = sl.Slider(label="Number", value=3.0, min=0.0, max=100.0, step=1.0)
name = sl.TextInput(label="Name", value="")
press = sl.Button(label="Press")
pressed = sl.Markdown(text="0")
told = sl.Markdown()
mark = sl.Markdown()


def tell(event=None):
    square = number.value * number.value
    told.text = f"square {square:.0f}, name {name.value!r}, pressed {pressed.text}"


def count(event):
    pressed.text = str(int(pressed.text) + 1)
    tell()


def begin():
    # What a session was built with goes by its code; what it has become since stays with it.
    mark.text = mark.text or "mark " + secrets.token_hex(4)


number.observe(tell, "value")
name.observe(tell, "value")
press.on("click", count)
tell()
sl.curdoc().add_root(sl.Column(number, name, press, pressed, told, mark))
sl.curdoc().add_next_tick_callback(begin)
"""


class Served:
    """The app's server, which may be killed and started again, behind its proxy."""

    def __init__(self, folder: Path, *options: str, notebook: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.options = options
        self.log = folder / "serve.log"
        if notebook:
            cells = APP.replace("sl.curdoc().add_root", "_ = ").partition("_ = ")
            self.script = write(folder / "outages.ipynb", cells[0], cells[2].splitlines()[0])
        else:
            self.script = folder / "outages.py"
            self.script.write_text(APP)
        self.proxy = Proxy(self.port)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The app's address, through the proxy."""
        return f"http://127.0.0.1:{self.proxy.port}/outages"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "syncline.cli", "serve", str(self.script), *self.options]
        # The proxy's port is what the browser says it has come to.
        origin = f"http://127.0.0.1:{self.proxy.port}"
        command += [f"--port={self.port}", f"--allow-origin={origin}"]
        env = isolated(self.folder)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
        wait_for(f"http://127.0.0.1:{self.port}/healthz", self.process, self.log)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server by its process id."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def wait_saved(self, text: bytes) -> None:
        """Wait until the store, an SQLite file in the folder, has a text."""
        deadline = time.monotonic() + 30
        while not any(text in file.read_bytes() for file in self.folder.glob("sessions.db*")):
            assert time.monotonic() < deadline, f"{text!r} was not saved"
            time.sleep(0.05)


@contextlib.contextmanager
def served(folder: Path, *options: str, notebook: bool = False) -> Iterator[Served]:
    """Serve the app until the block ends, with options of `syncline serve`."""
    app = Served(folder, *options, notebook=notebook)
    with app.proxy:
        try:
            app.start()
            yield app
        finally:
            app.stop()


@contextlib.contextmanager
def asleep(page: Page) -> Iterator[None]:
    """Stop all processes of the page's browser, as a laptop's sleep does, until the block ends."""
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()

    def tell(what: signal.Signals) -> None:
        for one in processes:
            # Some come and go.
            with contextlib.suppress(ProcessLookupError):
                os.kill(one["id"], what)

    try:
        tell(signal.SIGSTOP)
        yield
    finally:
        tell(signal.SIGCONT)


class Used:
    """The app's page, and a hand on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#syncline-root")
        self.slider = page.locator(SLIDER)
        self.field = page.get_by_label("Name")
        self.button = page.get_by_role("button", name="Press")
        self.note = page.locator(".syncline-status")

    def open(self, url: str) -> Used:
        """Open the page and wait until it is live."""
        self.page.goto(url)
        return self.wait()

    def wait(self) -> Used:
        """Wait until the page is live, and whole: the code of its elements comes when they do."""
        expect(self.root).to_have_attribute("data-syncline-status", "live", timeout=PATIENCE)
        for part in (self.slider, self.field, self.button):
            expect(part).to_be_visible(timeout=PATIENCE)
        return self

    def mark(self) -> str:
        """Return the mark that Python gave this session."""
        mark = self.page.get_by_text("mark ")
        expect(mark).to_be_visible(timeout=PATIENCE)
        return mark.inner_text()

    def right(self, times: int = 1) -> None:
        """Move the slider by its keys."""
        self.slider.locator("[role=slider]").focus()
        for _ in range(times):
            self.page.keyboard.press("ArrowRight")

    def name(self, text: str) -> None:
        """Write a name into its field."""
        self.field.fill(text)
        self.field.press("Enter")

    def press(self) -> None:
        """Press the button."""
        self.button.click()

    def python_says(self, number: int, name: str = "", pressed: int = 0) -> None:
        """Wait for what Python makes of all input."""
        text = f"square {number * number}, name {name!r}, pressed {pressed}"
        expect(self.page.get_by_text(text, exact=True)).to_be_visible(timeout=PATIENCE)

    def work_away(self) -> None:
        """Move, write and press while nothing gets through; all of it shows at once."""
        self.right(2)
        self.name("Ada")
        self.press()
        expect(self.field).to_have_value("Ada")
        assert self.slider.evaluate("slider => slider.value") == 5
