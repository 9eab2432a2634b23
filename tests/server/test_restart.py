"""Real server processes that are ended, killed and started again, and what their clients keep."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import pytest
from redis import Redis

from syncline.client import pull_session
from syncline.client.errors import UnknownSession
from tests.cli.test_serve import PACKAGES, Running, environment
from tests.hosting.store.conftest import redis_server
from tests.server.browsing import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.client.document import ClientDocument

SERVER = Path(__file__).with_name("kept_server.py")
ROOT = SERVER.parents[2]
SECONDS = 30


class Site:
    """A server at one address, whatever process it is."""

    def __init__(self, store: str) -> None:
        self.store = store
        self.url = ""
        # Nobody else gets the port while no server listens: one that is only bound may be shared.
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port = self._held.getsockname()[1]
        self.running: Running | None = None
        self._stack = ExitStack()

    def start(self, **more: str) -> None:
        self.running = self._stack.enter_context(started(self.store, self.port, **more))
        self.url = self.running.url()

    def end(self, number: signal.Signals) -> None:
        assert self.running is not None
        self.running.process.send_signal(number)
        self.running.process.wait(SECONDS)

    def close(self) -> None:
        self._stack.close()
        self._held.close()

    async def told(self, pattern: str) -> str:
        """Wait until the process has printed a line."""
        running = self.running
        assert running is not None
        async with asyncio.timeout(SECONDS):
            while not (found := [line for line in running.seen if re.search(pattern, line)]):
                await asyncio.sleep(0.02)
        return found[0]

    async def saved(self, rev: int) -> None:
        """Wait until the store has a revision, or a later one."""
        running = self.running
        assert running is not None
        async with asyncio.timeout(SECONDS):
            while not any(int(n) >= rev for n in re.findall(r"saved (\d+)", "".join(running.seen))):
                await asyncio.sleep(0.02)

    @property
    def browser(self) -> Browser:
        place: Any = SimpleNamespace(url=self.url.removesuffix("notes"))
        return Browser(place)


@contextmanager
def started(store: str, port: int, **more: str) -> Iterator[Running]:
    paths = f"{PACKAGES}{os.pathsep}{ROOT}"
    with subprocess.Popen(
        [sys.executable, str(SERVER), store, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**{"PYTHONPATH": paths, **more}),
    ) as process:
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["sqlite", "redis"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    store = f"sqlite:{tmp_path}/sessions.db"
    if request.param == "redis":
        store = request.getfixturevalue("redis")
        with Redis.from_url(store) as client:
            client.flushdb()
    made = Site(store)
    yield made
    made.close()


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Iterator[Site]:
    made = Site(f"sqlite:{tmp_path}/sessions.db")
    yield made
    made.close()


def note(doc: ClientDocument) -> Any:
    (root,) = doc.roots
    return root


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
async def test_a_session_goes_on_in_the_next_process(site: Site, number: signal.Signals) -> None:
    site.start()
    async with await pull_session(site.url) as doc:
        epoch, client = doc.epoch, doc.client
        note(doc).text = "Ada"
        note(doc).secret = "hush"
        note(doc).items.append("one")
        await doc.until()
        if number is signal.SIGKILL:
            await site.saved(doc.rev)
        site.end(number)
        note(doc).items.append("two")
        await doc.until(lambda: doc.status != "live")
        note(doc).items.append("three")
        site.start()
        await doc.until(lambda: doc.epoch != epoch and not doc.pending)
        assert doc.client == client
        assert note(doc).items == ["one", "two", "three"]
        assert (note(doc).text, note(doc).secret) == ("Ada", "")
        await doc.until(lambda: note(doc).count == 3)
        async with await pull_session(site.url, token=doc.token) as other:
            assert note(other).items == ["one", "two", "three"]


async def test_a_browser_that_comes_back_finds_its_session(site: Site) -> None:
    site.start()
    browser = site.browser
    data = await browser.page("notes")
    page = await browser.connect(data["ws"], data["token"])
    (m,) = (await page.greet())["roots"]
    await page.patch({"op": "set", "m": m, "p": ["text"], "v": "Ada"})
    site.end(signal.SIGTERM)
    assert await page.closed() == 1012
    site.start()
    doc = await (await browser.open("notes")).greet()
    (root,) = doc["roots"]
    assert doc["models"][root]["props"]["text"] == "Ada"
    assert (await (await browser.connect(data["ws"], data["token"])).greet())["roots"] == [root]
    stranger = await (await site.browser.open("notes")).greet()
    assert stranger["models"][stranger["roots"][0]]["props"]["text"] == ""


class Deaf:
    """A way to the server on which its answers can be lost."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self.deaf = False
        self.url = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._there._replace(netloc=f"127.0.0.1:{port}").geturl()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(self._there.hostname, self._there.port)
        except OSError:
            writer.close()
            return
        self._writers += [writer, there[1]]
        await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer, back=True))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool = False
    ) -> None:
        try:
            while data := await reader.read(1 << 16):
                if not (back and self.deaf):
                    writer.write(data)
        except OSError:
            pass
        writer.close()


async def test_what_was_committed_but_never_answered_is_not_made_twice(site: Site) -> None:
    site.start()
    async with Deaf(site.url) as way, await pull_session(way.url) as doc:
        note(doc).items.append("one")
        await doc.until()
        way.deaf = True
        note(doc).items.append("two")
        await site.saved(doc.rev + 1)
        note(doc).items.append("three")
        site.end(signal.SIGKILL)
        way.deaf = False
        site.start()
        await doc.until(lambda: not doc.pending)
        assert note(doc).items == ["one", "two", "three"]


async def test_an_app_that_has_changed_says_so_once(sqlite_site: Site) -> None:
    site = sqlite_site
    site.start()
    browser = site.browser
    async with await pull_session(site.url) as doc:
        page = await browser.open("notes")
        (m,) = (await page.greet())["roots"]
        await page.patch({"op": "set", "m": m, "p": ["text"], "v": "Ada"})
        note(doc).text = "Ada"
        await doc.until()
        site.end(signal.SIGTERM)
        site.start(CHANGED="1")
        with pytest.raises(UnknownSession, match="has changed"):
            await doc.until(lambda: False)
    response = await browser.fetch("notes")
    assert response.code == 409
    assert "This app has changed" in response.body.decode()
    assert "kept/Note" not in response.body.decode()
    fresh = await (await browser.open("notes")).greet()
    assert fresh["models"][fresh["roots"][0]]["props"]["text"] == ""
    await site.told("kept/Note@1")


async def test_what_somebody_else_has_written_into_the_store_is_not_used(sqlite_site: Site) -> None:
    site = sqlite_site
    site.start()
    browsers = [site.browser for _ in range(2)]
    for browser in browsers:
        page = await browser.open("notes")
        (m,) = (await page.greet())["roots"]
        await page.patch({"op": "set", "m": m, "p": ["text"], "v": "Ada"})
    site.end(signal.SIGTERM)
    with sqlite3.connect(site.store.removeprefix("sqlite:")) as db:
        rows = db.execute("SELECT key, data FROM sessions").fetchall()
        assert len(rows) == 2
        (one, mine), (two, theirs) = rows
        db.execute("UPDATE sessions SET data = ? WHERE key = ?", (theirs, one))
        db.execute("UPDATE sessions SET data = ? WHERE key = ?", (mine[:-1] + b"x", two))
    db.close()
    site.start()
    for browser in browsers:
        doc = await (await browser.open("notes")).greet()
        assert doc["models"][doc["roots"][0]]["props"]["text"] == ""
    await site.told("is not used: the signature does not fit")


async def test_another_secret_begins_anew(sqlite_site: Site) -> None:
    site = sqlite_site
    site.start()
    browser = site.browser
    page = await browser.open("notes")
    await page.greet()
    site.end(signal.SIGTERM)
    site.start(SYNCLINE_SECRET_KEY="y" * 40)
    await (await browser.open("notes")).greet()


async def test_a_full_disk_stops_nobody(sqlite_site: Site) -> None:
    site = sqlite_site
    site.start(MOST_BYTES="65536")
    async with await pull_session(site.url) as doc:
        note(doc).text = "x" * 200_000
        await doc.until()
        await site.told("store of sessions is lost")
        note(doc).text = "Ada"
        note(doc).items.append("one")
        await doc.until()
        await doc.until(lambda: note(doc).count == 1)
        await site.told("store of sessions is back")
        await site.saved(doc.rev)
    running = site.running
    assert running is not None
    assert sum("is lost" in line for line in running.seen) == 1


async def test_two_processes_never_have_one_session_at_once(site: Site) -> None:
    site.start()
    other = Site(site.store)
    other.start()
    try:
        browser = site.browser
        page = await browser.open("notes")
        (m,) = (await page.greet())["roots"]
        answer = await page.patch({"op": "set", "m": m, "p": ["text"], "v": "Ada"})
        await site.saved(answer["header"]["rev"])
        there = other.browser
        there.cookies = browser.cookies
        doc = await (await there.open("notes")).greet()
        assert doc["models"][doc["roots"][0]]["props"]["text"] == "Ada"
        assert await page.closed() == 1012
        back = await (await browser.open("notes")).greet()
        assert back["models"][back["roots"][0]]["props"]["text"] == "Ada"
    finally:
        other.close()
