"""The login page in a real Chromium: with the keyboard alone, light and dark."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from syncline.hosting.auth.users import write_user
from tests.browser.driver import process, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.browser

APP = """
import syncline as sl
doc = sl.curdoc()
doc.add_root(sl.ui.Markdown(f"Hello, {doc.session_context.user}."))
"""
PASSWORD = "correct horse battery"
SCREENSHOTS = os.environ.get("SYNCLINE_SCREENSHOTS")
RATIO = """element => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(part => {
            const value = part / 255;
            return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(element);
    let behind = element;
    while (/, 0\\)$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const pair = [light(style.color), light(getComputedStyle(behind).backgroundColor)].sort();
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on which people log in."""
    folder = tmp_path_factory.mktemp("login")
    (folder / "hello.py").write_text(APP, encoding="utf-8")
    write_user(folder / "users.txt", "alice", PASSWORD)
    port = free_port()
    words = ["serve", str(folder / "hello.py"), "--port", str(port)]
    command = [sys.executable, "-m", "syncline.cli", *words]
    command += ["--auth-users", str(folder / "users.txt")]
    with process(command, folder / "log") as server:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, folder / "log")
        yield f"http://127.0.0.1:{port}"


def expect_focus(page: Page, name: str) -> None:
    """Wait until a field has the focus, or else the button; a page gives it when it is drawn."""
    expect(page.locator(f"#{name}") if name else page.get_by_role("button")).to_be_focused()


def test_somebody_logs_in_and_out_with_the_keyboard_alone(page: Page, base: str) -> None:
    page.goto(f"{base}/hello?x=1")
    expect(page).to_have_title("Log in")
    expect_focus(page, "user")
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    expect_focus(page, "secret")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("The name or the password is wrong.")
    expect_focus(page, "secret")
    assert page.locator("#user").input_value() == "alice"
    assert page.locator("#secret").get_attribute("aria-describedby") == "error"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect_focus(page, "")
    page.keyboard.press("Space")
    expect(page).to_have_url(f"{base}/hello?x=1")
    expect(page.get_by_text("Hello, alice.")).to_be_visible()
    cookie = next(c for c in page.context.cookies() if c["name"] == "syncline-login")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    page.goto(f"{base}/logout")
    expect_focus(page, "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are logged out.")
    page.goto(f"{base}/hello")
    expect(page).to_have_url(re.compile("/login"))


def test_a_logout_in_one_tab_is_seen_in_the_other(page: Page, base: str) -> None:
    page.goto(f"{base}/hello")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.get_by_text("Hello, alice.")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{base}/hello")
    other.get_by_role("button", name="Menu of this page").click()
    other.get_by_role("link", name="Log out").click()
    expect(other).to_have_url(f"{base}/logout")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("status")).to_be_visible()
    expect(page.get_by_text("signed out")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_can_be_read_light_and_dark(
    browser: Browser, base: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 800, "height": 600})
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(f"{base}/login")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    for selector in ("h1", "label", "#error", "#user", "button"):
        for element in page.locator(selector).all():
            assert element.evaluate(RATIO) >= 4.5, selector
    # That the password was wrong is told by the status as well.
    assert [text for text in problems if "401" not in text] == []
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"login-{scheme}.png"))
    context.close()
