"""The demonstration in a real browser: a live cell, its page, the notebook app, a script app."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE, SLIDER, Shown, demo, open_notebook

NOTEBOOK = "01-live-document.ipynb"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The running demonstration: base URL and token."""
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page where `make screenshots` asks for it."""
    if folder := os.environ.get("SYNCLINE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def picture_of_the_layout(page: Page) -> None:
    """Keep a picture of the cell with the layout, free of JupyterLab's question about news."""
    news = page.get_by_role("button", name="No", exact=True)
    if news.count():
        news.click()
    page.locator('[data-type="ui/LinePlot@1"]').first.scroll_into_view_if_needed()
    shot(page, "notebook")


def days(shown: Shown) -> str:
    """Return the line that says how many days the slider keeps."""
    return shown.text.inner_text().splitlines()[0]


def drag_and_follow(shown: Shown, fraction: float) -> float:
    """Drag the slider and wait until what is derived from it has changed."""
    before = days(shown)
    value = shown.drag(fraction)
    expect(shown.text).not_to_contain_text(before)
    return value


def test_a_notebook_cell_is_live_and_a_page_of_the_same_document_follows_it(
    page: Page, lab: tuple[str, str]
) -> None:
    base, token = lab
    open_notebook(page, base, token, NOTEBOOK)
    alone, laid_out = Shown(page).wait(), Shown(page, index=1).wait()
    value = drag_and_follow(alone, 0.6)
    assert 15 < value < 21
    laid_out.expect(value)
    expect(page.locator(".jp-OutputArea", has_text="one slider in both: True")).to_be_visible()

    link = page.get_by_role("link", name="Open as a page").first
    with page.context.expect_page() as opened:
        link.click()
    second = opened.value
    attached = Shown(second).wait()
    attached.expect(value)
    back = drag_and_follow(attached, 0.2)
    alone.expect(back)
    forth = drag_and_follow(alone, 0.4)
    attached.expect(forth)
    picture_of_the_layout(page)
    shot(second, "page")

    second.reload()
    Shown(second).wait().expect(forth)


def test_a_reloaded_notebook_shows_the_current_value_not_the_first(
    page: Page, lab: tuple[str, str]
) -> None:
    base, token = lab
    open_notebook(page, base, token, NOTEBOOK)
    value = drag_and_follow(Shown(page).wait(), 0.7)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    changed = drag_and_follow(Shown(page), 0.3)
    assert changed != value
    page.goto(f"{base}/lab/tree/{NOTEBOOK}?token={token}&reset")
    again = Shown(page).wait()
    again.expect(changed)
    drag_and_follow(again, 0.5)


def test_the_notebook_as_an_app_is_live_and_survives_a_reload(
    page: Page, lab: tuple[str, str]
) -> None:
    base, token = lab
    page.goto(f"{base}/syncline/apps/{NOTEBOOK}?token={token}")
    alone = Shown(page).wait()
    laid_out = Shown(page, index=1).wait()
    expect(page.get_by_role("heading", name="One document")).to_be_visible(timeout=PATIENCE)
    value = drag_and_follow(alone, 0.6)
    laid_out.expect(value)
    shot(page, "notebook-app")
    page.reload()
    Shown(page).wait().expect(value)


def test_a_script_app_through_the_proxy_is_live_and_survives_a_reload(
    page: Page, lab: tuple[str, str]
) -> None:
    base, token = lab
    page.goto(f"{base}/syncline/proxy/app/app?token={token}")
    shown = Shown(page).wait()
    value = drag_and_follow(shown, 0.6)
    page.get_by_label("Date contains").fill("2014")
    expect(shown.text).to_contain_text("2014")
    shot(page, "script-app")
    page.reload()
    again = Shown(page).wait()
    again.expect(value)
    page.get_by_role("button", name="Reset").click()
    again.expect(0)


def test_the_comm_carries_the_document_where_attach_is_refused(
    page: Page, lab: tuple[str, str]
) -> None:
    base, token = lab
    page.add_init_script("localStorage.setItem('syncline:carrier', 'comm')")
    open_notebook(page, base, token, NOTEBOOK)
    shown = Shown(page).wait()
    assert page.locator("[data-syncline-carrier='comm']").count() > 0
    drag_and_follow(shown, 0.55)
    assert page.locator(SLIDER).count() == 2
