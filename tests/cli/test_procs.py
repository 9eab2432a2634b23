"""Several real processes behind one port."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import sqlite3
import ssl
import time
import urllib.request
from contextlib import AsyncExitStack, closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

from syncline.client import pull_session
from syncline.ui import Column, Markdown, TextInput
from tests.cli.certificate import self_signed
from tests.cli.test_serve import SECONDS, Running, fails, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.client.document import ClientDocument

APP = """\
import os
import syncline as sl

doc = sl.curdoc()
doc.title = f"process {os.getpid()}"
text = sl.TextInput(key="text")
echo = sl.Markdown()
text.observe(lambda event: setattr(echo, "text", f"{os.getpid()} {event.new}"), "value")
doc.add_root(sl.Column(text, echo))
"""
EVERYBODY = "import syncline as sl\nsl.curdoc().title = sl.curdoc().session_context.id"
TOKEN = {"Authorization": "Bearer open"}


class Visitor:
    """A browser; each of its requests takes a connection of its own."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()),
            urllib.request.HTTPSHandler(context=context),
        )

    def get(self, url: str, **headers: str) -> str:
        request = urllib.request.Request(url, headers=headers)
        with closing(self._opener.open(request, timeout=SECONDS)) as response:
            text: str = response.read().decode()
            return text

    def process(self, url: str) -> int:
        return process_in(self.get(url))


def process_in(page: str) -> int:
    (number,) = re.findall(r"<title>process (\d+)", page)
    return int(number)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("procs") / "app.py"
    path.write_text(APP)
    return path


@pytest.fixture(scope="module")
def running(script: Path) -> Iterator[Running]:
    words = ("--port", "0", "--num-procs", "2")
    with serving(script, *words, SYNCLINE_ADMIN_TOKEN="open") as process:
        yield process


@pytest.fixture(scope="module")
def url(running: Running) -> str:
    return running.url()


def both(url: str) -> dict[int, Visitor]:
    """Return a visitor of each of the two processes."""
    found: dict[int, Visitor] = {}
    while len(found) < 2:
        visitor = Visitor()
        found.setdefault(visitor.process(url), visitor)
    return found


def test_a_session_stays_in_its_process_whoever_takes_the_connection(url: str) -> None:
    for number, visitor in both(url).items():
        assert {visitor.process(url) for _ in range(8)} == {number}


def test_the_requests_of_one_connection_find_their_processes(url: str) -> None:
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=SECONDS)
    with closing(connection):

        def ask(path: str, cookie: str = "") -> http.client.HTTPResponse:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            return connection.getresponse()

        cookies: dict[int, str] = {}
        while len(cookies) < 2:
            with closing(ask("/app")) as answer:
                cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
                cookies[process_in(answer.read().decode())] = cookie
            # The connection is in the process of the last session: only a new one changes that.
            connection.close()
        for number, cookie in [*cookies.items()] * 3:
            with closing(ask("/app", cookie)) as answer:
                assert process_in(answer.read().decode()) == number
            with closing(ask("/nothing")) as answer:
                assert (answer.status, b"/app" in answer.read()) == (404, False)
            with closing(ask("/healthz")) as answer:
                assert answer.read() == b"ok\n"


async def test_websockets_and_what_starts_over_find_their_processes(url: str) -> None:
    async with AsyncExitStack() as stack:
        docs = [await stack.enter_async_context(await pull_session(url)) for _ in range(6)]
        for doc in docs:
            text, echo = parts(doc)
            text.value = "hello"
            await echoes(doc, "hello")
            assert doc.title == f"process {echo.text.split()[0]}"
        page = await asyncio.to_thread(Visitor().get, url)
        token = re.findall(r'"token":\s?"([^"]+)"', page)[0]
        for _ in range(4):
            status = await asyncio.to_thread(start_over, url, token)
            # Whoever takes it knows that the session has ended, after the first time.
            assert status == 204


def parts(doc: ClientDocument) -> tuple[TextInput, Markdown]:
    (column,) = doc.roots
    assert isinstance(column, Column)
    text, echo = column.children
    assert isinstance(text, TextInput)
    assert isinstance(echo, Markdown)
    return text, echo


async def echoes(doc: ClientDocument, text: str) -> None:
    """Wait until the session's own code has answered."""
    _, echo = parts(doc)
    await doc.until(lambda: echo.text.endswith(f" {text}"))


def start_over(url: str, token: str) -> int:
    request = urllib.request.Request(
        f"{url}/start-over", method="POST", headers={"X-Syncline-Token": token}
    )
    with closing(urllib.request.urlopen(request, timeout=SECONDS)) as response:
        status: int = response.status
        return status


def test_figures_are_of_all_processes_or_of_one(url: str) -> None:
    visitors = both(url)
    base = url.rpartition("/")[0]
    text = visitors.popitem()[1].get(f"{base}/metrics", **TOKEN)
    counts = re.findall(
        r'^syncline_sessions\{app="app",process="([01])"\} (\d+)', text, re.MULTILINE
    )
    assert sorted(name for name, _ in counts) == ["0", "1"]
    assert all(float(count) >= 1 for _, count in counts)
    assert text.count("# TYPE syncline_sessions gauge") == 1
    alone = [Visitor().get(f"{base}/metrics?process={n}", **TOKEN) for n in (0, 1)]
    assert all("process=" not in text for text in alone)
    starts = {re.findall(r"process_start_time_seconds (\d\S+)", text)[0] for text in alone}
    assert len(starts) == 2


async def test_an_administrator_sees_one_process_and_the_way_to_the_others(url: str) -> None:
    base = url.rpartition("/")[0]
    for number in (0, 1):
        visitor = Visitor()
        page = await asyncio.to_thread(visitor.get, f"{base}/admin?process={number}", **TOKEN)
        token = re.findall(r'"token":\s?"([^"]+)"', page)[0]
        async with await pull_session(f"{base}/admin", token=token) as doc:
            (column,) = doc.roots
            facts = column.children[0].text  # type: ignore[attr-defined]
            assert f"**process {number}**, [{1 - number}](?process={1 - number})" in facts or (
                f"[{1 - number}](?process={1 - number}), **process {number}**" in facts
            )


async def test_the_session_of_a_process_that_is_killed_comes_back(
    script: Path, tmp_path: Path
) -> None:
    store = tmp_path / "s.db"
    words = ("--port", 0, "--num-procs", 2, "--store", f"sqlite:{store}")
    with serving(script, *words) as server:
        url = server.url()
        other = next(iter(both(url).items()))
        async with await pull_session(url) as doc:
            killed = int(doc.title.split()[1])
            (staying,) = (n for n in both(url) if n != killed)
            text, _ = parts(doc)
            text.value = "kept"
            await doc.until()
            while not saved(store, b'"kept"'):
                await asyncio.sleep(0.05)
            os.kill(killed, signal.SIGKILL)
            await doc.until(lambda: doc.status != "live")
            text.value = "meanwhile"
            await doc.until(lambda: doc.status == "live" and not doc.pending)
            text, echo = parts(doc)
            assert text.value == "meanwhile"
            await echoes(doc, "meanwhile")
            assert int(echo.text.split()[0]) not in (killed, staying)
        server.line(r"process [01] has ended \(-9\)")
        number, visitor = other
        if number != killed:
            assert visitor.process(url) == number


def saved(store: Path, value: bytes) -> bool:
    """Tell whether there is an entry with a value in the store, if there is one yet."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as file:
            rows = file.execute("SELECT data FROM sessions").fetchall()
    except sqlite3.OperationalError:
        return False
    return any(value in (data or b"") for (data,) in rows)


def test_the_session_of_everybody_is_in_one_process(tmp_path: Path) -> None:
    script = tmp_path / "all.py"
    script.write_text(EVERYBODY)
    words = ("--port", 0, "--num-procs", 2, "--session-scope", "global")
    with serving(script, *words) as server:
        url = server.url()
        titles = {re.findall(r"<title>(.+?)<", Visitor().get(url))[0] for _ in range(6)}
        assert len(titles) == 1


def test_with_tls_what_belongs_to_another_process_is_passed_on(
    script: Path, tmp_path: Path
) -> None:
    cert, key = self_signed(tmp_path)
    words = ("--port", 0, "--num-procs", 2, "--ssl-certfile", cert, "--ssl-keyfile", key)
    with serving(script, *words) as server:
        url = server.url()
        visitor = Visitor(ssl.create_default_context(cafile=str(cert)))
        assert len({visitor.process(url) for _ in range(8)}) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_its_end_is_the_end_of_all_processes(script: Path, number: signal.Signals) -> None:
    with serving(script, "--port", 0, "--num-procs", 2) as server:
        Visitor().get(server.url())
        while len(processes := psutil.Process(server.process.pid).children()) < 2:
            assert server.process.poll() is None
            time.sleep(0.05)
        server.process.send_signal(number)
        assert server.process.wait(SECONDS) == (0 if number is signal.SIGTERM else -9)
        assert psutil.wait_procs(processes, SECONDS)[1] == []


def test_it_ends_when_asked_to_before_it_is_ready(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)")
    with serving(script, "--port", 0, "--num-procs", 2, "--warm") as server:
        server.line("^begun")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 128 + signal.SIGINT


def test_asked_twice_all_processes_end_at_once(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        "import time, syncline as sl\n"
        "def end(context):\n"
        "    print('ending', flush=True)\n"
        "    time.sleep(60)\n"
        "sl.curdoc().on_session_destroyed(end)"
    )
    with serving(script, "--port", 0, "--num-procs", 2) as server:
        Visitor().get(server.url())
        processes = psutil.Process(server.process.pid).children()
        server.process.send_signal(signal.SIGINT)
        server.line("^ending")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
        assert psutil.wait_procs(processes, 30)[1] == []


def test_a_mistake_is_one_line_however_many_processes_there_are(
    script: Path, tmp_path: Path
) -> None:
    words = (script, "--port", 0, "--num-procs", 3)
    assert "--allow-anonymous" in fails("serve", *words, "--address", "0.0.0.0")
    (tmp_path / "bad.py").write_text("1/0")
    with serving(tmp_path / "bad.py", *words[1:], "--warm") as server:
        server.line(r"^syncline: bad.py could not be loaded")
        assert server.process.wait(SECONDS) == 1
