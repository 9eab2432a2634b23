"""What callbacks print and raise comes out at the cell that displayed their document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.pages import MIME, AttachedPage, CommPage, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.driver import CellRun, Kernel

MAKE = """
from IPython.display import display
heard = sl.Document()
knob = heard.add_root(Knob())
"""
SHOW = "display(heard)"


@pytest.fixture(params=["comm", "subshell", "attach"])
def page(shared: Kernel, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a new document, by one of the ways."""
    shared.run(MAKE)
    doc = shared.shown("heard")[MIME]["doc"]
    if request.param == "attach":
        attached = AttachedPage(shared.connection_file, doc)
        yield attached
        attached.close()
    else:
        yield CommPage(shared, doc, shared.subshell() if request.param == "subshell" else None)


def displayed(kernel: Kernel, observer: str, cell: str) -> CellRun:
    """Display the document in a cell, and give its knob a callback in another."""
    shown = kernel.start(SHOW, cell)
    shown()
    kernel.run(observer)
    return shown


def turn(page: Page, value: float) -> None:
    """Turn the only model there is, as a view does."""
    page.until_live()
    page.set(next(m for m, _, _ in page.replica.state.items()), "value", value)


def test_print_and_exceptions_reach_the_cell_that_displayed(shared: Kernel, page: Page) -> None:
    code = """
def say(event):
    print("knob is", event.new)
    if event.new > 1: raise ValueError("too much")
knob.observe(say, "value")"""
    shown = displayed(shared, code, "voice")
    turn(page, 1.0)
    shown.until_told("knob is 1.0")
    turn(page, 2.0)
    told = shown.until_told("too much", "stderr")
    assert "callback say failed" in told
    assert 'raise ValueError("too much")' in told, "the author sees the line"


@pytest.mark.parametrize("page", ["subshell", "attach"], indirect=True)
def test_they_do_while_another_cell_runs(shared: Kernel, page: Page) -> None:
    shown = displayed(shared, "knob.observe(lambda e: print('so', e.new), 'value')", "voice")
    busy = shared.start("print('busy')\nwhile not knob.value: time.sleep(0.01)\ntime.sleep(0.5)")
    busy.until_told("busy")
    turn(page, 3.0)
    shown.until_told("so 3.0")
    rest = busy()
    assert not [m for m in rest if "so" in m["content"].get("text", "")]


def test_what_a_cell_changes_is_told_in_that_cell(shared: Kernel) -> None:
    shared.run(MAKE)
    displayed(shared, "knob.observe(lambda e: print('so', e.new), 'value')", "voice")
    own = shared.start("knob.value = 4")
    own.until_told("so 4.0")


def test_a_task_of_a_cell_tells_its_cell_and_changes_the_view(shared: Kernel, page: Page) -> None:
    displayed(shared, "knob.observe(lambda e: print('so', e.new), 'value')", "voice")
    code = """
import asyncio
async def work():
    for step in range(1, 4):
        await asyncio.sleep(0.01)
        knob.value = step
task = asyncio.create_task(work())"""
    own = shared.start(code)
    own.until_told("so 3.0")
    page.until_value(shared.value("knob.id").strip("'"), "value", 3.0)


def test_async_callbacks_and_threads_tell_the_displaying_cell(shared: Kernel, page: Page) -> None:
    code = """
async def say(event):
    await __import__("asyncio").sleep(0.01)
    print("later", event.new)
    raise KeyError("async")
knob.observe(say, "value")
knob.observe(lambda e: print("at once", e.new), "value")"""
    shown = displayed(shared, code, "voice")
    turn(page, 5.0)
    shown.until_told("later 5.0")
    shown.until_told("KeyError: 'async'", "stderr")
    shared.run("threading.Thread(target=lambda: setattr(knob, 'value', 6)).start()")
    shown.until_told("at once 6.0")


def test_a_timer_tells_the_displaying_cell(shared: Kernel) -> None:
    shared.run(MAKE)
    shown = displayed(shared, "timer = heard.add_periodic_callback(lambda: print('tick'), 20)", "a")
    shown.until_told("tick")
    shared.run("heard.remove_periodic_callback(timer)")


def test_the_cell_that_displayed_last_is_told(shared: Kernel, page: Page) -> None:
    displayed(shared, "knob.observe(lambda e: print('so', e.new), 'value')", "first")
    second = shared.start(SHOW, "second")
    second()
    turn(page, 1.0)
    second.until_told("so 1.0")
    again = shared.start(SHOW, "first")
    again()
    turn(page, 2.0)
    again.until_told("so 2.0")
    shared.run("1", cell="first")
    turn(page, 3.0)
    second.until_told("so 3.0")


def test_the_cell_that_shows_the_model_is_told_before_one_that_shows_another(
    shared: Kernel,
) -> None:
    shared.run(
        "class Box(sl.Model, type='test/Box@1'):\n    children: list = sl.prop(factory=list)"
    )
    shared.run("one = Knob(); two = Knob(); box = Box(children=[two])")
    shared.run("for each in (one, two): each.observe(lambda e: print('so', e.new), 'value')")
    first, second = shared.start("display(one)", "one"), shared.start("display(box)", "two")
    first()
    second()
    page = CommPage(shared, shared.value("sl.curdoc().id").strip("'"))
    page.set(shared.value("one.id").strip("'"), "value", 1.0)
    first.until_told("so 1.0")
    page.set(shared.value("two.id").strip("'"), "value", 2.0)
    second.until_told("so 2.0")
    third = shared.start("display(sl.curdoc())", "whole")
    third()
    page.set(shared.value("one.id").strip("'"), "value", 3.0)
    third.until_told("so 3.0")


def test_a_callback_that_blocks_is_told_where_the_document_is(shared: Kernel, page: Page) -> None:
    shared.run("from syncline.document.watchdog import watchdog; watchdog.seconds = 0.1")
    code = "knob.observe(lambda e: time.sleep(0.6), 'value')"
    shown = displayed(shared, code, "voice")
    turn(page, 1.0)
    shown.until_told("others wait for it", "stderr")
    shared.run("watchdog.seconds = 1.0")


def test_an_error_is_seen_where_the_log_goes_elsewhere(shared: Kernel) -> None:
    shared.run(MAKE)
    code = """
import io, logging
kept = logging.StreamHandler(io.StringIO())
logging.getLogger().addHandler(kept)
knob.observe(lambda e: 1 / 0, "value")"""
    displayed(shared, code, "voice")
    own = shared.start("knob.value = 9")
    own.until_told("ZeroDivisionError", "stderr")
    assert "ZeroDivisionError" in shared.value("kept.stream.getvalue()")
    shared.run("logging.getLogger().removeHandler(kept)")


def test_a_report_of_ones_own_replaces_both(shared: Kernel) -> None:
    shared.run(MAKE)
    displayed(shared, "errors = []; heard.report = lambda e, where: errors.append(e)", "voice")
    shared.run("knob.observe(lambda e: 1 / 0, 'value')")
    assert not [m for m in shared.run("knob.value = 9") if m["msg_type"] == "stream"]
    assert shared.value("errors") == "[ZeroDivisionError('division by zero')]"


def test_a_display_in_a_callback_is_shown_at_the_displaying_cell(
    shared: Kernel, page: Page
) -> None:
    shown = displayed(shared, "knob.observe(lambda e: display({'new': e.new}), 'value')", "voice")
    turn(page, 7.0)
    while (message := shown.inbox.get(timeout=30))["msg_type"] != "display_data":
        pass
    assert "7.0" in message["content"]["data"]["text/plain"]


def test_an_interrupt_ends_the_callback_on_the_main_thread_and_nothing_else(
    kernel: Kernel,
) -> None:
    kernel.run("import syncline as sl, time, threading")
    kernel.run("class Knob(sl.Model, type='t/K@1'):\n    value: float = sl.prop(0.0, client=True)")
    kernel.run(MAKE)
    doc = kernel.shown("heard")[MIME]["doc"]
    page = CommPage(kernel, doc)
    code = """
def endless(event):
    print("begun")
    while event.new < 2: time.sleep(0.01)
knob.observe(endless, "value", where="main")
knob.observe(lambda e: print("then", e.new), "value", where="main")"""
    shown = displayed(kernel, code, "voice")
    turn(page, 1.0)
    shown.until_told("begun")
    kernel.manager.interrupt_kernel()
    shown.until_told("KeyboardInterrupt", "stderr")
    turn(page, 2.0)
    shown.until_told("then 2.0")
    assert kernel.value("1 + 1") == "2"
