"""JupyterLab and Notebook 7 without our labextension: anywidget's shows the documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.driver import notebook_ready
from tests.hosts import lab as hosts
from tests.hosts.hosts import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
HELD = """\
import time, pathlib
slider.value = 7
pathlib.Path("begun").touch()
while not pathlib.Path("let-go").exists(): time.sleep(0.02)
pathlib.Path("ended").touch()"""
"""A cell that changes the document, and runs until a test lets it end."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Lab]:
    """A running JupyterLab."""
    with hosts.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def lab(server: hosts.Lab, page: Page) -> Iterator[hosts.Lab]:
    """The same, without kernels of other tests."""
    yield server
    hosts.end_kernels(page)


def test_a_document_is_live_both_ways_while_a_cell_runs_and_in_a_second_tab(
    page: Page, lab: hosts.Lab
) -> None:
    lab.write("live.ipynb", [LIVE, "shown", "slider.value = 2", HELD])
    lab.open(page, "live.ipynb")
    hosts.run(page, 0)
    hosts.run(page, 1)
    shown = hosts.shown(page).wait()
    shown.expect(3)
    shown.press()
    shown.expect(4)
    hosts.run(page, 2)
    shown.expect(2)
    hosts.save(page)
    second = page.context.new_page()
    lab.open(second, "live.ipynb", "lab/workspaces/second/tree")
    other = hosts.shown(second).wait()
    other.expect(2)
    hosts.begin(page, 3)
    hosts.wait_for_file(page, lab.folder / "begun")
    # What the cell sent is no reason for what pages send to wait until it ends.
    shown.expect(7)
    other.expect(7)
    for number, place in enumerate((shown, other, shown)):
        place.press()
        for each in (shown, other):
            each.expect(8 + number)
    assert not (lab.folder / "ended").exists()
    (lab.folder / "let-go").touch()
    hosts.wait_for_file(page, lab.folder / "ended")
    second.close()


def test_a_reload_shows_what_is_current_and_a_key_is_the_controls_own(
    page: Page, lab: hosts.Lab
) -> None:
    lab.write("reload.ipynb", [LIVE, "shown", "sl.TextInput(label='name')"])
    lab.open(page, "reload.ipynb")
    for cell in range(3):
        hosts.run(page, cell)
    hosts.shown(page).wait().press()
    hosts.shown(page).expect(4)
    # In command mode two of these delete a cell of the notebook.
    field = page.get_by_role("textbox", name="name")
    field.press_sequentially("dd")
    expect(field).to_have_value("dd")
    expect(page.locator(".jp-NotebookPanel .jp-CodeCell")).to_have_count(3)
    hosts.save(page)
    page.reload()
    notebook_ready(page)
    hosts.shown(page).wait().expect(4)
    hosts.shown(page).press()
    hosts.shown(page).expect(5)


def test_after_a_restart_the_view_says_what_to_do_and_the_cell_brings_it_back(
    page: Page, lab: hosts.Lab
) -> None:
    lab.write("restart.ipynb", [LIVE, "shown"])
    lab.open(page, "restart.ipynb")
    hosts.run(page, 0)
    hosts.run(page, 1)
    hosts.shown(page).wait().press()
    hosts.shown(page).expect(4)
    hosts.restart(page)
    expect(hosts.shown(page).notice()).to_contain_text("run the cell again", timeout=30_000)
    hosts.run(page, 0)
    hosts.run(page, 1)
    hosts.shown(page).wait().expect(3)


def test_a_saved_notebook_holds_the_saved_form_which_jupyterlab_alone_does_not_show(
    page: Page, lab: hosts.Lab
) -> None:
    lab.write("saved.ipynb", [LIVE, "shown"])
    lab.open(page, "saved.ipynb")
    hosts.run(page, 0)
    hosts.run(page, 1)
    hosts.shown(page).wait()
    hosts.save(page)
    expect_saved_form(lab, "saved.ipynb")
    hosts.end_kernels(page)
    lab.open(page, "saved.ipynb")
    expect_no_widget(page)


def test_with_the_state_of_its_widgets_a_notebook_shows_the_saved_form_without_its_kernel(
    page: Page, lab: hosts.Lab
) -> None:
    chosen = lab.settings / "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text('{"saveState": true}')
    lab.write("state.ipynb", [LIVE, "shown"])
    lab.open(page, "state.ipynb")
    hosts.run(page, 0)
    hosts.run(page, 1)
    hosts.shown(page).wait()
    hosts.save(page)
    hosts.end_kernels(page)
    lab.open(page, "state.ipynb")
    output = page.locator(".jp-OutputArea-output")
    expect(output.get_by_text("Python has 3").first).to_be_visible(timeout=30_000)
    expect(output.get_by_role("slider")).to_have_count(0)
    chosen.unlink()


def test_notebook_7_shows_it_over_a_reload_and_a_restart_and_saves_it(
    page: Page, lab: hosts.Lab
) -> None:
    lab.write("seven.ipynb", [LIVE, "shown"])
    lab.open(page, "seven.ipynb", "notebooks")
    hosts.run(page, 0)
    hosts.run(page, 1)
    hosts.shown(page).wait().press()
    hosts.shown(page).expect(4)
    hosts.save(page)
    expect_saved_form(lab, "seven.ipynb")
    page.reload()
    notebook_ready(page)
    shown = hosts.shown(page).wait()
    shown.expect(4)
    shown.press()
    shown.expect(5)
    hosts.restart(page)
    expect(hosts.shown(page).notice()).to_contain_text("run the cell again", timeout=30_000)
    hosts.run(page, 0)
    hosts.run(page, 1)
    shown = hosts.shown(page).wait()
    shown.expect(3)
    shown.press()
    shown.expect(4)
    hosts.save(page)
    hosts.end_kernels(page)
    lab.open(page, "seven.ipynb", "notebooks")
    expect_no_widget(page)


def expect_saved_form(lab: hosts.Lab, name: str) -> None:
    """Expect a file to hold the html of when it was displayed beside the widget."""
    cells = json.loads((lab.folder / name).read_text())["cells"]
    data = cells[1]["outputs"][0]["data"]
    assert "Python has 3" in "".join(data["text/html"])
    assert "application/vnd.jupyter.widget-view+json" in data


def expect_no_widget(page: Page) -> None:
    """Expect what JupyterLab says of a widget that no kernel has."""
    output = page.locator(".jp-OutputArea-output")
    expect(output).to_contain_text("Error displaying widget: model not found", timeout=30_000)
