"""A kernel without threads and without ipykernel, as JupyterLite's is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.driver import LITE, Kernel
from tests.kernel.pages import MIME, CommPage

SETUP = """
import asyncio
import syncline as sl

class Knob(sl.Model, type="lite/Knob@1"):
    value: float = sl.prop(0.0, client=True)
    double: float = sl.prop(0.0)
    ticks: int = sl.prop(0)
    done: str = sl.prop("")
    cell: str = sl.prop("")

async def follow(event):
    await asyncio.sleep(0)
    event.model.double = 2 * event.new

def name_cell(event):
    event.model.cell = get_ipython().kernel._parent_header["metadata"].get("cellId", "")

knob = Knob()
knob.observe(follow, "value")
knob.observe(name_cell, "value")
"""


@pytest.fixture(scope="module")
def lite() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(LITE + SETUP)
    yield kernel
    kernel.shutdown()


def test_a_model_shows_itself_and_is_live_both_ways(lite: Kernel) -> None:
    bundle = lite.shown("knob")
    assert "text/html" in bundle
    page = CommPage(lite, bundle[MIME]["doc"])
    page.until_live()
    mount = bundle[MIME]["mount"]
    page.set(mount, "value", 3.0)
    page.until_value(mount, "double", 6.0)
    lite.run("knob.value = 4")
    page.until_value(mount, "double", 8.0)
    page.close()


def test_what_callbacks_print_comes_out_at_the_cell_that_shows_their_model(lite: Kernel) -> None:
    run = lite.start("display(knob)", "cell")
    shown = next(each for each in run() if each["msg_type"] == "display_data")
    live = shown["content"]["data"][MIME]
    page = CommPage(lite, live["doc"])
    page.until_live()
    page.set(live["mount"], "value", 5.0)
    page.until_value(live["mount"], "cell", "cell")
    # And no longer than the callback runs.
    assert lite.value("str(get_ipython().kernel._turned)") == "'None'"
    page.close()


def test_timers_and_work_go_on_between_the_cells(lite: Kernel) -> None:
    bundle = lite.shown("knob")
    page = CommPage(lite, bundle[MIME]["doc"])
    page.until_live()
    mount = bundle[MIME]["mount"]
    lite.run("""
timer = knob.document.add_periodic_callback(lambda: setattr(knob, "ticks", knob.ticks + 1), 1)
knob.document.submit(lambda: setattr(knob, "done", "yes"))
""")
    page.until(lambda: page.get(mount, "ticks") > 3)
    page.until_value(mount, "done", "yes")
    lite.run("knob.document.remove_periodic_callback(timer)")
    page.close()


def test_a_page_of_a_kernel_that_knows_nothing_yet_is_told_so(lite: Kernel) -> None:
    page = CommPage(lite, "another")
    assert page.until_closed()["code"] == 4404
