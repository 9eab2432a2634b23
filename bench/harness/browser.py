"""The real browser, closed off from any network but loopback."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from playwright import async_api, sync_api

CHROMIUM = os.environ.get("SYNCLINE_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def function(name: str) -> str:
    """Return the JavaScript function of a file beside this one, as an expression."""
    text = (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")
    return text.strip().removesuffix(";")


@contextlib.contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    """Run a headless Chromium."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.asynccontextmanager
async def chromium_async() -> AsyncIterator[async_api.Browser]:
    """Run a headless Chromium for input that must keep its pace."""
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
