"""The example of nginx in front of two servers, one of which knows of its prefix, as it stands."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from tornado.httpclient import HTTPClientError

import syncline as sl
from syncline.document import Document
from syncline.server import Server
from tests.ports import free_port
from tests.server.browsing import Browser, has, model, page_data
from tests.server.test_session import counter

if TYPE_CHECKING:
    from tests.server.conftest import Serve

EXAMPLE = Path(__file__).parents[2] / "examples/nginx"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
LARGE = 12 << 20


def large(doc: Document) -> None:
    """A text that is larger than any frame, and one that a page may change."""
    doc.add_root(sl.Markdown(text="x" * LARGE))
    doc.add_root(sl.TextInput(value=""))


@dataclass
class Proxied:
    """A server as it is seen through nginx."""

    server: Server
    url: str
    site: Any = field(init=False)

    def __post_init__(self) -> None:
        self.site = self.server.site


@dataclass
class Nginx:
    """A running nginx."""

    stripped: Proxied
    whole: Proxied

    def at(self, place: str) -> Proxied:
        proxied: Proxied = getattr(self, place)
        return proxied


@pytest.fixture
async def nginx(serve: Serve, tmp_path: Path) -> AsyncIterator[Nginx]:
    assert NGINX is not None, "run scripts/setup-services.sh"
    port = free_port()
    options = {"use_xheaders": True, "allow_origin": f"http://localhost:{port}"}
    applications = {"counter": counter, "large": large}
    stripped = serve(applications, **options)
    whole = serve(applications, prefix="whole", **options)
    for name in ("nginx.conf", "syncline.conf"):
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        for before, after in (("8080", port), ("5006", stripped.port), ("5007", whole.port)):
            text = text.replace(f":{before}", f":{after}")
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "run").mkdir()
    command = [NGINX, "-p", str(tmp_path / "run"), "-c", str(tmp_path / "nginx.conf")]
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(command, stderr=errors)
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except OSError:
                    assert process.poll() is None, (tmp_path / "errors").read_text()
                    await asyncio.sleep(0.01)
        writer.close()
        root = f"http://localhost:{port}"
        yield Nginx(Proxied(stripped, f"{root}/stripped/"), Proxied(whole, f"{root}/whole/"))
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


both = pytest.mark.parametrize("place", ["stripped", "whole"])


def browser_of(proxied: Proxied, **headers: str) -> Browser:
    return Browser(proxied, headers)  # type: ignore[arg-type]


def test_the_documentation_shows_the_example() -> None:
    shown = (EXAMPLE.parents[1] / "docs/deploying.md").read_text(encoding="utf-8")
    assert f"```nginx\n{(EXAMPLE / 'syncline.conf').read_text(encoding='utf-8')}```" in shown


@both
async def test_a_page_and_its_websocket_work_and_a_reload_finds_the_session(
    nginx: Nginx, place: str
) -> None:
    browser = browser_of(nginx.at(place))
    page = await browser.open("counter")
    slider, _ = model(await page.greet(), "Slider")
    answer = await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    assert answer["header"]["msgtype"] == "OK"
    await page.document(has("Markdown", text="n=7"))
    page.close()
    again = await browser.open("counter")
    assert has("Slider", value=7)(await again.greet())


@both
async def test_all_that_a_page_names_is_there(nginx: Nginx, place: str) -> None:
    proxied = nginx.at(place)
    browser = browser_of(proxied)
    html = (await browser.fetch("counter")).body.decode()
    names = [name for name in re.findall(r'(?:src|href)="([^"]*)"', html) if name[:5] != "data:"]
    assert names
    for name in names:
        url = urljoin(proxied.url + "counter", name)
        assert url.startswith(proxied.url)
        response = await browser.fetch(url.removeprefix(proxied.url), Accept_Encoding="br")
        assert (response.code, response.headers["Content-Encoding"]) == (200, "br")
    assert page_data(html)["ws"] == "counter/ws"


@both
async def test_every_redirect_stays_below_the_prefix(nginx: Nginx, place: str) -> None:
    proxied = nginx.at(place)
    index = (await browser_of(proxied).fetch("")).body.decode()
    assert re.findall(r'href="(counter|large)"', index) == ["counter", "large"]
    response = await browser_of(proxied).fetch("counter/?n=1")
    assert response.code == 301
    where = urljoin(proxied.url + "counter/", response.headers["Location"])
    assert where == proxied.url + "counter?n=1"


@both
async def test_the_cookie_is_for_what_the_proxy_shows(nginx: Nginx, place: str) -> None:
    response = await browser_of(nginx.at(place)).fetch("counter")
    # Without a path it is good for the folder of the page that set it.
    assert "Path" not in response.headers["Set-Cookie"]


@both
async def test_large_messages_pass_both_ways(nginx: Nginx, place: str) -> None:
    page = await browser_of(nginx.at(place)).open("large")
    (session,) = nginx.at(place).site.sessions
    ack = (await page.receive())["header"]
    page.client, page.epoch = ack["client"], ack["epoch"]
    await page.send("PULL-DOC-REQ", {"have": None, "pending": None})
    size = 0
    while size < LARGE:
        frame = await page.connection.read_message()
        assert frame is not None
        size += len(frame)
    (field,) = session.document.select(type=sl.TextInput)
    page.rev = session.document.session.rev
    op = {"op": "set", "m": field.id, "p": ["value"], "v": "y" * (7 << 20)}
    assert (await page.patch(op))["header"]["msgtype"] == "OK"
    assert len(field.value) == 7 << 20


@both
async def test_nothing_waits_in_the_proxy(nginx: Nginx, place: str) -> None:
    browser = browser_of(nginx.at(place))
    page = await browser.open("counter")
    await page.greet()
    (session,) = nginx.at(place).site.sessions
    (slider,) = session.document.select(type=sl.Slider)
    for value in (1, 2, 3):
        slider.value = value
        async with asyncio.timeout(30):
            await page.until("PATCH-DOC")


@both
async def test_the_rules_for_origins_hold_behind_the_proxy(nginx: Nginx, place: str) -> None:
    proxied = nginx.at(place)
    own = proxied.url.removesuffix(f"/{place}/")
    page = await browser_of(proxied, Origin=own).open("counter")
    await page.greet()
    browser = browser_of(proxied)
    data = await browser.page("counter")
    for foreign in ("http://evil.example", "http://localhost:1", "null"):
        assert (await browser.fetch("counter", Origin=foreign)).code == 403
        with pytest.raises(HTTPClientError) as refusal:
            await browser.connect(data["ws"], data["token"], Origin=foreign)
        assert refusal.value.code == 403
    assert (await browser.fetch("counter", Host="evil.example")).code == 403


@both
async def test_no_visitor_says_for_the_proxy_who_they_are(nginx: Nginx, place: str) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Scheme": "https", "X-Forwarded-For": "192.0.2.1"}
    response = await browser_of(nginx.at(place), **said).fetch("counter")
    assert "Secure" not in response.headers["Set-Cookie"]
