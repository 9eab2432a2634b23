"""What Uvicorn puts on the wire, and what it takes: a browser at the level of RFC 6455."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

import syncline as sl
from syncline.asgi import SynclineAsgi, syncline_asgi
from tests.asgi.serving import Uvicorn

if TYPE_CHECKING:
    from syncline.document import Document

SECONDS = 20
PULL = '{"header":{"msgid":"c-1","msgtype":"PULL-DOC-REQ"},"content":{"have":null}}'
TEXT, CLOSE = 0x81, 0x88


class Board(sl.Model, type="asgi/Board@1"):
    data: Any = sl.prop(default=None)
    text: str = sl.prop(default="")


def board(doc: Document) -> None:
    doc.add_root(Board())


class Wire:
    """One websocket, read only when asked to be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def say(self, text: str) -> None:
        """Send a whole text message, with a mask that changes nothing."""
        payload = text.encode()
        self.writer.write(struct.pack("!BBQ4x", TEXT, 0x80 | 127, len(payload)) + payload)

    async def hear(self) -> tuple[int, bytes]:
        """Return the next frame: its first byte and what it carries."""
        async with asyncio.timeout(SECONDS):
            first, size = await self._reader.readexactly(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self._reader.readexactly(8))
            return first, await self._reader.readexactly(size)

    async def until(self, text: bytes) -> None:
        while text not in (await self.hear())[1]:
            pass

    async def closed(self) -> int:
        while (frame := await self.hear())[0] != CLOSE:
            pass
        (code,) = struct.unpack_from("!H", frame[1])
        return int(code)


async def opened(server: Uvicorn, token: str) -> Wire:
    """Connect to the board with a small window, and without extensions."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1 << 14)
    coded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    head = (
        f"GET /board/ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n"
        f"Sec-WebSocket-Protocol: syncline.v1, syncline.t.{coded}\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101")
    assert b"syncline.t" not in answer, "the token is never sent back"
    return Wire(reader, writer)


@asynccontextmanager
async def conversing(**options: Any) -> AsyncIterator[tuple[Uvicorn, SynclineAsgi, Wire]]:
    """Serve the board, and talk to its document."""
    viz = syncline_asgi(board, websocket_max_message_size=1 << 16)
    async with Uvicorn(viz, **options) as server:
        async with httpx.AsyncClient() as client:
            ticket = await client.get(f"http://127.0.0.1:{server.port}/board/ticket")
        wire = await opened(server, ticket.json()["token"])
        wire.say(PULL)
        await wire.until(b"PULL-DOC-REPLY")
        yield server, viz, wire
        wire.writer.transport.abort()


def transport(server: Uvicorn) -> Any:
    """Return the server's end of the only connection."""
    (connection,) = server.server_state.connections
    return connection.transport


async def test_who_reads_nothing_costs_the_server_two_messages() -> None:
    numbers = itertools.cycle(range(256))
    async with conversing() as (server, viz, wire):
        there = transport(server)
        (session,) = viz.site.sessions
        (root,) = session.document.roots
        assert isinstance(root, Board)
        async with asyncio.timeout(SECONDS):
            while there.get_write_buffer_size() < 1 << 16:
                root.data = np.full(50_000, next(numbers), dtype="u1")
                await asyncio.sleep(0.001)
        held = there.get_write_buffer_size()
        assert held < 200_000
        for _ in range(100):
            root.data = np.full(50_000, next(numbers), dtype="u1")
            await asyncio.sleep(0)
        assert there.get_write_buffer_size() == held
        root.text = "the end"
        await wire.until(b"the end")


async def test_each_message_is_one_frame_and_leaves_without_delay() -> None:
    async with conversing() as (server, viz, wire):
        there = transport(server).get_extra_info("socket")
        assert there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        (session,) = viz.site.sessions
        (root,) = session.document.roots
        assert isinstance(root, Board)
        root.text = "x" * 50_000
        first, payload = await wire.hear()
        assert first == TEXT
        assert json.loads(payload)["header"]["msgtype"] == "PATCH-DOC"


@pytest.mark.parametrize(
    ("most", "size", "code"),
    [(1 << 24, 1 << 17, 4413), (1 << 17, 1 << 18, 1009)],
    ids=["over the protocol's limit", "over Uvicorn's"],
)
async def test_a_message_that_is_too_large_ends_its_connection_only(
    caplog: pytest.LogCaptureFixture, most: int, size: int, code: int
) -> None:
    async with conversing(ws_max_size=most) as (server, viz, wire):
        wire.say(f'{{"header":{{"msgid":"x","msgtype":"PING"}},"content":"{"x" * size}"}}')
        assert await wire.closed() == code
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{server.port}/healthz")
        assert answer.status_code == 200
        async with asyncio.timeout(SECONDS):
            while viz.site.sockets:
                await asyncio.sleep(0.001)
    assert "Traceback" not in caplog.text


async def test_a_server_that_stops_tells_its_browsers_to_come_back() -> None:
    async with conversing() as (server, _, wire):
        stopping = asyncio.ensure_future(server.stop())
        assert await wire.closed() == 1012
        wire.writer.close()
        await stopping


async def test_a_site_that_stops_under_a_server_that_goes_on_tells_them_so() -> None:
    async with conversing() as (_, viz, wire):
        async with viz:
            pass
        assert await wire.closed() == 1012
