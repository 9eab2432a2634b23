"""Several views of one document: tabs, and views of an output, all live."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import CARRIERS, LIVE, OUTPUT, Carrier, Lab, Output, use

pytestmark = pytest.mark.browser


@CARRIERS
def test_three_tabs_agree_and_the_others_go_on_when_one_is_closed(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("tabs.ipynb", [LIVE])
    notebook = lab.open(page, "tabs.ipynb")
    notebook.run(0)
    first = notebook.output().wait()
    second = lab.tab(notebook, "tabs.ipynb").output().wait()
    third = lab.tab(notebook, "tabs.ipynb").output().wait()
    second.press()
    for output in (first, second, third):
        output.expect(4)
        assert output.carrier() == carrier
    page.close()
    third.press()
    for output in (second, third):
        output.expect(5)


@CARRIERS
def test_a_new_view_of_an_output_is_live_and_outlives_the_first(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    lab.write("views.ipynb", [LIVE])
    notebook = lab.open(page, "views.ipynb")
    notebook.run(0)
    first = notebook.output().wait()
    notebook.command("notebook:create-output-view")
    expect(page.locator(OUTPUT)).to_have_count(2)
    view = Output(page, page.locator(f".jp-LinkedOutputView {OUTPUT}")).wait()
    second = lab.tab(notebook, "views.ipynb").output().wait()
    view.press()
    for output in (first, second):
        output.expect(4)
    second.press()
    for output in (first, view):
        output.expect(5)
    page.evaluate(
        """() => { const { shell } = window.jupyterapp;
            for (const widget of shell.widgets('main'))
                if (widget.node.querySelector('.jp-LinkedOutputView')) widget.close(); }"""
    )
    expect(page.locator(OUTPUT)).to_have_count(1)
    first.press()
    for output in (first, second):
        output.expect(6)
