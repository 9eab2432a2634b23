"""JupyterLite with the Pyodide kernel: everything in the browser, and no server but of files."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import LIVE, Notebook
from tests.hosts.lite import built_site, forget, opened, ready, served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

INSTALL = "%pip install -q syncline"
SAYS = """\
slider.observe(lambda event: print("heard", event.new), "value")
timer = slider.document.add_periodic_callback(lambda: setattr(slider, "min", slider.min - 1), 50)
slider"""
SETS = "slider.value = 7"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site."""
    folder = tmp_path_factory.mktemp("lite")
    site = built_site(folder, [INSTALL, LIVE, SAYS, SETS])
    with served(site, folder / "server.log") as base:
        yield base
    forget(site)


def run(notebook: Notebook, *cells: int) -> None:
    for cell in cells:
        notebook.run(cell)


def test_a_document_is_live_both_ways_and_its_callbacks_run(site: str, page: Page) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    notebook = opened(page, site)
    run(notebook, 0, 1)
    output = notebook.output().wait()
    output.wait_carrier("comm")
    output.expect(3)
    output.press()
    output.expect(4)
    run(notebook, 2, 3)
    output.expect(7)
    second = notebook.output(1).wait()
    expect(second.slider).to_have_js_property("value", 7)
    # What a callback prints comes out at the cell that shows its model last, and timers run.
    output.press()
    output.expect(8)
    expect(second.slider).to_have_js_property("value", 8)
    cell = page.locator(".jp-CodeCell").nth(2)
    expect(cell.get_by_text("heard 8")).to_be_visible()
    page.wait_for_function(
        "slider => slider.min < -3", arg=output.slider.element_handle(), timeout=15_000
    )
    # Also the kernel's worker was heard of, and nothing has left the site.
    assert any(url.endswith("/pyodide.asm.wasm") for url in asked)
    assert any("/syncline-" in url and ".whl" in url for url in asked), asked
    assert [url for url in asked if not url.startswith((f"{site}/", "data:", "blob:"))] == []


def test_a_restart_and_a_reload_leave_the_last_values_until_the_cell_runs_again(
    site: str, page: Page
) -> None:
    notebook = opened(page, site)
    run(notebook, 0, 1)
    output = notebook.output().wait()
    output.press()
    output.expect(4)
    notebook.restart()
    output.wait("frozen")
    output.wait_note(re.compile("run the cell again", re.IGNORECASE))
    expect(output.slider).to_have_js_property("value", 4)
    run(notebook, 0, 1)
    output = notebook.output().wait()
    output.press()
    output.expect(4)
    output.press()
    output.expect(5)
    notebook.save()
    # The kernel was a part of the page.
    page.reload()
    ready(notebook)
    saved = notebook.output()
    saved.wait("saved")
    expect(saved.slider).to_have_js_property("value", 5)
    run(notebook, 0, 1)
    notebook.output().wait().expect(3)
