"""Model classes of a user's own, with views of their own, in a real browser (SPEC 5.9)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import (
    PATIENCE,
    demo,
    isolated,
    open_notebook,
    process,
    wait_for,
)
from tests.hosting.notebooks import write
from tests.ports import free_port

pytestmark = pytest.mark.browser

VIEW = """\
export default {
  render({ model, el }) {
    const button = document.createElement('button');
    const show = () => { button.textContent = `%s ${model.get('value')}`; };
    button.className = 'own-counter';
    button.onclick = () => {
      model.set('value', model.get('value') + 1);
      model.save_changes();
    };
    model.on('change:value', show);
    show();
    el.append(button);
  },
};
"""
DEFINE = """\
import syncline as sl

class Counter(sl.Model):
    _esm = '''%s'''
    _css = '.own-counter { color: rgb(1, 2, 3) }'
    value: int = sl.prop(default=0, client=True, le=3)
"""
FOLLOW = """
counter = Counter()
told = sl.Markdown(text='Python has 0')
counter.observe(lambda event: setattr(told, 'text', f'Python has {event.new}'), 'value')
"""
FIRST, SECOND = (DEFINE % (VIEW % word) for word in ("Pressed", "Clicked"))


def clicked(page: Page, word: str, value: int) -> None:
    """Press the button of a counter and wait for what it and Python say."""
    page.get_by_role("button", name=word).first.click()
    expect(page.get_by_role("button", name=f"{word} {value}").first).to_be_visible()
    expect(page.get_by_text(f"Python has {value}").first).to_be_visible()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[str]:
    """A served script that defines a class with a view; its address."""
    script = tmp_path / "own.py"
    script.write_text(
        FIRST + FOLLOW + "sl.curdoc().add_root(counter)\nsl.curdoc().add_root(told)\n"
    )
    port, log = free_port(), tmp_path / "serve.log"
    command = [sys.executable, "-m", "syncline.cli", "serve", str(script), f"--port={port}"]
    with process(command, log, env=isolated(tmp_path)) as server:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
        yield f"http://127.0.0.1:{port}/own"


def test_a_class_of_a_script_is_live_in_a_page_by_its_own_view(page: Page, app: str) -> None:
    page.goto(app)
    button = page.get_by_role("button", name="Pressed 0")
    expect(button).to_be_visible(timeout=PATIENCE)
    expect(button).to_have_css("color", "rgb(1, 2, 3)")
    clicked(page, "Pressed", 1)
    clicked(page, "Pressed", 2)
    page.reload()
    expect(page.get_by_role("button", name="Pressed 2")).to_be_visible(timeout=PATIENCE)
    clicked(page, "Pressed", 3)
    # What Python does not take falls back.
    page.get_by_role("button", name="Pressed").click()
    expect(page.get_by_role("button", name="Pressed 3")).to_be_visible()


def test_a_class_of_a_notebook_is_live_and_may_be_defined_again(page: Page, tmp_path: Path) -> None:
    with demo(tmp_path) as (base, token):
        show = FOLLOW + "sl.Column(counter, told)"
        write(tmp_path / "notebooks" / "own.ipynb", FIRST, show, SECOND, "counter", show)
        open_notebook(page, base, token, "own.ipynb")
        old = page.get_by_role("button", name="Pressed")
        expect(old).to_have_count(2, timeout=PATIENCE)
        clicked(page, "Pressed", 1)
        expect(page.get_by_role("button", name="Pressed 1")).to_have_count(2)
        clicked(page, "Clicked", 1)
        expect(page.get_by_role("button", name="Pressed 1")).to_have_count(2)
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open as a page").first.click()
        second = opened.value
        attached = second.get_by_role("button", name="Pressed").first
        expect(attached).to_have_text("Pressed 1", timeout=PATIENCE)
        attached.click()
        expect(page.get_by_role("button", name="Pressed 2")).to_have_count(2)
