"""A page that is loaded again, and a notebook that is closed and opened again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import CARRIERS, LIVE, OUTPUT, Carrier, Lab, use

pytestmark = pytest.mark.browser


@CARRIERS
def test_a_reload_shows_what_is_current_and_a_second_tab_agrees(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("reload.ipynb", [LIVE])
    notebook = lab.open(page, "reload.ipynb")
    notebook.run(0)
    notebook.output().wait().expect(3)
    second = lab.tab(notebook, "reload.ipynb").output().wait()
    notebook.output().press()
    second.expect(4)
    output = lab.open(page, "reload.ipynb").output().wait()
    output.expect(4)
    assert output.carrier() == carrier
    second.press()
    output.expect(5)
    output.press()
    second.expect(6)


def test_a_reload_before_saving_leaves_no_output_and_the_cell_can_run_again(
    page: Page, lab: Lab
) -> None:
    lab.write("unsaved.ipynb", [LIVE, "sl.Column(children=[slider, told])"])
    notebook = lab.open(page, "unsaved.ipynb")
    notebook.run(0)
    notebook.output().wait().press()
    notebook.output().expect(4)
    other = lab.open(page.context.new_page(), "unsaved.ipynb", "lab/workspaces/other/tree")
    expect(other.page.locator(OUTPUT)).to_have_count(0)
    other.run(1)
    second = other.output().wait()
    second.expect(4)
    notebook = lab.open(page, "unsaved.ipynb")
    expect(page.locator(OUTPUT)).to_have_count(0)
    second.wait().press()
    second.expect(5)
    assert notebook.value_of("slider.value") == "5.0"
    notebook.run(0)
    first = notebook.output().wait()
    first.expect(3)
    other.run(1)
    second = other.output().wait()
    second.expect(3)
    first.press()
    second.expect(4)
    second.press()
    first.expect(5)


@CARRIERS
def test_a_notebook_that_is_closed_and_opened_again_is_current(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("closed.ipynb", [LIVE, "slider.value = 8"])
    notebook = lab.open(page, "closed.ipynb")
    notebook.run(0)
    notebook.output().wait().press()
    notebook.output().expect(4)
    second = lab.tab(notebook, "closed.ipynb")
    notebook.save()
    notebook.command("application:close")
    expect(page.locator(OUTPUT)).to_have_count(0)
    second.run(1)
    second.output().expect(8)
    page.evaluate(
        """async () => { await window.jupyterapp.commands.execute(
            'docmanager:open', { path: 'closed.ipynb' }); }"""
    )
    notebook.wait_for_kernel()
    notebook.panel = notebook.current()
    output = notebook.output().wait()
    output.expect(8)
    output.press()
    second.output().expect(9)
