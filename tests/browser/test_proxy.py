"""The example of nginx with the command line behind it, in a real browser; and the admin page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import syncline
from tests.browser.driver import MARKDOWN, ROOT, process, wait_for
from tests.ports import free_port

pytestmark = pytest.mark.browser

ADMIN = "known to administrators"
APP = """\
import syncline as sl

slider = sl.Slider(label="Side", value=0.0)
text = sl.Markdown("square 0")
slider.observe(lambda event: setattr(text, "text", f"square {event.new**2:g}"), "value")
sl.curdoc().add_root(sl.Column(slider, text))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the example on free ports; yield the address of nginx."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None, "run scripts/setup-services.sh"
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "run").mkdir()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    ports = {"8080": free_port(), "5006": free_port(), "5007": free_port()}
    for name in ("nginx.conf", "syncline.conf"):
        text = (ROOT / "examples/nginx" / name).read_text(encoding="utf-8")
        for written, port in ports.items():
            text = text.replace(f":{written}", f":{port}")
        (folder / name).write_text(text, encoding="utf-8")
    serve = [sys.executable, "-m", "syncline.cli", "serve", str(folder / "app.py")]
    serve += ["--use-xheaders", "--port"]
    proxy = [nginx, "-p", str(folder / "run"), "-c", str(folder / "nginx.conf")]
    packages = str(Path(next(iter(syncline.__path__))).parent)
    env = {**os.environ, "PYTHONPATH": packages, "SYNCLINE_ADMIN_TOKEN": ADMIN}
    stripped, whole = [*serve, str(ports["5006"])], [*serve, str(ports["5007"])]
    logs = [folder / name for name in ("stripped.log", "whole.log", "nginx.log")]
    with (
        process(stripped, logs[0], env=env),
        process([*whole, "--prefix", "/whole"], logs[1], env=env),
        process(proxy, logs[2]) as running,
    ):
        url = f"http://127.0.0.1:{ports['8080']}"
        for place, log in (("stripped", logs[0]), ("whole", logs[1])):
            wait_for(f"{url}/{place}/readyz", running, log)
        yield url


@pytest.mark.parametrize("place", ["stripped", "whole"])
def test_a_page_behind_a_prefix_works_and_a_reload_finds_it_as_it_was(
    page: Page, root: str, place: str
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    # The index leads there, and one slash too many does.
    for way in (f"/{place}/", f"/{place}/app/?n=1"):
        page.goto(root + way)
        assert page.url.partition("?")[0] == f"{root}/{place}/app"
    for _ in range(2):
        page.get_by_role("slider").press("ArrowRight")
    expect(page.locator(MARKDOWN)).to_have_text("square 4")
    page.reload()
    expect(page.locator(MARKDOWN)).to_have_text("square 4")
    assert said == []


def test_an_administrator_is_asked_for_the_token_and_addresses_and_ends_a_session(
    browser: Browser, page: Page, root: str
) -> None:
    page.goto(f"{root}/stripped/app")
    expect(page.locator(MARKDOWN)).to_be_visible()
    credentials = {"username": "anybody", "password": ADMIN}
    context = browser.new_context(http_credentials=credentials)  # type: ignore[arg-type]
    admin = context.new_page()
    admin.goto(f"{root}/stripped/admin")
    expect(admin.get_by_role("cell", name="app").first).to_be_visible()
    admin.get_by_role("combobox", name="Session").click()
    admin.get_by_role("option").first.click()
    admin.get_by_label("Message").fill("Back at <noon>")
    admin.get_by_role("button", name="Show the message").click()
    expect(page.get_by_role("alert")).to_have_text("Back at <noon>")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    admin.get_by_role("button", name="End the session").click()
    expect(page.get_by_role("status")).to_contain_text("ended")
    context.close()
