"""Columns in a real browser: a page may meet its first ones whenever it likes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import PATIENCE, isolated, process, wait_for
from tests.browser.test_halves import second_half
from tests.ports import free_port

pytestmark = pytest.mark.browser

SCRIPT = """\
import syncline as sl

class Feed(sl.Model):
    _esm = '''
    export default {
      render({ model, el }) {
        const button = document.createElement('button');
        const show = () => {
          const data = model.get('data');
          button.textContent = data ? `rows ${data.column('x').join(' ')}` : 'no rows';
        };
        button.onclick = () => {
          model.set('asked', model.get('asked') + 1);
          model.save_changes();
        };
        model.on('change:data', show);
        show();
        el.append(button);
      },
    };
    '''
    data: sl.Columns | None = sl.prop(default=None)
    asked: int = sl.prop(default=0, client=True)

feed = Feed()

def answer(event):
    if feed.data is None:
        feed.data = sl.Columns({'x': [1]})
    feed.data.stream({'x': [event.new + 1]})

feed.observe(answer, 'asked')
sl.curdoc().add_root(feed)
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[str]:
    """A served script whose model has no columns at first; its address."""
    script = tmp_path / "feed.py"
    script.write_text(SCRIPT)
    port, log = free_port(), tmp_path / "serve.log"
    command = [sys.executable, "-m", "syncline.cli", "serve", str(script), f"--port={port}"]
    with process(command, log, env=isolated(tmp_path)) as server:
        wait_for(f"http://127.0.0.1:{port}/healthz", server, log)
        yield f"http://127.0.0.1:{port}/feed"


def test_a_page_meets_its_first_columns_without_fetching_anything(page: Page, app: str) -> None:
    with page.expect_response(lambda response: response.url.endswith(second_half())):
        page.goto(app)
    expect(page.get_by_role("button", name="no rows")).to_be_visible(timeout=PATIENCE)
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url))
    page.get_by_role("button", name="rows").click()
    expect(page.get_by_role("button", name="rows 1 2")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="rows").click()
    expect(page.get_by_role("button", name="rows 1 2 3")).to_be_visible()
    assert scripts == []
    # Now the very snapshot has some.
    page.reload()
    expect(page.get_by_role("button", name="rows 1 2 3")).to_be_visible(timeout=PATIENCE)
