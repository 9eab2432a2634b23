"""The four places under a real JupyterHub: a user reaches them, another user does not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.driver import PATIENCE, Shown, kernel_id, open_notebook
from tests.browser.hub import hub, log_in, only_their_own, page_at, status_of, websocket_opens
from tests.browser.test_demo import NOTEBOOK, drag_and_follow, shot

pytestmark = [pytest.mark.browser, pytest.mark.hub]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The hub's URL."""
    with hub(tmp_path_factory.mktemp("hub")) as url:
        yield url


@pytest.fixture(scope="module")
def alice(browser: Browser, base: str) -> Iterator[BrowserContext]:
    """A user who is signed in and whose server runs."""
    context = log_in(browser, base, "alice")
    yield context
    context.close()


@pytest.fixture(scope="module")
def bob(browser: Browser, base: str) -> Iterator[BrowserContext]:
    """Another one."""
    context = log_in(browser, base, "bob")
    yield context
    context.close()


@pytest.mark.timeout(300)
def test_a_user_drags_in_the_notebook_and_in_its_attached_page_and_nobody_else_gets_there(
    base: str, alice: BrowserContext, bob: BrowserContext
) -> None:
    page = alice.new_page()
    open_notebook(page, f"{base}/user/alice", None, NOTEBOOK)
    alone = Shown(page).wait()
    value = drag_and_follow(alone, 0.6)
    with alice.expect_page() as opened:
        page.get_by_role("link", name="Open as a page").first.click()
    attached = Shown(opened.value).wait()
    attached.expect(value)
    alone.expect(drag_and_follow(attached, 0.3))
    shot(page, "hub-notebook")

    address = opened.value.url
    assert urlsplit(address).path.startswith(f"/user/alice/syncline/doc/{kernel_id(page)}/")
    assert status_of(bob, address) == 403
    socket = address.split("?")[0].replace("/doc/", "/attach/")
    assert websocket_opens(alice, base, "alice", socket)
    assert only_their_own(bob, base, socket)


@pytest.mark.timeout(300)
def test_a_user_drags_in_the_notebook_app_and_nobody_else_gets_there(
    base: str, alice: BrowserContext, bob: BrowserContext
) -> None:
    address = f"{base}/user/alice/syncline/apps/{NOTEBOOK}"
    page = page_at(alice, address)
    shown = Shown(page).wait()
    expect(page.get_by_role("heading", name="One document")).to_be_visible(timeout=PATIENCE)
    value = drag_and_follow(shown, 0.6)
    page.reload()
    Shown(page).wait().expect(value)
    assert status_of(bob, address) == 403
    assert only_their_own(bob, base, f"{address}/ws")


@pytest.mark.timeout(300)
def test_a_user_drags_in_the_proxied_script_app_and_nobody_else_gets_there(
    base: str, alice: BrowserContext, bob: BrowserContext
) -> None:
    address = f"{base}/user/alice/syncline/proxy/app/app"
    page = page_at(alice, address)
    value = drag_and_follow(Shown(page).wait(), 0.6)
    page.reload()
    Shown(page).wait().expect(value)
    assert status_of(bob, address) == 403
    assert only_their_own(bob, base, f"{address}/ws")
