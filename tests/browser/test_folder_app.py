"""A folder as an app, the one of the examples, in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import PATIENCE, ROOT, free_port, isolated, process, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port, log = free_port(), tmp_path / "serve.log"
    command = [sys.executable, "-m", "syncline.cli", "serve", "examples/training", f"--port={port}"]
    with process(command, log, env=isolated(tmp_path), cwd=ROOT) as server:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/healthz", server, log)
        yield f"{base}/training"


def test_its_page_has_its_template_its_files_and_its_theme(page: Page, url: str) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(url)
    expect(page.locator("header.banner")).to_have_text("Training in 50 steps")
    loaded = "image => image.complete && image.naturalWidth > 0"
    page.wait_for_function(loaded, arg=page.locator(".banner img").element_handle())
    button = page.locator('[data-type="ui/Button@1"]')
    expect(button).to_be_visible(timeout=PATIENCE)
    colour = "root => getComputedStyle(root).getPropertyValue('--wa-color-brand-fill-loud')"
    assert page.locator("#syncline-root").evaluate(colour) == "rgb(140, 30, 90)"
    assert errors == []


def test_work_tells_its_progress_and_people_see_each_other(
    page: Page, browser: Browser, url: str
) -> None:
    page.goto(url)
    expect(page.get_by_text("Only you are here.")).to_be_visible(timeout=PATIENCE)
    stranger = browser.new_context()
    stranger.new_page().goto(url)
    expect(page.get_by_text("2 people are here.")).to_be_visible(timeout=PATIENCE)
    page.locator('[data-type="ui/Button@1"]').click()
    expect(page.get_by_text("of 50")).to_be_visible()
    expect(page.get_by_text("Trained: 50 steps.")).to_be_visible(timeout=PATIENCE)
    stranger.close()
