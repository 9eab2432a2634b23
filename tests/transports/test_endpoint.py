"""The kernel's own endpoint: one socket, one key, one connection per attached page."""

from __future__ import annotations

import asyncio
import json
import stat
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from syncline.core.ops import Add, RootAdd, Set
from syncline.core.state import PlainState
from syncline.sync.session import Session
from syncline.transports import endpoint as endpoints
from syncline.transports.endpoint import (
    Announcement,
    Endpoint,
    EndpointClient,
    announced,
    announcement_path,
    connect,
)

SECONDS = 30.0
EDITOR = {"id": "p1", "user": "ada", "role": "edit"}
VIEWER = {"id": "p2", "user": "bob", "role": "view"}
HELLO, TEXT = 0, 1


@pytest.fixture
def session() -> Session:
    session = Session(PlainState(), id="doc-one", epoch="e1", new_key=lambda: "secret")
    session.begin()
    session.local(Add("py-1", "ui/Slider@1", {"value": 1}))
    session.local(RootAdd("py-1"))
    session.commit()
    return session


@pytest.fixture
def served(session: Session, tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "kernel-1.json"
    endpoint = Endpoint({"doc-one": session}.get, file)
    endpoint.start()
    yield file
    endpoint.stop()


def where(file: Path) -> Announcement:
    found = announced(file)
    assert found is not None
    return found


@asynccontextmanager
async def attached(
    file: Path, peer: dict[str, Any] = EDITOR, key: str | None = None, doc: str = "doc-one"
) -> AsyncIterator[EndpointClient]:
    there = where(file)
    client = await connect(there.address)
    try:
        await client.hello(key or there.key, doc, peer)
        yield client
    finally:
        await client.close()


async def hear(client: EndpointClient, msgtype: str) -> dict[str, Any]:
    """Return the next message of a type."""
    async with asyncio.timeout(SECONDS):
        async for frame in client:
            assert isinstance(frame, str)
            message: dict[str, Any] = json.loads(frame)
            if message["header"]["msgtype"] == msgtype:
                return message
    raise AssertionError(f"closed with {client.close_code} {client.close_text}")


async def closing(client: EndpointClient) -> int | None:
    async with asyncio.timeout(SECONDS):
        async for _ in client:
            pass
    return client.close_code


def said(msgtype: str, content: dict[str, Any], **header: Any) -> str:
    return json.dumps({"header": {"msgid": "m", "msgtype": msgtype, **header}, "content": content})


async def live(client: EndpointClient) -> tuple[str, dict[str, Any]]:
    """Do the handshake; return the client id and the snapshot."""
    await hear(client, "ACK")
    await client.send(said("PULL-DOC-REQ", {}))
    reply = await hear(client, "PULL-DOC-REPLY")
    return reply["header"]["client"], reply


def edit(client: str, seq: int, base: int, value: Any) -> str:
    ops = [{"op": "set", "m": "py-1", "p": ["value"], "v": value}]
    return said("PATCH-DOC", {"ops": ops}, client=client, seq=seq, base=base, epoch="e1")


def test_the_announcement_and_the_socket_are_private_and_gone_afterwards(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "kernel-1.json"
    endpoint = Endpoint({"doc-one": session}.get, file)
    endpoint.start()
    path = announcement_path(file)
    assert path.name == "syncline-kernel-1.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    there = where(file)
    assert there.path is not None
    assert Path(there.path).parent == tmp_path
    assert stat.S_IMODE(Path(there.path).stat().st_mode) == 0o600
    endpoint.stop()
    assert list(tmp_path.iterdir()) == []
    assert "syncline-endpoint" not in [thread.name for thread in threading.enumerate()]


def test_what_a_killed_kernel_left_is_removed_by_the_next(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "kernel-1.json"
    killed = Endpoint({"doc-one": session}.get, file)
    killed.start()
    left = where(file)
    assert left.path is not None
    second = Endpoint({"doc-one": session}.get, file)
    second.start()
    assert where(file).key != left.key

    async def main() -> None:
        async with attached(file) as client:
            await hear(client, "ACK")

    asyncio.run(main())
    second.stop()
    killed.stop()


def test_what_kernels_that_are_gone_left_is_removed(session: Session, tmp_path: Path) -> None:
    gone, other = tmp_path / "kernel-1.json", tmp_path / "kernel-2.json"
    killed, alive = (Endpoint({"doc-one": session}.get, file) for file in (gone, other))
    other.touch()
    killed.start()
    alive.start()
    notes = tmp_path / "syncline-notes.json"
    notes.write_text("{}")
    starting = Endpoint({"doc-one": session}.get, tmp_path / "kernel-3.json")
    starting.start()
    left = {path.name for path in tmp_path.iterdir()}
    for endpoint in (starting, alive, killed):
        endpoint.stop()
    beside = {f"syncline-kernel-{n}.{kind}" for n in (2, 3) for kind in ("json", "sock")}
    assert left == beside | {"kernel-2.json", "syncline-notes.json"}


def test_where_the_path_is_too_long_the_socket_has_a_private_folder(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / ("kernel-" + "x" * 100 + ".json")
    endpoint = Endpoint({"doc-one": session}.get, file)
    endpoint.start()
    there = where(file)
    assert there.path is not None
    folder = Path(there.path).parent
    assert folder != tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    endpoint.stop()
    assert not folder.exists()


def test_an_announcement_that_others_can_read_is_not_trusted(served: Path) -> None:
    announcement_path(served).chmod(0o644)
    assert announced(served) is None


def test_a_wrong_key_is_refused(served: Path) -> None:
    async def main() -> None:
        async with attached(served, key="0" * 64) as client:
            assert await closing(client) == 4401

    asyncio.run(main())


def test_an_unknown_document_is_refused(served: Path) -> None:
    async def main() -> None:
        async with attached(served, doc="another") as client:
            assert await closing(client) == 4404

    asyncio.run(main())


def test_a_first_record_that_is_no_hello_is_refused(served: Path) -> None:
    async def main() -> None:
        client = await connect(where(served).address)
        await client.send("{}")
        assert await closing(client) == 4400
        await client.close()

    asyncio.run(main())


def test_a_snapshot_then_patches_arrive(served: Path, session: Session) -> None:
    async def main() -> None:
        async with attached(served) as client:
            _, reply = await live(client)
            assert reply["content"]["doc"]["models"]["py-1"]["props"] == {"value": 1}
            session.local(Set("py-1", ["value"], 5))
            patch = await hear(client, "PATCH-DOC")
            assert [op["v"] for tx in patch["content"]["txs"] for op in tx["ops"]] == [5]

    asyncio.run(main())


def test_an_editor_commits_and_another_page_follows(served: Path, session: Session) -> None:
    async def main() -> None:
        async with attached(served) as writer, attached(served, VIEWER) as reader:
            me, reply = await live(writer)
            await live(reader)
            await writer.send(edit(me, 1, reply["header"]["rev"], 7))
            assert (await hear(writer, "OK"))["header"]["seq"] == 1
            patch = await hear(reader, "PATCH-DOC")
            assert patch["content"]["txs"][0]["ops"][0]["v"] == 7
            assert session.state.get("py-1", "value") == 7

    asyncio.run(main())


def test_a_viewer_may_not_write(served: Path, session: Session) -> None:
    async def main() -> None:
        async with attached(served, VIEWER) as client:
            me, reply = await live(client)
            await client.send(edit(me, 1, reply["header"]["rev"], 7))
            assert (await hear(client, "ERROR"))["content"]["code"] == "read-only"
            assert session.state.get("py-1", "value") == 1

    asyncio.run(main())


def test_an_unknown_role_may_not_write(served: Path) -> None:
    async def main() -> None:
        async with attached(served, {**EDITOR, "role": "admin"}) as client:
            assert (await hear(client, "ACK"))["content"]["read_only"] is True

    asyncio.run(main())


def test_a_malformed_frame_is_answered_and_the_connection_goes_on(served: Path) -> None:
    async def main() -> None:
        async with attached(served) as client:
            await live(client)
            await client.send("{")
            assert (await hear(client, "ERROR"))["content"]["code"] == "bad-message"
            await client.send(said("PING", {}))
            await hear(client, "OK")

    asyncio.run(main())


def test_a_record_over_the_limit_closes_before_it_is_read(served: Path) -> None:
    async def main() -> None:
        there = where(served)
        assert there.path is not None
        reader, writer = await asyncio.open_unix_connection(there.path)
        client = EndpointClient(reader, writer)
        await client.hello(there.key, "doc-one", EDITOR)
        writer.write(struct.pack("<IB", 64 * 2**20, TEXT))
        assert await closing(client) == 4413
        await client.close()

    asyncio.run(main())


def test_what_a_pages_message_leads_to_is_not_paced(
    served: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "FLUSH_SECONDS", 60.0)

    async def main() -> None:
        async with attached(served) as client:
            me, reply = await live(client)
            await client.send(edit(me, 1, reply["header"]["rev"], 7))
            await hear(client, "OK")
            session.local(Set("py-1", ["value"], 8))
            patch = await hear(client, "PATCH-DOC")
            assert patch["content"]["txs"][0]["ops"][0]["v"] == 8

    asyncio.run(main())


def test_a_burst_in_a_loop_becomes_few_frames(served: Path, session: Session) -> None:
    async def main() -> None:
        async with attached(served) as client:
            await live(client)
            last = session.rev + 500
            work = threading.Thread(target=burst, args=(session, 500))
            work.start()
            frames, rev = 0, 0
            while rev < last:
                patch = await hear(client, "PATCH-DOC")
                frames, rev = frames + 1, patch["header"]["rev"]
            work.join()
            assert frames < 250

    asyncio.run(main())


def burst(session: Session, count: int) -> None:
    for value in range(count):
        session.local(Set("py-1", ["value"], value))


def test_the_end_of_a_document_closes_its_connections(served: Path, session: Session) -> None:
    async def main() -> None:
        async with attached(served) as client:
            await live(client)
            session.end("the document was closed")
            assert await closing(client) == 4404

    asyncio.run(main())
