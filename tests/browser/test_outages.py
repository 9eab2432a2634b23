"""Outages in a real browser with a real server: no input is lost, and the session stays."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.driver import PATIENCE
from tests.browser.outages import Served, Used, asleep, served

pytestmark = pytest.mark.browser


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as running:
        yield running


def test_a_connection_that_is_cut_loses_nothing(page: Page, app: Served) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    used.python_says(3)
    app.proxy.cut()
    expect(used.note).not_to_be_empty()
    used.work_away()
    expect(used.note).to_have_text("Offline: 3 changes are kept and sent later")
    app.proxy.mend()
    used.python_says(5, "Ada", 1)
    assert used.mark() == mark
    expect(used.note).to_be_empty(timeout=10_000)


def test_a_connection_that_stalls_loses_nothing(page: Page, app: Served) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    app.proxy.stall()
    used.work_away()
    expect(used.note).to_have_text(re.compile(r"Waiting for an answer…|Offline"))
    expect(used.note).to_have_text(re.compile(r"Offline: \d changes are kept and sent later"))
    app.proxy.mend()
    used.python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_reload_while_edits_are_under_way_loses_nothing(page: Page, app: Served) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    app.proxy.stall()
    used.work_away()
    # The browser asks for the page, which comes when the network does.
    page.evaluate("location.reload()")
    app.proxy.mend()
    used.wait().python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_reload_during_an_outage_loses_nothing(page: Page, app: Served) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    app.proxy.cut()
    used.work_away()
    with pytest.raises(Error, match="ERR_CONNECTION"):
        page.reload()
    page.wait_for_url("chrome-error://**")
    app.proxy.mend()
    page.reload()
    used.wait().python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_second_tab_is_in_the_same_session_also_after_an_outage(page: Page, app: Served) -> None:
    first = Used(page).open(app.url)
    second = Used(page.context.new_page()).open(app.url)
    assert second.mark() == first.mark()
    app.proxy.cut()
    first.right(2)
    second.name("Ada")
    first.press()
    second.press()
    app.proxy.mend()
    for used in (first, second):
        used.python_says(5, "Ada", 2)


def test_a_browser_that_is_offline_says_so_at_once_and_loses_nothing(
    page: Page, app: Served
) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    page.context.set_offline(True)
    expect(used.note).to_have_text("Reconnecting…")
    used.work_away()
    page.context.set_offline(False)
    used.python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_laptop_that_slept_finds_its_connection_dead_and_loses_nothing(
    page: Page, app: Served
) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    with asleep(page):
        app.proxy.deaden()
        # That time passes is what is tested here, it is not waited for anything.
        time.sleep(6)
    used.work_away()
    used.python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_laptop_that_slept_comes_back_by_itself(page: Page, app: Served) -> None:
    first = Used(page).open(app.url)
    second = Used(page.context.new_page()).open(app.url)
    with asleep(page):
        app.proxy.deaden()
        time.sleep(6)
    # Nobody touches the first page, whose connection carries nothing any more.
    second.right(2)
    first.python_says(5)
    second.python_says(5)


def test_a_session_that_is_gone_is_said_and_the_next_page_has_a_new_one(
    page: Page, app: Served
) -> None:
    used = Used(page).open(app.url)
    mark = used.mark()
    app.stop()
    used.right(1)
    # It kept its sessions nowhere.
    app.start()
    expect(used.note).to_contain_text("1 change was not sent", timeout=PATIENCE)
    page.get_by_role("button", name="Reload the page").click()
    expect(used.note).to_contain_text("Your change was not kept: the session", timeout=PATIENCE)
    used.wait().python_says(3)
    assert used.mark() != mark
