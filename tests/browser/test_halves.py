"""The second half of the engine in a real browser: fetched when idle, there from then on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from tests.browser.driver import PATIENCE, ROOT
from tests.browser.outages import Served, Used, served

pytestmark = pytest.mark.browser

STATIC = ROOT / "python/syncline/static"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, f"--store=sqlite:{tmp_path / 'sessions.db'}") as running:
        yield running


def second_half() -> str:
    """Return the name of the file that has what the first half does not know."""
    (found,) = (
        file.name for file in STATIC.glob("chunk-*.js") if "container-replaced" in file.read_text()
    )
    return found


def test_a_live_page_fetches_the_second_half_when_it_is_idle(page: Page, app: Served) -> None:
    name = second_half()
    events: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda _: events.append("hears"))

    def asked(request: Request) -> None:
        if request.url.endswith(name):
            events.append("fetches")

    page.on("websocket", opened)
    page.on("request", asked)
    with page.expect_response(lambda response: response.url.endswith(name)) as told:
        Used(page).open(app.url)
    assert told.value.ok
    # The greeting and the first content.
    assert events[:2] == ["hears", "hears"]
    assert events.count("fetches") == 1


def test_a_page_goes_on_with_a_server_that_has_its_files_no_more(page: Page, app: Served) -> None:
    with page.expect_response(lambda response: response.url.endswith(second_half())):
        used = Used(page).open(app.url)
    used.python_says(3)
    page.context.route("**/*.js", lambda route: route.abort())
    app.stop()
    used.work_away()
    app.start()
    # Another incarnation of the document, with edits of this page to be carried over.
    used.python_says(5, "Ada", 1)


def test_edits_go_out_while_the_second_half_cannot_be_fetched(page: Page, app: Served) -> None:
    page.context.route(f"**/{second_half()}", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        used = Used(page).open(app.url)
    used.mark()
    # One at a time: an answer that meets another edit needs the second half.
    used.right(1)
    used.python_says(4)
    used.right(1)
    used.python_says(5)
    page.context.unroute(f"**/{second_half()}")
    app.proxy.cut()
    used.name("Ada")
    used.press()
    app.proxy.mend()
    used.python_says(5, "Ada", 1)
    expect(used.note).to_be_empty(timeout=PATIENCE)
