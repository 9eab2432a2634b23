"""The connections a client may have, all with the same methods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import msgspec

from syncline.sync.errors import Close
from syncline.transports.endpoint import announced, connect

from .errors import ServerGone, UnknownSession, session_error

if TYPE_CHECKING:
    from pathlib import Path
    from ssl import SSLContext

    from tornado.httpclient import HTTPClientError
    from tornado.websocket import WebSocketClientConnection

    from syncline.sync.frames import Frame
    from syncline.transports.records import EndpointClient

SUBPROTOCOL = "syncline.v1"
TOKEN_PREFIX = "syncline.t."
MAX_FRAME = 64 << 20
LOST = 1006
CLOSE_SECONDS = 1.0
NO_ANSWER = 599
AWAY = frozenset({502, 503, 504, NO_ANSWER})
"""Answers of a proxy whose server may come back, and none at all."""


class Pipe(Protocol):
    """One connection. Iterate over it for the server's frames; that ends when it does."""

    @property
    def close_code(self) -> int | None:
        """Why it ended, where that was said."""

    @property
    def close_text(self) -> str:
        """The same in words."""

    def __aiter__(self) -> AsyncIterator[Frame]: ...

    def send(self, frame: Frame) -> None:
        """Send a frame, unless the connection has ended."""

    async def close(self, code: int = 1000) -> None:
        """End the connection, within `CLOSE_SECONDS`."""


Dial = Callable[[], Awaitable[Pipe]]
"""Opens a connection. Raises SessionError where that is final, OSError where it is not."""


class WebsocketPipe:
    """A websocket to a server of ours."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        assert socket.protocol is not None, "it is connected"
        self._socket = socket
        assert socket.protocol.stream is not None, "it is connected"
        self._stream = socket.protocol.stream
        # Every hop leaves at once (architecture, decision 3).
        self._stream.set_nodelay(True)

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code

    @property
    def close_text(self) -> str:
        return self._socket.close_reason or ""

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while (frame := await self._socket.read_message()) is not None:
            yield frame

    def send(self, frame: Frame) -> None:
        if self._socket.protocol is not None:
            written = self._socket.write_message(frame, binary=isinstance(frame, bytes))
            # One to a socket that closes meanwhile fails; the end of the iteration says so.
            asyncio.ensure_future(written).add_done_callback(_quiet)

    async def close(self, code: int = 1000) -> None:
        self._socket.close(code)
        try:
            # A dead server never answers the closing handshake.
            async with asyncio.timeout(CLOSE_SECONDS):
                while not self._stream.closed() and await self._socket.read_message() is not None:
                    pass
        except TimeoutError:
            self._stream.close()


def _quiet(written: asyncio.Future[Any]) -> None:
    if not written.cancelled():
        written.exception()


class EndpointPipe:
    """A stream to the endpoint of a kernel on this machine (SPEC 6.3)."""

    def __init__(self, client: EndpointClient) -> None:
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def close_code(self) -> int | None:
        return self._client.close_code

    @property
    def close_text(self) -> str:
        return self._client.close_text

    def __aiter__(self) -> AsyncIterator[Frame]:
        return self._client

    def send(self, frame: Frame) -> None:
        task = asyncio.ensure_future(self._client.send(frame))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def close(self, code: int = 1000) -> None:
        await self._client.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        _quiet(task)


def websocket_dial(
    url: str, token: str | None, headers: Mapping[str, str], ssl_context: SSLContext | None = None
) -> Dial:
    """Return what connects to a websocket; the token stays out of the URL (SPEC 6.1)."""
    subprotocols = [SUBPROTOCOL]
    if token is not None:
        subprotocols.append(TOKEN_PREFIX + _base64url(token))

    async def dial() -> Pipe:
        from tornado.httpclient import HTTPClientError, HTTPRequest
        from tornado.websocket import websocket_connect

        request = HTTPRequest(url, headers=dict(headers), ssl_options=ssl_context)
        try:
            socket = await websocket_connect(
                request, subprotocols=subprotocols, max_message_size=MAX_FRAME
            )
        except HTTPClientError as error:
            if error.code in AWAY:
                raise ServerGone(f"nobody answers at {url}", error.code) from None
            raise session_error(error.code, url) from None
        return WebsocketPipe(socket)

    return dial


def endpoint_dial(connection_file: Path, doc: str, role: str) -> Dial:
    """Return what connects to a document in the kernel of a connection file."""

    async def dial() -> Pipe:
        there = announced(connection_file)
        if there is None:
            raise UnknownSession("the kernel has announced no endpoint", Close.UNKNOWN_SESSION)
        client = await connect(there.address)
        await client.hello(there.key, doc, {"id": "client", "role": role})
        return EndpointPipe(client)

    return dial


class Complaint(msgspec.Struct):
    """Why a server has no session to give."""

    text: str


class Ticket(msgspec.Struct):
    """What a server tells a program about its session."""

    ws: str
    token: str


async def fetch_ticket(
    url: str, headers: Mapping[str, str], ssl_context: SSLContext | None = None
) -> tuple[str, str]:
    """Return the websocket's URL and the token of an app's session, a new one of this caller.

    Raises SessionError.
    """
    from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    where = urlunsplit(parts._replace(path=f"{path}/ticket", fragment=""))
    request = HTTPRequest(where, headers=dict(headers), ssl_options=ssl_context)
    http = AsyncHTTPClient(force_instance=True)
    try:
        response = await http.fetch(request)
        ticket = msgspec.json.decode(response.body, type=Ticket)
    except HTTPClientError as error:
        if error.code == NO_ANSWER:
            raise ServerGone(f"nobody answers at {url}") from None
        raise session_error(error.code, _said(error) or url) from None
    except OSError as error:
        raise ServerGone(f"nobody answers at {url}: {error}") from None
    except msgspec.MsgspecError:
        raise UnknownSession(f"there is no app at {url}") from None
    finally:
        http.close()
    scheme = {"http": "ws", "https": "wss"}[parts.scheme]
    return urlunsplit((scheme, parts.netloc, f"{path}/{ticket.ws}", "", "")), ticket.token


def _said(error: HTTPClientError) -> str:
    """Return what the server says for people to read."""
    body = error.response.body if error.response is not None else b""
    try:
        return msgspec.json.decode(body, type=Complaint).text
    except msgspec.MsgspecError:
        return ""


def _base64url(text: str) -> str:
    import base64

    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
