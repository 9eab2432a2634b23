"""marimo: a notebook that is edited, and one that is run as an app, with kernels of its own."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE, process, wait_for
from tests.hosts.hosts import LIVE, PYTHON, Shown, environment
from tests.ports import free_port

pytestmark = pytest.mark.browser
CELL = """\
@app.cell
def _():
{code}
    return
"""
TIMER = """\
timer = slider.document.add_periodic_callback(lambda: setattr(slider, "label", "ticked"), 50)"""


@contextlib.contextmanager
def marimo(folder: Path, verb: str) -> Iterator[str]:
    """Run marimo with a notebook that shows a document twice; yield its address."""
    shows = "import marimo as mo\nmo.vstack([shown, shown])"
    cell = CELL.format(code=textwrap.indent(f"{LIVE}\n{shows}", "    "))
    app = folder / "live.py"
    app.write_text(f"import marimo\n\napp = marimo.App()\n\n\n{cell}")
    port, log = free_port(), folder / "marimo.log"
    command = [str(PYTHON), "-m", "marimo", verb, "--headless", "--no-token", f"--port={port}"]
    command += ["--host=127.0.0.1", str(app)]
    base = f"http://127.0.0.1:{port}"
    variables = environment(folder) | {"HOME": str(folder)}
    variables.pop("PYTEST_CURRENT_TEST", None)
    with process(command, log, env=variables, cwd=folder) as server:
        wait_for(f"{base}/health", server, log)
        yield base


def test_an_app_is_live_both_ways_and_each_viewer_has_a_document(
    page: Page, tmp_path: Path
) -> None:
    with marimo(tmp_path, "run") as base:
        page.goto(base)
        first, second = (Shown(page, index).wait() for index in (0, 1))
        first.press()
        for shown in (first, second):
            shown.expect(4)
        other = page.context.new_page()
        other.goto(base)
        shown = Shown(other).wait()
        shown.expect(3)
        shown.press()
        shown.expect(4)
        shown.press()
        shown.expect(5)
        first.expect(4)
        # To marimo a page that is loaded again is another viewer.
        page.reload()
        first, second = (Shown(page, index).wait() for index in (0, 1))
        for shown in (first, second):
            shown.expect(3)
        first.press()
        for shown in (first, second):
            shown.expect(4)


def opened(page: Page, base: str) -> None:
    """Open the notebook to edit it; nothing is run."""
    page.goto(base)
    page.locator(".cm-content").first.wait_for(timeout=PATIENCE)
    page.locator('[data-testid="run-button"]').first.wait_for(timeout=PATIENCE)


def run_cell(page: Page) -> None:
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+Enter")


def test_an_edited_notebook_keeps_its_values_over_a_reload_until_its_cell_runs_again(
    page: Page, tmp_path: Path
) -> None:
    with marimo(tmp_path, "edit") as base:
        opened(page, base)
        run_cell(page)
        shown = Shown(page).wait()
        shown.press()
        shown.expect(4)
        page.reload()
        shown = Shown(page).wait()
        shown.expect(4)
        shown.press()
        shown.expect(5)
        run_cell(page)
        Shown(page).expect(3)
        shown = Shown(page).wait()
        shown.press()
        shown.expect(4)


def test_an_edited_notebook_whose_kernel_is_restarted_is_live_when_its_cell_runs_again(
    page: Page, tmp_path: Path
) -> None:
    with marimo(tmp_path, "edit") as base:
        opened(page, base)
        run_cell(page)
        shown = Shown(page).wait()
        shown.press()
        shown.expect(4)
        page.get_by_test_id("notebook-menu-dropdown").press("Enter")
        page.get_by_test_id("notebook-menu-dropdown-Restart kernel").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Confirm Restart").click()
        opened(page, base)
        # marimo may keep the place of its output, which has nothing to show.
        expect(Shown(page).root).to_have_count(0)
        run_cell(page)
        shown = Shown(page).wait()
        shown.expect(3)
        shown.press()
        shown.expect(4)
