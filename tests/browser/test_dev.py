"""An author's page while the author edits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import MARKDOWN, PATIENCE
from tests.cli.test_serve import serving

pytestmark = pytest.mark.browser

APP = """\
import syncline as sl

name = sl.TextInput(key="name", label="Name")
answer = sl.Markdown("nobody")
name.observe(lambda event: setattr(answer, "text", "Hello " + event.new), "value")
sl.curdoc().add_root(sl.Column(name, answer))
"""


def test_a_page_follows_its_app_and_says_what_is_broken(page: Page, tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(APP)
    with serving(script, "--port", 0, "--dev") as server:
        page.goto(server.url())
        page.get_by_label("Name").fill("Ada")
        answer = page.locator(MARKDOWN)
        expect(answer).to_have_text("Hello Ada", timeout=PATIENCE)
        page.evaluate("window.mark = 'same page'")
        script.write_text(APP.replace("Hello", "Good morning"))
        expect(answer).to_have_text("Good morning Ada", timeout=PATIENCE)
        expect(page.get_by_label("Name")).to_have_value("Ada")
        script.write_text(APP.replace("sl.Column", "sl.Colum"))
        notice = page.get_by_role("alert")
        expect(notice).to_have_text(re.compile(r"Still as before: app.py, line 6: Attr.*Colum"))
        page.get_by_label("Name").fill("Grace")
        expect(answer).to_have_text("Good morning Grace", timeout=PATIENCE)
        script.write_text(APP)
        expect(answer).to_have_text("Hello Grace", timeout=PATIENCE)
        expect(notice).to_have_count(0)
        assert page.evaluate("window.mark") == "same page"
