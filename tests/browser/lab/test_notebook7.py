"""Notebook 7 shows live documents as JupyterLab does."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Page

from tests.browser.lab.lab import CARRIERS, LIVE, Carrier, Lab, use
from tests.browser.lab.test_kernels import GONE

pytestmark = pytest.mark.browser


@CARRIERS
def test_display_saving_opening_again_reload_and_restart(
    page: Page, lab: Lab, carrier: Carrier
) -> None:
    use(page, carrier)
    path = lab.write("seven.ipynb", [LIVE, "slider.value = 8"])
    notebook = lab.open(page, "seven.ipynb", "notebooks")
    notebook.run(0)
    output = notebook.output().wait()
    assert output.carrier() == carrier
    output.press()
    output.expect(4)
    notebook.save()
    saved = nbformat.read(path, as_version=4).cells[0].outputs[0].data
    assert "<p>Python has 4</p>" in saved["text/html"]
    page.close()
    again = page.context.new_page()
    notebook = lab.open(again, "seven.ipynb", "notebooks")
    notebook.output().wait().expect(4)
    notebook.run(1)
    notebook.output().expect(8)
    notebook = lab.open(again, "seven.ipynb", "notebooks")
    output = notebook.output().wait()
    output.expect(8)
    output.press()
    output.expect(9)
    notebook.restart()
    output.expect_frozen(9, GONE)
    notebook.run(0)
    notebook.output().wait().expect(3)
