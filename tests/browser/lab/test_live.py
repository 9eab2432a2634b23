"""A document in a notebook's output is live, by either carrier."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.lab.lab import LIVE, Carrier, Lab, use

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("carrier", ["attach", "comm"])
def test_an_output_is_live_both_ways(page: Page, lab: Lab, carrier: Carrier) -> None:
    use(page, carrier)
    lab.write("live.ipynb", [LIVE, "slider.value = 8"])
    notebook = lab.open(page, "live.ipynb")
    notebook.run(0)
    output = notebook.output().wait()
    assert output.carrier() == carrier
    output.expect(3)
    output.press()
    output.expect(4)
    notebook.run(1)
    output.expect(8)
    assert notebook.value_of("slider.value") == "8.0"
