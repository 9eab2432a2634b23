"""A document that is shared by a link: a browser without an account follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.driver import PATIENCE, SLIDER
from tests.jupyter.kernel import LiveKernel, live_kernel
from tests.jupyter.serving import JupyterProcess
from tests.jupyter.sharing import MadeLink, make_link, sharing_server

pytestmark = pytest.mark.browser
DOCUMENTS = """
inner, later = sl.Document(), sl.Document()
inner.add_root(sl.Markdown(text="mounted in it"))
later.add_root(sl.Markdown(text="mounted later"))
display(inner, later)
sl.curdoc().add_root(sl.Mount(doc=inner.id))
sl.curdoc().title = "Shared with you"
"""


@dataclass
class Shared:
    """A server, and a kernel with a document in it."""

    server: JupyterProcess
    kernel: LiveKernel

    def run(self, code: str) -> str:
        # Not in this thread, whose loop is Playwright's.
        return str(in_a_thread(self.kernel.run(code)))

    def link(self, role: str = "view", **more: Any) -> MadeLink:
        return make_link(self.server, self.kernel.path, role, **more)


def in_a_thread(work: Any) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    with sharing_server(tmp_path_factory.mktemp("sharing")) as server:
        running = Shared(server, in_a_thread(live_kernel(server)))
        running.run(DOCUMENTS)
        yield running
        running.kernel.end()


@pytest.fixture
def guest(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody who has no account."""
    context = browser.new_context()
    yield context
    context.close()


def follow(context: BrowserContext, link: MadeLink) -> Page:
    """Open a link; return its page once it shows something."""
    page = context.new_page()
    page.goto(f"{link.server.url}{link.path}#{link.token}")
    return page


def until_live(page: Page) -> None:
    root = page.locator("#syncline-root")
    expect(root).to_have_attribute("data-syncline-status", "live", timeout=PATIENCE)


def test_a_guest_views_what_changes_and_is_sent_away(shared: Shared, guest: BrowserContext) -> None:
    shared.run("slider.value = 1.0")
    link = shared.link()
    sent: list[Request] = []
    guest.on("request", lambda request: sent.append(request))  # noqa: PLW0108  a builtin is refused
    page = follow(guest, link)
    until_live(page)
    slider = page.locator(SLIDER).first
    expect(slider).to_have_js_property("value", 1.0)
    expect(page).to_have_title("Shared with you")
    expect(page.get_by_text("mounted in it")).to_be_visible()
    expect(page.get_by_text("Read-only").first).to_be_visible()
    shared.run("slider.value = 4.0")
    expect(slider).to_have_js_property("value", 4.0)

    # The token was shown once, and stands nowhere any more; nor does the cookie, for a script.
    assert page.evaluate("location.href") == f"{shared.server.url}{link.path}"
    assert "syncline-link" not in page.evaluate("document.cookie")
    told = [each for each in sent if link.token in f"{each.headers} {each.url.partition('#')[0]}"]
    assert [each.url for each in told] == [f"{shared.server.url}{link.path}/enter"]
    assert not [each for each in sent if link.path in each.headers.get("referer", "")]

    page.reload()
    until_live(page)
    expect(page.locator(SLIDER).first).to_have_js_property("value", 4.0)

    shared.run("later_mount = sl.Mount(doc=later.id); sl.curdoc().add_root(later_mount)")
    expect(page.get_by_text("Other documents cannot be reached from here")).to_be_visible()
    shared.run("sl.curdoc().remove_root(later_mount)")

    assert guest.request.get(f"{shared.server.url}/doc/{shared.kernel.path}").url.count("/login")
    assert not opens(page, f"{shared.server.base}api/kernels/{shared.kernel.id}/channels")
    assert not opens(page, f"{shared.server.base}syncline/attach/{shared.kernel.path}")

    link.revoke()
    expect(page.get_by_text("This link was taken back. Ask for a new one.").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("This link is not valid any more")


def test_guests_edit_together_and_a_later_link_in_the_tab_counts(
    shared: Shared, guest: BrowserContext, browser: Browser
) -> None:
    shared.run("slider.value = 2.0")
    link = shared.link("edit", label="Ann")
    one = follow(guest, link)
    other = browser.new_context()
    two = follow(other, link)
    for page in (one, two):
        until_live(page)
    one.get_by_role("slider").first.press("ArrowRight")
    moved = one.locator(SLIDER).first.evaluate("slider => slider.value")
    assert moved > 2.0
    expect(two.locator(SLIDER).first).to_have_js_property("value", moved)
    assert float(shared.run("slider.value")) == moved
    other.close()

    viewing = shared.link()
    one.evaluate("hash => { location.hash = hash; }", viewing.token)
    expect(one.get_by_text("Read-only").first).to_be_visible(timeout=PATIENCE)
    assert viewing.token not in one.evaluate("location.href")


def test_a_page_without_its_link_shows_nothing(shared: Shared, guest: BrowserContext) -> None:
    page = guest.new_page()
    page.goto(f"{shared.server.url}{shared.link().path}")
    expect(page.get_by_role("alert")).to_contain_text("This link is not valid any more")
    expect(page.locator(SLIDER)).to_have_count(0)


def test_the_page_of_a_signed_in_user_shows_what_is_mounted(
    shared: Shared, guest: BrowserContext
) -> None:
    page = guest.new_page()
    page.goto(f"{shared.server.url}/doc/{shared.kernel.path}?token={shared.server.token}")
    until_live(page)
    expect(page.get_by_text("mounted in it")).to_be_visible()


def opens(page: Page, path: str) -> bool:
    """Tell whether a page's script may open a websocket."""
    opened: bool = page.evaluate(
        """path => new Promise(resolve => {
            const socket = new WebSocket(path, ['syncline.v1']);
            socket.onopen = () => resolve(true);
            socket.onerror = () => resolve(false); })""",
        path,
    )
    return opened
