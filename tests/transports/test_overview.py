"""What an endpoint tells of all its documents, and how one of them is closed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncline.core.state import PlainState
from syncline.sync.errors import Close
from syncline.sync.session import Session
from syncline.transports.endpoint import Announcement, Endpoint, announced, connect
from syncline.transports.overview import Overview, Viewer, end, overviews
from syncline.transports.records import PeerInfo


class Documents:
    """A kernel's documents: one, until it is closed."""

    def __init__(self) -> None:
        self.session = Session(PlainState(), id="one", epoch="e", new_key=lambda: "k")
        self.closed = threading.Event()

    def find(self, doc: str) -> Session | None:
        return self.session if doc == "one" else None

    def overviews(self) -> list[Overview]:
        return [Overview("one", "A title", 1, ["ui/Slider@1"], ["other"])]

    def end(self, doc: str) -> None:
        # A cell that is in the middle of a transaction.
        with self.session.lock:
            self.session.end("the document was closed")
        self.closed.set()


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture
def there(documents: Documents, tmp_path: Path) -> Iterator[Announcement]:
    file = tmp_path / "kernel-1.json"
    endpoint = Endpoint(documents.find, file, documents.overviews, documents.end)
    endpoint.start()
    found = announced(file)
    assert found is not None
    yield found
    endpoint.stop()


async def test_it_tells_what_there_is_and_who_is_attached(there: Announcement) -> None:
    client = await connect(there.address)
    await client.hello(there.key, "one", PeerInfo("p", "ada", "view"))
    await anext(client)
    expected = Overview("one", "A title", 1, ["ui/Slider@1"], ["other"])
    expected.peers = [Viewer("ada", "view", "attach")]
    assert await overviews(there) == [expected]
    await client.close()


async def test_nothing_is_told_without_the_key(there: Announcement) -> None:
    there.key = "wrong"
    with pytest.raises(OSError, match="wrong key"):
        await overviews(there)
    with pytest.raises(OSError, match="wrong key"):
        await end(there, "one")


async def test_a_document_that_is_closed_sends_its_pages_away(
    there: Announcement, documents: Documents
) -> None:
    client = await connect(there.address)
    await client.hello(there.key, "one", PeerInfo(role="edit"))
    await anext(client)
    assert await end(there, "one")
    async for _ in client:
        pass
    assert (client.close_code, client.close_text) == (4404, "the document was closed")
    await client.close()


async def test_a_busy_document_is_closed_later_and_stops_nobody(
    there: Announcement, documents: Documents
) -> None:
    with documents.session.lock:
        assert await end(there, "one")
        assert await overviews(there)
        assert not documents.closed.is_set()
    assert documents.closed.wait(10)


async def test_an_unknown_document_is_not_closed(there: Announcement) -> None:
    assert not await end(there, "two")


@pytest.mark.parametrize("role", ["view", "edit", "", "Owner"])
async def test_only_an_owner_closes(there: Announcement, documents: Documents, role: str) -> None:
    client = await connect(there.address)
    await client.hello(there.key, "one", PeerInfo(role=role), end=True)
    async for _ in client:
        pass
    await client.close()
    assert client.close_code == Close.UNAUTHORISED
    assert not documents.closed.is_set()


async def test_an_endpoint_that_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncline.transports.overview.ASK_SECONDS", 0.05)
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with pytest.raises(TimeoutError):
            await overviews(Announcement(1, path, None, "key"))
