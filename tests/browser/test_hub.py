"""The four places under a real JupyterHub: a user reaches them, another user does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.driver import PATIENCE, SLIDER, Shown, kernel_id, open_notebook
from tests.browser.hub import (
    hub,
    log_in,
    only_their_own,
    page_at,
    sign_in,
    status_of,
    websocket_opens,
)
from tests.browser.test_demo import NOTEBOOK, drag_and_follow, shot
from tests.browser.test_sharing import Shared, in_a_thread, until_live
from tests.jupyter.kernel import live_kernel
from tests.jupyter.serving import JupyterProcess
from tests.jupyter.sharing import MadeLink

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

pytestmark = [pytest.mark.browser, pytest.mark.hub]
SCRIPT = "token-of-a-script-of-alice"
CONFIG = f"""
c.Spawner.args += ["--Syncline.share_links=True"]
c.JupyterHub.services = [{{"name": "script", "api_token": "{SCRIPT}"}}]
to_alice = "access:servers!user=alice"
c.JupyterHub.load_roles = [
    {{"name": "guests", "scopes": [to_alice], "users": ["dora"]}},
    {{"name": "scripts", "scopes": [to_alice], "services": ["script"]}},
]
"""
"""Dora may reach alice's server, as may a script; bob may not."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The hub's URL."""
    with hub(tmp_path_factory.mktemp("hub"), CONFIG) as url:
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


@pytest.fixture
def dora(browser: Browser, base: str) -> Iterator[BrowserContext]:
    """A user without a server, whom the hub lets in at alice's."""
    context = browser.new_context()
    sign_in(context, base, "dora", "/hub/home", "**/hub/home")
    yield context
    context.close()


@pytest.fixture
def shared(base: str, alice: BrowserContext) -> Iterator[Shared]:
    """Alice's server, as a script of hers reaches it, with a document."""
    port, nowhere = urlsplit(base).port, Path("/nonexistent")
    assert port is not None
    of_the_hub = cast("Popen[bytes]", None)
    server = JupyterProcess(of_the_hub, port, "/user/alice/", nowhere, nowhere, nowhere, SCRIPT)
    running = Shared(server, in_a_thread(live_kernel(server)))
    yield running
    running.kernel.end()


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


@pytest.mark.timeout(300)
def test_a_link_works_for_a_user_whom_the_hub_lets_in_and_for_no_other(
    base: str, bob: BrowserContext, dora: BrowserContext, browser: Browser, shared: Shared
) -> None:
    shared.run("seen = []; slider.observe(lambda event: seen.append(event.user), 'value')")
    link, viewing = shared.link("edit", label="Dora"), shared.link()
    page = follow(dora, link)
    until_live(page)
    page.get_by_role("slider").first.press("ArrowRight")
    assert shared.run("import time\nwhile not seen: time.sleep(0.01)\nseen") == "['dora']"
    beside = follow(dora, viewing)
    until_live(beside)
    expect(beside.get_by_text("Read-only").first).to_be_visible()
    beside.reload()
    until_live(beside)

    # Bob has all that dora has but the hub's permission; somebody else has nothing but the link.
    followed = [cookie for cookie in dora.cookies() if cookie.get("name") == "syncline-link"]
    assert followed
    bob.add_cookies(cast("list[SetCookieParam]", followed))
    address = f"{shared.server.url}{link.path}"
    assert status_of(bob, address) == 403
    expect(follow(bob, link).locator(SLIDER)).to_have_count(0)
    assert not websocket_opens(bob, base, "bob", f"{address}/ws")
    nobody = browser.new_context()
    assert urlsplit(follow(nobody, link).url).path == "/hub/login"
    nobody.close()

    link.revoke()
    expect(page.get_by_text("This link was taken back").first).to_be_visible()


def follow(context: BrowserContext, link: MadeLink) -> Page:
    """Open a link as a user; the hub may ask whether the server may know who that is."""
    page = page_at(context, f"{link.server.url}{link.path}#{link.token}")
    authorize = page.get_by_role("button", name="Authorize")
    if authorize.count():
        authorize.click()
        page.wait_for_url(f"**{link.path}*")
    return page
