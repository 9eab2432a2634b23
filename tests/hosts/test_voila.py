"""Voila: a notebook as a page, each with a kernel of its own, and no labextension of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.driver import process, wait_for
from tests.hosts.hosts import LIVE, PYTHON, Shown, environment, write_notebook
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LATER = """\
import asyncio
async def count():
    while True:
        await asyncio.sleep(0.2)
        slider.label = f"number {int(slider.value)}"
task = asyncio.ensure_future(count())
"""


PLOT = """\
import numpy as np
x = np.linspace(0, 1, 20_000)
figure = sl.LinePlot(x=x, y=[3 * x], labels=["line"])
slider.observe(lambda event: setattr(figure, "y", [event.new * x]), "value")
figure"""


@pytest.fixture(scope="module")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Voila."""
    folder: Path = tmp_path_factory.mktemp("voila")
    write_notebook(folder / "live.ipynb", [LIVE, "shown", "shown", LATER, PLOT])
    port, log = free_port(), folder / "voila.log"
    command = [str(PYTHON), "-m", "voila", "--no-browser", f"--port={port}", str(folder)]
    base = f"http://127.0.0.1:{port}"
    with process(command, log, env=environment(folder)) as server:
        wait_for(f"{base}/", server, log)
        yield base


def test_a_document_is_live_both_ways_in_each_place(page: Page, voila: str) -> None:
    page.goto(f"{voila}/voila/render/live.ipynb")
    first, second = (Shown(page, index).wait() for index in (0, 1))
    first.expect(3)
    first.press()
    for shown in (first, second):
        shown.expect(4)
    second.press("ArrowRight")
    first.expect(5)
    page.get_by_text("number 5").first.wait_for()


def test_arrays_arrive_with_the_change_that_made_them(page: Page, voila: str) -> None:
    page.goto(f"{voila}/voila/render/live.ipynb")
    shown = Shown(page).wait()
    plot = page.locator('[data-type="ui/LinePlot@1"]')
    expect(plot.locator("canvas")).to_be_visible()
    # It says what is drawn.
    expect(plot).to_have_attribute("aria-label", re.compile(r"\b3\b"))
    shown.press()
    expect(plot).to_have_attribute("aria-label", re.compile(r"\b4\b"))


def test_a_reload_runs_the_notebook_again_in_a_kernel_of_its_own(page: Page, voila: str) -> None:
    page.goto(f"{voila}/voila/render/live.ipynb")
    shown = Shown(page).wait()
    shown.press()
    shown.expect(4)
    page.reload()
    Shown(page).wait().expect(3)
