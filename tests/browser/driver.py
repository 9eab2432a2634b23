"""Driving JupyterLab and Syncline's pages in a real Chromium."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("SYNCLINE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SLIDER = '[data-type="ui/Slider@1"]'
MARKDOWN = '[data-type="ui/Markdown@1"]'
PATIENCE = 60_000
"""Milliseconds for what starts a kernel or a server on a busy machine."""
# Playwright's five seconds are few where several browsers share two cores.
expect.set_options(timeout=15_000)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


JUPYTER_FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}


def jupyter_folders(folder: Path) -> dict[str, str]:
    """Return the variables by which Jupyter keeps all that is the user's in a folder."""
    return {name: str(folder / sub) for name, sub in JUPYTER_FOLDERS.items()}


def isolated(folder: Path) -> dict[str, str]:
    """Return an environment in which Jupyter reads and writes nothing of the user's."""
    share = folder / "share"
    (share / "labextensions").mkdir(parents=True, exist_ok=True)
    # The labextension of these sources, whatever the environment has installed.
    link = share / "labextensions/syncline-lab"
    if not link.is_symlink():
        link.symlink_to(ROOT / "python/syncline/labextension")
    return dict(os.environ) | jupyter_folders(folder) | {"JUPYTER_PATH": str(share)}


@contextlib.contextmanager
def process(
    command: list[str], log: Path, *, end_within: float = 30, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; its output goes to `log`, and it is ended by its process id.

    What has not ended after `end_within` seconds is killed.
    """
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **options)
        try:
            yield server
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(end_within)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(
    url: str,
    server: subprocess.Popen[bytes],
    log: Path,
    seconds: float = 90,
    opener: urllib.request.OpenerDirector | None = None,
) -> None:
    """Return when `url` answers; fail with the server's own words."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with (opener or urllib.request.build_opener()).open(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer\n{log.read_text(errors='replace')[-4000:]}")


@contextlib.contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """Run `scripts/demo.py` on a copy of the notebooks; yield its base URL and token."""
    notebooks = folder / "notebooks"
    shutil.copytree(ROOT / "notebooks", notebooks)
    port, token, log = free_port(), "secret-of-a-test", folder / "demo.log"
    command = [sys.executable, str(ROOT / "scripts/demo.py"), f"--port={port}", f"--token={token}"]
    command += [f"--root={notebooks}", "--expose-app-in-browser"]
    base = f"http://127.0.0.1:{port}"
    with process(command, log, env=isolated(folder)) as server:
        wait_for(f"{base}/api/status?token={token}", server, log)
        yield base, token


class Shown:
    """A live slider on a page, and the text that follows it."""

    def __init__(self, page: Page, within: str = "body", index: int = 0) -> None:
        self.page = page
        # Until its kernel answers, an output shows its saved form, which has a slider too.
        self.slider = page.locator(f"{within} {SLIDER}:not(.syncline-saved *)").nth(index)
        text = f"{within} {MARKDOWN}:not(.syncline-saved *)"
        self.text = page.locator(text, has_text="of 1,461 days").first

    def wait(self) -> Shown:
        """Wait until it is there and live."""
        expect(self.slider).to_be_visible(timeout=PATIENCE)
        mount = self.slider.locator("xpath=ancestor::*[@data-syncline-status][1]")
        expect(mount).to_have_attribute("data-syncline-status", "live", timeout=PATIENCE)
        return self

    def value(self) -> float:
        """Return what the slider shows."""
        shown: float = self.slider.evaluate("slider => slider.value")
        return shown

    def expect(self, value: float) -> None:
        """Wait until the slider shows `value`."""
        expect(self.slider).to_have_js_property("value", value)

    def drag(self, fraction: float) -> float:
        """Drag the thumb with the mouse to a fraction of the track; return its value."""
        self.slider.scroll_into_view_if_needed()
        track = self._track().bounding_box()
        assert track is not None
        mouse, y = self.page.mouse, track["y"] + track["height"] / 2
        start = self.slider.evaluate("s => (s.value - s.min) / (s.max - s.min)")
        mouse.move(track["x"] + start * track["width"], y)
        mouse.down()
        mouse.move(track["x"] + fraction * track["width"], y, steps=12)
        mouse.up()
        return self.value()

    def _track(self) -> Locator:
        return self.slider.locator("#track")


def open_notebook(page: Page, base: str, token: str | None, name: str) -> None:
    """Open a notebook in JupyterLab, wait for its kernel, run all cells."""
    query = f"?token={token}&reset" if token else "?reset"
    page.goto(f"{base}/lab/tree/{name}{query}", wait_until="domcontentloaded")
    notebook_ready(page)
    command(page, "notebook:run-all-cells")
    page.wait_for_function(
        """() => { const prompts = [...document.querySelectorAll(
            '.jp-NotebookPanel .jp-CodeCell .jp-InputPrompt')].map(e => e.textContent.trim());
            return prompts.length && prompts.every(t => /^\\[\\d+\\]:$/.test(t)); }""",
        timeout=PATIENCE,
    )


def notebook_ready(page: Page) -> None:
    """Wait until JupyterLab shows the notebook with a connected, idle kernel."""
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=PATIENCE)
    page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-Cell", timeout=PATIENCE)
    # Playwright takes the promise of an async predicate for true: ask in two steps.
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext", timeout=PATIENCE
    )
    page.evaluate(
        """async () => { const context = window.jupyterapp.shell.currentWidget.sessionContext;
            await context.ready;
            await context.session.kernel.info; }"""
    )
    page.wait_for_function(
        """() => { const context = window.jupyterapp.shell.currentWidget.sessionContext;
            const kernel = context.session?.kernel;
            return kernel?.connectionStatus === 'connected' && kernel.status === 'idle'
                && window.jupyterapp.commands.hasCommand('notebook:run-all-cells'); }""",
        timeout=PATIENCE,
    )


def command(page: Page, name: str) -> None:
    """Run a command of JupyterLab; fail when it does not end."""
    done = page.evaluate(
        """name => Promise.race([window.jupyterapp.commands.execute(name).then(() => true),
            new Promise(resolve => setTimeout(() => resolve(false), 20000))])""",
        name,
    )
    assert done, f"{name} did not end"


def kernel_id(page: Page) -> str:
    """Return the id of the open notebook's kernel."""
    found: str = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
    )
    return found
