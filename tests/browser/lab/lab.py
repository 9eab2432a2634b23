"""A JupyterLab of one's own, and what is done to a notebook in it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import (
    PATIENCE,
    SLIDER,
    command,
    isolated,
    notebook_ready,
    process,
    wait_for,
)
from tests.ports import free_port

Carrier = Literal["attach", "comm"]
EVERY = os.environ.get("SYNCLINE_LAB") == "all"
CARRIERS = pytest.mark.parametrize("carrier", ["attach", "comm"] if EVERY else ["attach"])
"""Accidents by either carrier take long: `make test-lab`. That both carry is in every run."""
NO_NEWS = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
OUTPUT = ".syncline-output-area"
LIVE = """\
import syncline as sl
slider = sl.Slider(label="number", min=0, max=10, value=3)
told = sl.Markdown(text="Python has 3")
slider.observe(lambda event: setattr(told, "text", f"Python has {event.new:g}"), "value")
sl.Column(children=[slider, told])"""
"""A cell with a slider, and a text by which Python says what it has."""


@dataclass
class Lab:
    """A running server with JupyterLab and Notebook 7, its folder and its environment."""

    base: str
    token: str
    folder: Path
    environment: dict[str, str]
    opened: list[Notebook] = field(default_factory=list)
    pid: int = 0

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """Write a notebook of code cells."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        path = self.folder / name
        nbformat.write(notebook, path)
        return path

    def open(self, page: Page, name: str, app: str = "lab/tree") -> Notebook:
        """Open a notebook in a page, with an idle kernel; nothing is run."""
        reset = "&reset" if app.startswith("lab") else ""
        page.goto(f"{self.base}/{app}/{name}?token={self.token}{reset}")
        opened = Notebook(page)
        opened.wait_for_kernel()
        opened.panel = opened.current()
        self.opened.append(opened)
        return opened

    def tab(self, notebook: Notebook, name: str) -> Notebook:
        """Save a notebook, and open it in a tab of its own."""
        notebook.save()
        page = notebook.page.context.new_page()
        return self.open(page, name, f"lab/workspaces/tab-{len(self.opened)}/tree")

    def beside(self, notebook: Notebook, name: str) -> Notebook:
        """Open another notebook beside one, in the same page."""
        # What the command returns, a widget, would take many seconds to come here.
        notebook.page.evaluate(
            """async path => { await window.jupyterapp.commands.execute(
                'docmanager:open', { path, options: { mode: 'split-right' } }); }""",
            name,
        )
        opened = Notebook(notebook.page)
        notebook.page.wait_for_function(
            "old => window.jupyterapp.shell.currentWidget?.id !== old", arg=notebook.panel
        )
        opened.wait_for_kernel()
        opened.panel = opened.current()
        return opened

    def end_kernels(self) -> None:
        """Shut down what the notebooks of a test have left."""
        for notebook in self.opened:
            with contextlib.suppress(Exception):
                notebook.page.evaluate(
                    "() => window.jupyterapp.serviceManager.sessions.shutdownAll()"
                )
        self.opened.clear()


@dataclass
class Notebook:
    """A notebook that a page shows; what is done is done to the page's current one."""

    page: Page
    panel: str = ""

    def current(self) -> str:
        """Return the id of the page's current panel."""
        found: str = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.id")
        return found

    def focus(self) -> None:
        """Make it the current one of its page."""
        self.page.evaluate("id => window.jupyterapp.shell.activateById(id)", self.panel)
        self.page.wait_for_function(
            "id => window.jupyterapp.shell.currentWidget?.id === id", arg=self.panel
        )

    def wait_for_kernel(self) -> None:
        """Wait until the kernel is connected and idle."""
        notebook_ready(self.page)

    def run(self, index: int) -> None:
        """Run one cell, and wait until it has ended."""
        done = self.page.evaluate(
            """async index => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = index;
                panel.content.deselectAll();
                await window.jupyterapp.commands.execute('notebook:run-cell');
                return panel.content.widgets[index].model.executionCount !== null; }""",
            index,
        )
        assert done, f"cell {index} did not run"

    def begin(self, index: int) -> None:
        """Run one cell, and wait until the kernel is at it."""
        self.page.evaluate(
            """index => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = index;
                panel.content.deselectAll();
                void window.jupyterapp.commands.execute('notebook:run-cell'); }""",
            index,
        )
        self.page.wait_for_function(
            """() => window.jupyterapp.shell.currentWidget
                .sessionContext.session.kernel.status === 'busy'""",
            timeout=PATIENCE,
        )

    def save(self) -> None:
        """Save the notebook."""
        command(self.page, "docmanager:save")

    def read_file(self) -> None:
        """Have it read its file again, which another tab has saved."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.revert()")

    def command(self, name: str) -> None:
        """Run a command of JupyterLab."""
        command(self.page, name)

    def of_session(self, code: str, argument: object = None) -> None:
        """Await a JavaScript expression of the notebook's session `context`."""
        self.page.evaluate(
            f"""async argument => {{
                const context = window.jupyterapp.shell.currentWidget.sessionContext;
                await ({code}); }}""",
            argument,
        )

    def restart(self) -> None:
        """Restart the kernel without a question."""
        self.page.evaluate(
            """async () => {
                const context = window.jupyterapp.shell.currentWidget.sessionContext;
                await context.session.kernel.restart();
                await context.session.kernel.info; }"""
        )

    def value_of(self, code: str) -> str:
        """Return what an expression is in the kernel, as its `repr`; the kernel is to be idle."""
        found: Any = self.page.evaluate(
            """async code => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                const request = { code: '', silent: true, user_expressions: { it: code } };
                const reply = await kernel.requestExecute(request).done;
                const { it } = reply.content.user_expressions;
                if (it.status !== 'ok') return `${it.ename}: ${it.evalue}`;
                return it.data['text/plain']; }""",
            code,
        )
        return str(found)

    def is_running(self, index: int) -> bool:
        """Tell whether a cell runs; the kernel's own status is also that of its subshells."""
        found: bool = self.page.evaluate(
            """index => window.jupyterapp.shell.currentWidget.content.widgets[index]
                .model.executionState === 'running'""",
            index,
        )
        return found

    def kill_kernel(self) -> int:
        """End the kernel's process at once, as a crash does; return its id."""
        pid = int(self.value_of("__import__('os').getpid()"))
        os.kill(pid, signal.SIGKILL)
        return pid

    def output(self, index: int = 0) -> Output:
        """Return one of ours among the notebook's outputs."""
        panel = f'[id="{self.panel}"] ' if self.panel else ""
        return Output(self.page, self.page.locator(panel + OUTPUT).nth(index))


@dataclass
class Output:
    """One output with a document."""

    page: Page
    node: Locator

    def wait(self, state: str = "live", seconds: float = 60) -> Output:
        """Wait until it is in a state: its `data-syncline-state`."""
        expect(self.node).to_have_attribute("data-syncline-state", state, timeout=seconds * 1e3)
        return self

    def wait_carrier(self, name: str) -> None:
        """Wait until its messages go a way."""
        expect(self.node).to_have_attribute("data-syncline-carrier", name, timeout=30_000)

    def wait_note(self, text: str | re.Pattern[str], seconds: float = 30) -> None:
        """Wait until it says something of its document."""
        expect(self.node.locator(".syncline-note")).to_have_text(
            text if isinstance(text, re.Pattern) else re.compile(re.escape(text)),
            timeout=seconds * 1e3,
        )

    def expect_frozen(self, value: float, why: str) -> None:
        """Wait until it shows a last value that cannot be changed, says why and of when it is."""
        self.wait("frozen")
        self.wait_note(re.compile(rf"{re.escape(why)}.*These are the values of \d\d:\d\d\."))
        expect(self.slider).to_have_js_property("value", value)
        assert self.slider.evaluate("slider => slider.closest('[inert]') !== null")

    def carrier(self) -> str | None:
        """Return which way its messages go."""
        return self.node.get_attribute("data-syncline-carrier")

    @property
    def slider(self) -> Locator:
        """Return its slider."""
        return self.node.locator(SLIDER).first

    def press(self, key: str = "ArrowRight") -> None:
        """Press a key on the slider."""
        self.node.get_by_role("slider").first.press(key)

    def expect(self, value: float) -> None:
        """Wait until the slider has a value, and Python says the same."""
        expect(self.slider).to_have_js_property("value", value)
        # Not in the saved form, which is hidden and has a view of its own.
        view = self.node.locator(":scope > .syncline-root").last
        expect(view.get_by_text(f"Python has {value:g}", exact=True)).to_be_visible()


@contextlib.contextmanager
def running_lab(
    folder: Path,
    *options: str,
    port: int = 0,
    python: str = sys.executable,
    environment: dict[str, str] | None = None,
    end_within: float = 30,
) -> Iterator[Lab]:
    """Run JupyterLab on a folder of notebooks; again at the same port, to be the same for pages.

    Of these sources, unless `python` and `environment` say otherwise.
    """
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    port = port or free_port()
    token, log = "secret-of-a-test", folder / "lab.log"
    environment = environment or isolated(folder)
    command = [python, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
    command += [f"--port={port}", "--port-retries=0", f"--IdentityProvider.token={token}"]
    command += ["--allow-root", f"--ServerApp.root_dir={notebooks}", *NO_NEWS, *options]
    base = f"http://127.0.0.1:{port}"
    with process(command, log, end_within=end_within, env=environment) as server:
        wait_for(f"{base}/api/status?token={token}", server, log)
        yield Lab(base, token, notebooks, environment, pid=server.pid)


def use(page: Page, carrier: Carrier) -> None:
    """Have a page's documents carried one way."""
    if carrier == "comm":
        page.add_init_script("localStorage.setItem('syncline:carrier', 'comm')")
