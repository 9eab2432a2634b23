"""Connections that go to another process of this server: to the one that has the session.

A plain connection is given away whole. One with TLS is held in this process, which knows its keys,
and what it says is passed on.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError

from syncline.hosting.procs import Busy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tornado.httpserver import HTTPServer
    from tornado.httputil import HTTPServerRequest
    from tornado.web import RequestHandler

    from syncline.hosting.procs import Procs

CHUNK = 1 << 16
MOST_AT_ONCE = 64
"""Connections that are taken before the loop turns to other things."""
ASK_SECONDS = 2.0
_OF_THE_BODY = frozenset({"Content-Length", "Expect", "Transfer-Encoding"})
_OF_THE_CONNECTION = _OF_THE_BODY | {"Accept", "Accept-Encoding", "Connection", "Keep-Alive"}

_passing: set[asyncio.Task[None]] = set()


class BegunStream(IOStream):
    """A connection of which another process has read the beginning."""

    def __init__(self, connection: socket.socket, read: bytes) -> None:
        super().__init__(connection)
        self._read = memoryview(read)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Read what was read already, then what comes."""
        if not self._read:
            return super().read_from_fd(buf)
        size = min(len(buf), len(self._read))
        buf[:size] = self._read[:size]
        self._read = self._read[size:]
        return size


class Inbox:
    """Serves what other processes hand on to this one."""

    def __init__(self, procs: Procs, http_server: HTTPServer) -> None:
        self._procs = procs
        self._http_server = http_server

    def start(self) -> None:
        """Take connections, in the loop."""
        asyncio.get_running_loop().add_reader(self._procs.inbox.fileno(), self._take)

    def stop(self) -> None:
        """Take no more: whoever is this process next will."""
        asyncio.get_running_loop().remove_reader(self._procs.inbox.fileno())

    def _take(self) -> None:
        for _ in range(MOST_AT_ONCE):
            handed = self._procs.take()
            if handed is None:
                return
            handed.socket.setblocking(False)
            stream = BegunStream(handed.socket, handed.read)
            self._http_server.handle_stream(stream, handed.address)


def hand_on(view: RequestHandler, procs: Procs, index: int) -> None:
    """Let another process answer a request, of which nothing was answered. Raises Busy."""
    connection: Any = view.request.connection
    stream, address = connection.stream, connection.context.address
    read = as_it_was(view.request)
    if isinstance(stream, SSLIOStream):
        ours = _begin_with(procs, index, address, read)
        inner = view.detach()
        for each in (_pump(inner, ours), _pump(ours, inner)):
            task = asyncio.ensure_future(each)
            _passing.add(task)
            task.add_done_callback(_passing.discard)
    else:
        procs.hand_on(index, stream.socket.fileno(), address, read)
        # The other process has it; only ours is closed.
        view.detach().close()


async def ask(view: RequestHandler, procs: Procs, index: int, uri: str) -> bytes:
    """Return what another process says to the same caller at another address.

    Raises Busy, TimeoutError and ValueError where it says nothing that is of use.
    """
    request = view.request
    headers = [(n, v) for n, v in request.headers.get_all() if n not in _OF_THE_CONNECTION]
    stream = _begin_with(procs, index, None, _head(f"GET {uri} HTTP/1.0", headers))
    try:
        async with asyncio.timeout(ASK_SECONDS):
            answer = await stream.read_until_close()
    finally:
        stream.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [b"200"]:
        raise ValueError("it was refused")
    return body


def as_it_was(request: HTTPServerRequest) -> bytes:
    """Return a request as it came, its body in one piece."""
    headers = [(n, v) for n, v in request.headers.get_all() if n not in _OF_THE_BODY]
    if request.body:
        headers.append(("Content-Length", str(len(request.body))))
    return _head(f"{request.method} {request.uri} {request.version}", headers) + request.body


def _head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _begin_with(procs: Procs, index: int, address: object, read: bytes) -> IOStream:
    """Return our end of a new connection to another process. Raises Busy."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            procs.hand_on(index, theirs.fileno(), address, read)
        except Busy:
            ours.close()
            raise
    return IOStream(ours)


async def _pump(source: IOStream, target: IOStream) -> None:
    try:
        while True:
            await target.write(await source.read_bytes(CHUNK, partial=True))
    except StreamClosedError:
        source.close()
        target.close()
