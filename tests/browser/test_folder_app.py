"""What apps bring along for their page, in a real browser: a folder with all of it, a template."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import PATIENCE, ROOT, Shown, isolated, process, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.browser


@contextmanager
def served(app: Path, folder: Path) -> Iterator[str]:
    """Serve an app; yield the server's address."""
    port, log = free_port(), folder / "serve.log"
    command = [sys.executable, "-m", "syncline.cli", "serve", str(app), f"--port={port}"]
    with process(command, log, env=isolated(folder), cwd=ROOT) as server:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/healthz", server, log)
        yield base


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with served(ROOT / "examples/training", tmp_path) as base:
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


NOTE_STEPS = """() => {
    window.steps = new Set();
    const note = () => {
        const step = document.body.innerText.match(/Step [0-9]+ of 50/);
        if (step) steps.add(step[0]); };
    const changes = { childList: true, characterData: true, subtree: true };
    new MutationObserver(note).observe(document.body, changes); }"""
"""The progress is quicker than a test can look."""


def test_work_tells_its_progress_and_people_see_each_other(
    page: Page, browser: Browser, url: str
) -> None:
    page.goto(url)
    expect(page.get_by_text("Only you are here.")).to_be_visible(timeout=PATIENCE)
    stranger = browser.new_context()
    stranger.new_page().goto(url)
    expect(page.get_by_text("2 people are here.")).to_be_visible(timeout=PATIENCE)
    page.evaluate(NOTE_STEPS)
    page.locator('[data-type="ui/Button@1"]').click()
    expect(page.get_by_text("Trained: 50 steps.")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("steps.size") > 0
    stranger.close()


DARK = """
import syncline as sl
doc = sl.curdoc()
doc.theme = "dark"
doc.add_root(sl.Markdown("# Dark"))
"""


def test_a_page_is_as_dark_as_its_app_says_whatever_the_system_is(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "dark.py").write_text(DARK)
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    with served(tmp_path / "dark.py", tmp_path) as base:
        page.goto(f"{base}/dark")
        expect(page.get_by_role("heading", name="Dark")).to_be_visible(timeout=PATIENCE)
        root = page.locator("#syncline-root")
        expect(root).to_have_css("background-color", "rgb(16, 18, 25)")
        expect(page.locator("html")).to_have_css("color-scheme", "dark")
    context.close()


PIECES = """
import syncline as sl
doc = sl.curdoc()
doc.title = "Pieces"
doc.template = '''{% extends base %}
{% block contents %}
<section id="right">{{ embed(text) }}</section><section id="left">{{ embed(slider) }}</section>
{% endblock %}'''
slider = doc.add_root(sl.Slider(label="n", value=3.0, min=0.0, max=10.0))
text = doc.add_root(sl.Markdown(text="n = 3"))
slider.observe(lambda event: setattr(text, "text", f"n = {event.new:g}"), "value")
doc.template_variables |= {"slider": slider, "text": text}
"""


def test_a_template_puts_each_root_in_its_place(page: Page, tmp_path: Path) -> None:
    (tmp_path / "pieces.py").write_text(PIECES)
    with served(tmp_path / "pieces.py", tmp_path) as base:
        page.goto(f"{base}/pieces")
        slider = Shown(page, "#left")
        expect(slider.slider).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#right")).to_have_text("n = 3")
        expect(page.locator(".syncline-notes")).to_have_attribute("data-syncline-status", "live")
        value = slider.drag(0.8)
        expect(page.locator("#right")).to_have_text(f"n = {value:g}")
