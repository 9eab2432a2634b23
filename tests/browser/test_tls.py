"""An app behind TLS, with a certificate that only this browser is told to believe."""

from __future__ import annotations

import ssl
import sys
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.driver import Shown, process, wait_for
from tests.cli.certificate import self_signed
from tests.ports import free_port

pytestmark = pytest.mark.browser

APP = """\
import syncline as sl

number = sl.Slider(label="Number", value=3.0, min=0.0, max=100.0, step=1.0)
told = sl.Markdown(text="now 3")
number.observe(lambda event: setattr(told, "text", f"now {event.new:.0f}"), "value")
sl.curdoc().add_root(sl.Column(number, told))
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tls")
    (folder / "wave.py").write_text(APP)
    cert, key = self_signed(folder)
    port, log = free_port(), folder / "serve.log"
    command = [sys.executable, "-m", "syncline.cli", "serve", str(folder / "wave.py")]
    command += [f"--port={port}", f"--ssl-certfile={cert}", f"--ssl-keyfile={key}"]
    https = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(cert)))
    opener = urllib.request.build_opener(https)
    with process(command, log) as server:
        wait_for(f"https://127.0.0.1:{port}/healthz", server, log, opener=opener)
        yield f"https://127.0.0.1:{port}/wave"


def test_the_page_its_websocket_and_its_cookie_are_safe(browser: Browser, url: str) -> None:
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    with page.expect_event("websocket") as opened:
        page.goto(url)
    assert opened.value.url == f"{url.replace('https', 'wss')}/ws"
    shown = Shown(page).wait()
    value = shown.drag(0.5)
    expect(page.get_by_text(f"now {value:.0f}")).to_be_visible()
    page.reload()
    Shown(page).wait().expect(value)
    (cookie,) = context.cookies()
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    context.close()
