"""Sessions that outlive their server, a reload, or the wish for them, in a real browser."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.outages import Served, Used, served

pytestmark = pytest.mark.browser


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, f"--store=sqlite:{tmp_path / 'sessions.db'}") as running:
        yield running


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, "--session-scope=private") as running:
        yield running


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Served]:
    """Serve the same as a notebook, so that all of it lives in a kernel."""
    store = f"--store=sqlite:{tmp_path / 'sessions.db'}"
    with served(tmp_path, store, notebook=True) as running:
        yield running


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_notebook_whose_server_is_started_again_loses_nothing(
    page: Page, notebook: Served, how: signal.Signals
) -> None:
    used = Used(page).open(notebook.url)
    used.right(1)
    used.press()
    used.python_says(4, "", 1)
    if how is signal.SIGKILL:
        notebook.wait_saved(b"pressed 1")
    notebook.stop(how)
    expect(page.locator(".syncline-status").first).not_to_be_empty()
    used.right(1)
    used.name("Ada")
    used.press()
    notebook.start()
    used.python_says(5, "Ada", 2)
    page.reload()
    used.wait().python_says(5, "Ada", 2)


def test_a_notebooks_page_that_is_reloaded_during_the_outage_loses_nothing(
    page: Page, notebook: Served
) -> None:
    used = Used(page).open(notebook.url)
    used.right(1)
    used.python_says(4)
    notebook.stop()
    used.name("Ada")
    used.press()
    with pytest.raises(Error, match="ERR_"):
        page.reload()
    page.wait_for_url("chrome-error://**")
    notebook.start()
    used.open(notebook.url).python_says(4, "Ada", 1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_is_started_again_loses_nothing(
    page: Page, kept: Served, how: signal.Signals
) -> None:
    used = Used(page).open(kept.url)
    mark = used.mark()
    used.right(1)
    used.press()
    used.python_says(4, "", 1)
    if how is signal.SIGKILL:
        # Killed, it has had no time to save what is younger than its interval.
        kept.wait_saved(b"pressed 1")
    kept.stop(how)
    expect(used.note).not_to_be_empty()
    used.right(1)
    used.name("Ada")
    used.press()
    kept.start()
    used.python_says(5, "Ada", 2)
    assert used.mark() == mark


def test_a_server_that_is_started_again_while_the_page_is_left_loses_nothing(
    page: Page, kept: Served
) -> None:
    used = Used(page).open(kept.url)
    mark = used.mark()
    kept.stop()
    used.work_away()
    with pytest.raises(Error, match="ERR_"):
        page.reload()
    page.wait_for_url("chrome-error://**")
    kept.start()
    page.goto(kept.url)
    used.wait().python_says(5, "Ada", 1)
    assert used.mark() == mark


def test_a_session_of_the_tab_s_own_survives_a_reload_and_is_not_duplicated(
    page: Page, private: Served
) -> None:
    used = Used(page).open(private.url)
    mark = used.mark()
    used.right(2)
    used.python_says(5)
    page.reload()
    used.wait().python_says(5)
    assert used.mark() == mark
    other = Used(page.context.new_page()).open(private.url)
    assert other.mark() != mark
    # As browsers do: a tab that another one has opened begins with a copy of its storage.
    with page.context.expect_page() as opened:
        page.evaluate("open(location.href)")
    copy = Used(opened.value).wait()
    assert copy.mark() not in (mark, other.mark())
    page.goto("about:blank")
    page.go_back()
    used.wait().python_says(5)
    assert used.mark() == mark


def test_tabs_that_were_opened_before_there_was_a_cookie_end_in_one_session(
    page: Page, kept: Served
) -> None:
    first, second = Used(page), Used(page.context.new_page())
    first.open(kept.url)
    alone = first.mark()
    page.context.clear_cookies()
    second.open(kept.url)
    assert second.mark() != alone
    expect(page.get_by_text(second.mark())).to_be_visible()
    second.right(2)
    first.wait().python_says(5)


def test_to_start_over_asks_and_begins_with_a_new_session(page: Page, kept: Served) -> None:
    used = Used(page).open(kept.url)
    mark = used.mark()
    used.right(1)
    used.python_says(4)
    page.keyboard.press("Escape")
    menu = page.get_by_role("button", name="Menu of this page")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Start over?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    menu.click()
    page.get_by_role("button", name="Start over…").click()
    with page.expect_navigation():
        question.get_by_role("button", name="Start over").click()
    used.wait().python_says(3)
    assert used.mark() != mark
