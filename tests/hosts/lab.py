"""JupyterLab of `build/hosts`, where our labextension is not installed."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.driver import PATIENCE, command, notebook_ready, process, wait_for
from tests.hosts.hosts import PYTHON, Shown, environment, write_notebook
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


@dataclass
class Lab:
    """A running server, the folder of its notebooks, and that of its settings."""

    base: str
    token: str
    folder: Path
    settings: Path

    def open(self, page: Page, name: str, app: str = "lab/tree") -> None:
        """Open a notebook, with an idle kernel; nothing is run."""
        reset = "&reset" if app == "lab/tree" else ""
        page.goto(f"{self.base}/{app}/{name}?token={self.token}{reset}")
        notebook_ready(page)

    def write(self, name: str, cells: Sequence[str]) -> None:
        """Write a notebook of code cells."""
        write_notebook(self.folder / name, cells)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Lab]:
    """Run the JupyterLab, with Notebook 7, on a folder."""
    port, token, log = free_port(), "secret-of-a-test", folder / "lab.log"
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    options = ["--no-browser", "--expose-app-in-browser", "--allow-root", "--port-retries=0"]
    options += [f"--port={port}", f"--IdentityProvider.token={token}", *QUIET]
    options += [f"--ServerApp.root_dir={notebooks}"]
    options += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    base = f"http://127.0.0.1:{port}"
    variables = environment(folder)
    with process([str(PYTHON), "-m", "jupyterlab", *options], log, env=variables) as server:
        wait_for(f"{base}/api/status?token={token}", server, log)
        yield Lab(base, token, notebooks, Path(variables["JUPYTERLAB_SETTINGS_DIR"]))


def run(page: Page, index: int) -> None:
    """Run one cell, and wait until it has ended."""
    page.evaluate(
        """async index => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.activeCellIndex = index;
            panel.content.deselectAll();
            await window.jupyterapp.commands.execute('notebook:run-cell'); }""",
        index,
    )


def begin(page: Page, index: int) -> None:
    """Run one cell, and wait for nothing."""
    page.evaluate(
        """index => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.activeCellIndex = index;
            panel.content.deselectAll();
            void window.jupyterapp.commands.execute('notebook:run-cell'); }""",
        index,
    )


def wait_for_file(page: Page, path: Path) -> None:
    """Wait until a cell has made a file."""
    end = time.monotonic() + PATIENCE / 1000
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} is not there"
        page.wait_for_timeout(50)


def restart(page: Page) -> None:
    """Restart the kernel without a question."""
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    notebook_ready(page)


def save(page: Page) -> None:
    """Save the notebook."""
    command(page, "docmanager:save")


def end_kernels(page: Page) -> None:
    """Shut down what the notebooks of a page have left."""
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")


def shown(page: Page) -> Shown:
    """Return the first document of the current notebook."""
    return Shown(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)"))
