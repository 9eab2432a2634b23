"""One Chromium for the tests of a file; each test has a context of its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.driver import chromium

HERE = ("127.0.0.1", "localhost")


# Not for the session: Playwright keeps an event loop running in this thread, and asynchronous
# tests of other files need their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context, that may reach nothing but this machine."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route(
        lambda url: urlsplit(url).hostname not in HERE and not url.startswith(("data:", "blob:")),
        lambda route: route.abort(),
    )
    yield context.new_page()
    context.close()
