"""An app that is mounted in another application, in pages of other sites, in a real browser."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import syncline
from syncline.embed import server_document, server_session
from tests.browser.driver import Shown, process, wait_for
from tests.browser.foreign import ForeignSite, foreign_site
from tests.ports import free_port

pytestmark = pytest.mark.browser

TOKEN = "a token that is long enough"
APP = """\
import syncline as sl

doc = sl.curdoc()
number = sl.Slider(label="Number", value=3.0, min=0.0, max=100.0, step=1.0)
told = sl.Markdown(text="now 3")
number.observe(lambda event: setattr(told, "text", f"now {event.new:.0f}"), "value")
doc.add_root(sl.Column(number, told))
"""
THEME = ".syncline-markdown { color: rgb(1, 2, 3); }"
MAIN = """\
from fastapi import FastAPI
from syncline.asgi import syncline_asgi, syncline_lifespan

viz = syncline_asgi({{"wave": {folder!r}}}, allow_origin={origin!r})
closed = syncline_asgi({{"wave": {folder!r}}}, allow_origin={origin!r}, auth_token={token!r})
app = FastAPI(lifespan=syncline_lifespan(viz, closed))
app.mount("/viz", viz)
app.mount("/closed", closed)


@app.get("/handed/{{role}}")
async def handed(role: str) -> str:
    (session,) = closed.site.sessions
    return session.context.token(role)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[ForeignSite]:
    with foreign_site() as running:
        yield running


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, site: ForeignSite) -> Iterator[str]:
    """A FastAPI application with the app mounted twice: for all, and for who knows the token."""
    folder = tmp_path_factory.mktemp("mounted")
    wave = folder / "wave"
    wave.mkdir()
    (wave / "main.py").write_text(APP)
    (wave / "theme.css").write_text(THEME)
    text = MAIN.format(folder=str(wave), origin=site.origin, token=TOKEN)
    (folder / "around.py").write_text(text)
    port, log = free_port(), folder / "uvicorn.log"
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(folder), "around:app"]
    packages = str(Path(next(iter(syncline.__path__))).parent)
    environment = {**os.environ, "PYTHONPATH": packages}
    with process([*command, "--port", str(port)], log, env=environment) as server:
        wait_for(f"http://127.0.0.1:{port}/viz/healthz", server, log)
        yield f"http://127.0.0.1:{port}"


def fetch(url: str, **headers: str) -> str:
    request = urllib.request.Request(url, headers=headers)
    with closing(urllib.request.urlopen(request, timeout=30)) as response:
        text: str = response.read().decode()
        return text


def test_a_mounted_app_is_live_in_a_page_of_another_site_in_its_own_style(
    page: Page, site: ForeignSite, base: str
) -> None:
    # What looks like ours in the page around is not touched by the app's style sheet.
    around = "<p class=syncline-markdown id=own>Own</p>"
    page.goto(site.put(around + server_document(f"{base}/viz/wave")))
    shown = Shown(page, "syncline-app").wait()
    value = shown.drag(0.5)
    text = page.get_by_text(f"now {value:.0f}")
    expect(text).to_be_visible()
    expect(page.locator("syncline-app .syncline-markdown")).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.locator("#own")).to_have_css("color", "rgb(0, 0, 0)")
    assert page.context.cookies() == []
    page.reload()
    Shown(page, "syncline-app").wait().expect(value)


def test_a_mounted_app_is_for_the_sites_that_are_allowed(page: Page, base: str) -> None:
    with foreign_site() as other:
        with page.expect_event("requestfailed") as refused:
            page.goto(other.put(server_document(f"{base}/viz/wave")))
        assert refused.value.url == f"{base}/viz/wave/autoload.js"
        for path in ("ticket", "static/theme.css"):
            error = page.evaluate("url => fetch(url).catch(e => e.name)", f"{base}/viz/wave/{path}")
            assert error == "TypeError"
        closed = page.evaluate(
            """url => new Promise(resolve => {
                new WebSocket(url, ['syncline.v1']).onclose = ({ code }) => resolve(code) })""",
            f"{base.replace('http', 'ws')}/viz/wave/ws",
        )
        assert closed == 1006


def test_a_session_that_is_handed_on_needs_no_login_and_has_the_role_of_its_token(
    page: Page, site: ForeignSite, base: str
) -> None:
    app = f"{base}/closed/wave"
    fetch(app, Authorization=f"Bearer {TOKEN}")
    edit, view = (json.loads(fetch(f"{base}/handed/{role}")) for role in ("edit", "view"))
    page.goto(site.put(server_session(edit, app) + server_session(view, app)))
    mine, theirs = (Shown(page, "syncline-app", index).wait() for index in range(2))
    value = mine.drag(0.5)
    theirs.expect(value)
    expect(page.locator("wa-slider").nth(0)).to_have_js_property("disabled", value=False)
    expect(page.locator("wa-slider").nth(1)).to_have_js_property("disabled", value=True)
    # By itself the site has nobody's login.
    page.goto(site.put(server_document(app)))
    expect(page.locator("syncline-app")).to_have_text("Log in first.")
