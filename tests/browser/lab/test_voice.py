"""What callbacks print and raise is shown under the cell that displayed the document."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.lab import CARRIERS, LIVE, Carrier, Lab, use

pytestmark = pytest.mark.browser

TELL = """\
def tell(event):
    print(f"told {event.new:g}")
    if event.new >= 5:
        raise ValueError("too much")
stop = slider.observe(tell, "value")"""
CELL = ".jp-CodeCell"


@CARRIERS
def test_callbacks_tell_the_cell_with_the_output(page: Page, lab: Lab, carrier: Carrier) -> None:
    use(page, carrier)
    lab.write("voice.ipynb", [LIVE, TELL, "import time; time.sleep(3)"])
    notebook = lab.open(page, "voice.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    notebook.run(1)
    cell = page.locator(CELL).nth(0)
    output.press()
    output.expect(4)
    expect(cell.get_by_text("told 4", exact=True)).to_be_visible()
    notebook.begin(2)
    output.press()
    error = cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    expect(error).to_contain_text("ValueError: too much")
    expect(error).to_contain_text("callback tell failed")
    # The view goes on, and other cells were told nothing.
    output.expect(5)
    expect(page.locator(CELL).nth(1).locator(".jp-OutputArea-output")).to_have_count(0)
    expect(page.locator(CELL).nth(2).locator(".jp-OutputArea-output")).to_have_count(0)


def test_after_a_reload_they_tell_the_log_console(page: Page, lab: Lab) -> None:
    lab.write("late.ipynb", [LIVE, TELL])
    notebook = lab.open(page, "late.ipynb")
    notebook.run(0)
    notebook.output().wait()
    notebook.run(1)
    notebook.save()
    output = lab.open(page, "late.ipynb").output().wait()
    page.evaluate("() => window.jupyterapp.commands.execute('logconsole:open')")
    panel = page.locator(".jp-LogConsolePanel")
    # Lab calls what is printed information, which it leaves out at first.
    page.locator("select").filter(has_text="Critical").select_option(label="Info")
    output.press()
    expect(panel.get_by_text("told 4")).to_be_visible()
    output.press()
    expect(panel.get_by_text("ValueError: too much")).to_be_visible()
