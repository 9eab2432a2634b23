"""Documents of a kernel, and documents that take the place of others (SPEC 3.2 and 6.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import syncline as sl
from syncline.client import (
    NotAllowed,
    SessionError,
    UnknownSession,
    pull_document,
    pull_session,
    push_document,
    push_session,
)
from syncline.client.errors import session_error
from syncline.hosting.session import ServerSession
from syncline.server import Server
from syncline.sync.errors import Close
from syncline.transports.endpoint import Endpoint
from tests.client.models import Counter

SECONDS = 30


class Kernel:
    """A document behind an endpoint, as a kernel has it."""

    def __init__(self, folder: Path) -> None:
        self.document = sl.Document("kernel")
        self.counter = Counter(items=[1, 2, 3])
        self.document.add_root(self.counter)
        self.file = folder / "kernel-1.json"
        self.endpoint = Endpoint(self.find, self.file)

    def find(self, doc: str) -> Any:
        return self.document.session if doc == self.document.id else None


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    made = Kernel(tmp_path)
    made.endpoint.start()
    yield made
    made.endpoint.stop()


async def test_a_document_in_a_kernel_goes_both_ways(kernel: Kernel) -> None:
    async with await pull_document(kernel.file, kernel.document.id) as document:
        (root,) = document.roots
        assert isinstance(root, Counter)
        root.items.append(4)
        await document.until()
        assert kernel.counter.items == [1, 2, 3, 4]
        kernel.counter.text = "kernel"
        async with asyncio.timeout(SECONDS):
            await document.until(lambda: root.text == "kernel")


async def test_a_viewer_of_a_kernel_only_looks(kernel: Kernel) -> None:
    conflicts: list[Any] = []
    async with await pull_document(kernel.file, kernel.document.id, role="view") as document:
        document.on_conflict(conflicts.append)
        document.roots[0].value = 3.0  # type: ignore[attr-defined]
        await document.until()
        assert document.roots[0].value == 0  # type: ignore[attr-defined]
    assert [one.code for one in conflicts] == ["read-only"]


async def test_what_no_kernel_has_is_unknown(kernel: Kernel, tmp_path: Path) -> None:
    with pytest.raises(UnknownSession):
        await pull_document(kernel.file, "nothing")
    with pytest.raises(UnknownSession, match="no endpoint"):
        await pull_document(tmp_path / "kernel-2.json", kernel.document.id)


async def test_a_document_takes_the_place_of_one_that_allows_it(kernel: Kernel) -> None:
    mine = sl.Document("mine")
    mine.add_root(Counter(value=7.0, items=[b"a", np.arange(3.0)]))
    with pytest.raises(NotAllowed):
        await push_document(mine, kernel.file, kernel.document.id)
    kernel.document.session.pushable = True
    async with await pull_document(kernel.file, kernel.document.id) as other:
        kernel.counter.text = "before"
        await push_document(mine, kernel.file, kernel.document.id)
        assert kernel.document.title == "mine"
        (root,) = kernel.document.roots
        assert isinstance(root, Counter)
        assert root.value == 7
        assert root.items[1].tolist() == [0, 1, 2]
        async with asyncio.timeout(SECONDS):
            await other.until(lambda: other.title == "mine")


async def test_a_document_with_many_arrays_is_pushed_too(kernel: Kernel) -> None:
    kernel.document.session.pushable = True
    mine = sl.Document("arrays")
    mine.add_root(Counter(items=[np.arange(2.0)] * 300))
    await push_document(mine, kernel.file, kernel.document.id)
    assert len(kernel.document.roots[0].items) == 300  # type: ignore[attr-defined]


async def test_a_push_that_is_too_late_is_made_again(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.document.session.pushable = True
    mine = sl.Document("mine")
    late = iter(range(100))

    def content(*args: Any) -> Any:
        if next(late) < 2:
            kernel.document.title = "changed under way"
        return real(*args)

    real = __import__("syncline.client.push", fromlist=["_content"])._content
    monkeypatch.setattr("syncline.client.push._content", content)
    await push_document(mine, kernel.file, kernel.document.id)
    assert kernel.document.title == "mine"
    monkeypatch.setattr("syncline.client.push.ATTEMPTS", 0)
    with pytest.raises(SessionError, match="too quickly"):
        await push_document(mine, kernel.file, kernel.document.id)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    def app(doc: sl.Document) -> None:
        doc.add_root(Counter())

    made = Server(app, port=0)
    made.start()
    yield made
    await made.stop()


async def test_an_owner_replaces_the_document_of_a_session(server: Server) -> None:
    async with await pull_session(server.url + "app") as document:
        session: ServerSession
        (session,) = server.site.sessions
        tokens = server.site.visits.tokens
        owner = tokens.page("app", session.id, role="owner")
        session.document.session.pushable = True
        await push_session(sl.Document("mine"), server.url + "app", token=owner)
        async with asyncio.timeout(SECONDS):
            await document.until(lambda: document.title == "mine")
        # An owner may write what views may not.
        async with await pull_session(server.url + "app", token=owner) as mine:
            mine.title = "again"
            await mine.until()
        assert session.document.title == "again"


async def test_a_session_that_ends_is_told_for_good(server: Server) -> None:
    async with await pull_session(server.url + "app") as document:
        for session in server.site.sessions:
            server.site.sessions.discard(session)
        with pytest.raises(UnknownSession):
            async with asyncio.timeout(SECONDS):
                await document.until(lambda: False)
        assert document.status == "offline"


async def test_a_full_server_or_a_broken_app_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.site.sessions, "most", 0)
    with pytest.raises(SessionError, match=r"This server is full.*503"):
        await pull_session(server.url + "app")


def test_an_end_without_a_meaning_is_an_end_all_the_same() -> None:
    assert str(session_error(Close.TOO_LARGE)) == "the connection has ended (4413)"
    assert str(session_error(None, "why")) == "the connection has ended: why"
