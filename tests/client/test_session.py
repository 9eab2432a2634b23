"""Clients in Python of a server in another process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import syncline as sl
from syncline.client import (
    ClientDocument,
    NotAllowed,
    ServerGone,
    SessionError,
    UnknownSession,
    connect,
    pull_session,
    push_session,
)
from syncline.client.background import Background
from syncline.core.ops import Set
from syncline.document.current import curdoc
from tests.cli.test_serve import PACKAGES, serving
from tests.client.conftest import Wire
from tests.client.models import Counter

SECONDS = 30


def counter(document: ClientDocument) -> Counter:
    (root,) = document.roots
    assert isinstance(root, Counter)
    return root


async def until(document: ClientDocument, true: Any) -> None:
    async with asyncio.timeout(SECONDS):
        await document.until(true)


async def test_two_clients_of_a_session_follow_each_other(url: str) -> None:
    async with await pull_session(url) as one, await pull_session(url, token=one.token) as two:
        assert one.title == two.title == "counter"
        heard: list[Any] = []
        counter(two).observe(lambda event: heard.append((event.new, event.origin)), "value")
        counter(one).value = 4
        await until(two, lambda: counter(two).text == "4")
        await until(one, lambda: counter(one).text == "4" and not one.pending)
        assert heard == [(4, one.client)]
        counter(two).items.append("two")
        counter(one).items.insert(0, "one")
        await until(one, lambda: counter(one).items == ["one", 1, 2, 3, "two"])
        await until(two, lambda: counter(two).items == ["one", 1, 2, 3, "two"])


async def test_without_a_token_a_session_of_its_own_begins(url: str) -> None:
    async with await pull_session(url) as one, await pull_session(url) as two:
        counter(one).value = 4
        await until(one, None)
        assert counter(two).value == 0
        assert one.token != two.token


async def test_what_the_server_changes_or_refuses_is_told(url: str) -> None:
    async with await pull_session(url) as document:
        conflicts: list[Any] = []
        document.on_conflict(conflicts.append)
        with (transaction := document.transaction()):
            # An edit that this process does not check first.
            document.edit(Set(counter(document).id, ["small"], 50.0))
        outcome = await transaction.done
        assert [one.kind for one in outcome.conflicts] == ["adjusted"]
        assert counter(document).small == 10
        counter(document).locked = "mine"
        await until(document, None)
        assert counter(document).locked == ""
        assert [(one.kind, one.code) for one in conflicts] == [
            ("adjusted", None),
            ("refused", "read-only"),
        ]


async def test_messages_reach_the_session(url: str) -> None:
    async with await pull_session(url) as document:
        counter(document).value = 4
        document.send(counter(document), "reset")
        await until(document, lambda: counter(document).text == "0")
        document.send(counter(document), "hover", 7, volatile=True)
        await until(document, lambda: counter(document).heard == [7])


async def test_a_cut_wire_is_mended_and_nothing_is_lost(wire: Wire) -> None:
    states: list[str] = []
    async with await pull_session(wire.url) as document:
        other = await pull_session(wire.url, token=document.token)
        document.on_status(states.append)
        client = document.client
        await wire.cut()
        await until(document, lambda: document.status == "offline")
        counter(document).items.append("offline")
        await until(document, lambda: document.status == "live" and not document.pending)
        assert document.client == client
        await until(other, lambda: counter(other).items == [1, 2, 3, "offline"])
        await other.carrier.close()
    assert states[:4] == ["offline", "connecting", "catching-up", "live"]


async def test_a_server_that_is_away_for_a_while_is_found_again(wire: Wire) -> None:
    async with await pull_session(wire.url) as document:
        await wire.cut(closed=True)
        await until(document, lambda: document.status == "offline")
        counter(document).value = 3
        await asyncio.wait_for(lost(document, 2), SECONDS)
        await wire.mend()
        await until(document, lambda: counter(document).text == "3")


async def lost(document: ClientDocument, times: int) -> None:
    """Wait until it was tried in vain some times."""
    carrier = document.carrier
    dialled, dial = asyncio.Semaphore(0), carrier._dial

    async def count() -> Any:
        try:
            return await dial()
        except OSError:
            dialled.release()
            raise

    carrier._dial = count
    for _ in range(times):
        await dialled.acquire()


async def test_where_nobody_answers_there_is_no_session(wire: Wire) -> None:
    await wire.cut(closed=True)
    for address in (wire.url, wire.url.replace("http", "ws") + "/ws"):
        with pytest.raises(ServerGone, match="nobody answers"):
            await pull_session(address)


async def test_what_is_not_there_is_said_clearly(url: str) -> None:
    with pytest.raises(UnknownSession, match="no such app"):
        await pull_session(url + "x")
    parts = urlsplit(url)
    with pytest.raises(UnknownSession):
        await pull_session(f"{parts.scheme}://{parts.netloc}/static/x")
    with pytest.raises(NotAllowed, match="no valid token"):
        await pull_session(url, token="forged")
    with pytest.raises(NotAllowed):
        await pull_session(url, headers={"Origin": "http://evil.example"})
    with pytest.raises(ValueError, match="URL of an app"):
        await pull_session("file:///etc/passwd")


async def test_only_an_owner_may_replace_a_document(url: str) -> None:
    async with await pull_session(url) as document:
        assert document.token is not None
        with pytest.raises(NotAllowed, match="not replaced by clients"):
            await push_session(sl.Document("mine"), url, token=document.token)


async def test_closing_twice_and_waiting_afterwards(url: str) -> None:
    document = await pull_session(url)
    document.close()
    await document.carrier.close()
    assert document.status == "offline"
    with pytest.raises(SessionError, match="closed"):
        await document.until(lambda: False)
    assert isinstance(document.error, SessionError)
    counter(document).value = 3
    assert document.pending == 1


async def test_the_loops_own_thread_does_not_wait_for_itself(url: str) -> None:
    async with await pull_session(url) as document:
        with pytest.raises(RuntimeError, match="await `until`"):
            document.wait()


def test_a_document_that_was_never_connected_says_so() -> None:
    with pytest.raises(RuntimeError, match="never connected"):
        ClientDocument().wait()
    assert ClientDocument().error is None


def test_a_script_has_a_document_without_a_loop(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Background()
    monkeypatch.setattr("syncline.client.session.background", lambda: made)
    with connect(url) as document:
        heard: list[str] = []
        counter(document).observe(lambda event: heard.append(event.new), "text")
        counter(document).value = 6
        document.wait(lambda: heard == ["6"])
        document.wait()
        assert document.pending == 0
        with pytest.raises(TimeoutError):
            document.wait(lambda: False, timeout=0.05)
        with pytest.raises(UnknownSession):
            connect(url + "x")
        assert curdoc() is not document
    assert document.status == "offline"
    made.close()
    document.close()


SLIDER = """
import syncline as sl
sl.curdoc().add_root(sl.Slider(value=3, max=10))
"""
SCRIPT = """
import sys
from syncline.client import connect

assert "syncline.ui" not in sys.modules
with connect(sys.argv[1]) as document:
    (slider,) = document.roots
    slider.value += 1
    document.wait(lambda: not document.pending)
    print(type(slider).__module__, slider.value)
"""


def test_a_script_knows_components_that_it_has_not_imported(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SLIDER)
    with serving(tmp_path / "app.py", "--port", "0") as running:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, running.url()],
            env={**os.environ, "PYTHONPATH": PACKAGES},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert (done.stdout, done.stderr) == ("syncline.ui.components 4.0\n", "")
