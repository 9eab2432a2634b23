"""`<base>/syncline/proxy/<name>/...`: a managed session server behind the user's own URL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado.httpclient import HTTPClientError
from tornado.httputil import HTTPHeaders, parse_response_start_line
from tornado.web import HTTPError, stream_request_body
from tornado.websocket import WebSocketClosedError

from syncline.jupyter.guard import Guarded, GuardedSocket
from syncline.jupyter.headers import app_query, to_app, to_browser
from syncline.jupyter.sidecar import Sidecar, SidecarFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tornado.websocket import WebSocketClientConnection

    from syncline.jupyter.dial import Dial

BODY_CHUNKS = 4
NO_ANSWER = "The app does not answer"
SILENT_CODES = (None, 1005, 1006, 1015)
"""Close codes that say there was none, and may not be sent."""


class Proxied(Guarded):
    """What both kinds of request have in common: a name, a path, a way in."""

    @property
    def sidecar(self) -> Sidecar:
        """The server this request is for."""
        sidecar = self.state.sidecars.get(self.path_kwargs["name"])
        if sidecar is None:
            raise HTTPError(404, "no such session server; see Syncline.servers")
        return sidecar

    @property
    def prefix(self) -> str:
        """The path under which the browser sees the app."""
        return f"{self.base_url}syncline/proxy/{self.path_kwargs['name']}"

    def target(self) -> str:
        """Return the path and query the app is asked for."""
        # The raw path: what the browser had escaped must reach the app escaped.
        path = self.request.path.removeprefix(self.prefix)
        query = app_query(self.request.query)
        return path + ("?" + query if query else "")

    def app_headers(self) -> HTTPHeaders:
        """Return the request's headers as the app may see them."""
        user = self.current_user.username
        return to_app(self.request, self.prefix, self.sidecar.secret, user)

    async def dial(self) -> Dial:
        """Return the way to the app, which is started if need be."""
        try:
            return await self.sidecar.dial()
        except SidecarFailed as failure:
            raise HTTPError(502, "%s", failure, reason="The app does not run") from failure


@stream_request_body
class ProxyHandler(Proxied):
    """One HTTP request, streamed both ways."""

    async def prepare(self, **options: Any) -> None:
        await super().prepare(**options)
        if self._finished or self.request.path == self.prefix:
            return
        self.body: asyncio.Queue[bytes | None] = asyncio.Queue(BODY_CHUNKS)
        # With a streamed body Tornado calls the method after the last byte: start here.
        self.exchange = asyncio.create_task(self._exchange())

    async def data_received(self, chunk: bytes) -> None:
        if hasattr(self, "exchange"):
            await self._offer(chunk)

    async def forward(self, name: str) -> None:
        """Wait until the app has answered."""
        if self.request.path == self.prefix:
            self.redirect(self.prefix + "/")
            return
        await self._offer(None)
        await self.exchange
        # Not earlier: Tornado drops a connection whose answer ends before its request.
        self.finish()

    get = head = post = put = patch = delete = options = forward

    def on_connection_close(self) -> None:
        if hasattr(self, "exchange"):
            self.exchange.cancel()

    async def _offer(self, chunk: bytes | None) -> None:
        # An app may answer before it has read everything; the rest is then dropped.
        put = asyncio.ensure_future(self.body.put(chunk))
        await asyncio.wait({put, self.exchange}, return_when=asyncio.FIRST_COMPLETED)
        put.cancel()

    async def _exchange(self) -> None:
        dial = await self.dial()
        self.sidecar.enter()
        try:
            await self._ask(dial)
        finally:
            self.sidecar.leave()

    async def _ask(self, dial: Dial) -> None:
        answer = Answer(self)
        try:
            await dial.fetch(
                self.target(),
                self.app_headers(),
                method=self.request.method or "GET",
                header_callback=answer.header,
                streaming_callback=answer.chunk,
                body_producer=self._send_body if self._has_body() else None,
            )
        except (HTTPClientError, OSError) as error:
            # A body that breaks off must not look complete: Tornado then drops the connection.
            raise HTTPError(502, f"the app broke off: {error}", reason=NO_ANSWER) from error
        if not answer.started:
            raise HTTPError(502, "the app did not answer", reason=NO_ANSWER)

    def _has_body(self) -> bool:
        headers = self.request.headers
        return headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in headers

    async def _send_body(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        while (chunk := await self.body.get()) is not None:
            await write(chunk)

    def compute_etag(self) -> None:
        """Leave entity tags to the app."""


class Answer:
    """Hands an app's response on while it arrives."""

    def __init__(self, handler: ProxyHandler) -> None:
        self._handler = handler
        self._headers = HTTPHeaders()
        self._status: tuple[int, str] | None = None
        self.started = False

    def header(self, line: str) -> None:
        """Take one line of the response's head."""
        if self._status is None:
            start = parse_response_start_line(line.strip())
            self._status = (start.code, start.reason)
        elif line.strip():
            self._headers.parse_line(line)
        else:
            self._start(*self._status)

    async def chunk(self, data: bytes) -> None:
        """Hand on a piece of the body; the app is read no faster than the browser reads."""
        self._handler.write(data)
        await self._handler.flush()

    def _start(self, code: int, reason: str) -> None:
        self.started = True
        self._handler.set_status(code, reason)
        self._handler.clear_header("Content-Type")
        for name in {name for name, _ in to_browser(self._headers, self._handler.prefix)}:
            self._handler.clear_header(name)
        for name, value in to_browser(self._headers, self._handler.prefix):
            self._handler.add_header(name, value)


class ProxySocket(GuardedSocket, Proxied):
    """One websocket, both ways."""

    upstream: WebSocketClientConnection | None = None

    async def get(self, name: str) -> None:
        # First the app: it chooses the subprotocol, and its refusal is an HTTP status.
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        self.upstream = await self._connect([s.strip() for s in offered.split(",") if s.strip()])
        self.sidecar.enter()
        try:
            await super().get(name)
        finally:
            if self.ws_connection is None:
                self._drop()

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        assert self.upstream is not None
        return self.upstream.selected_subprotocol

    async def open(self, name: str) -> None:
        super().open()
        assert self.upstream is not None
        self.pump = asyncio.create_task(self._pump(self.upstream))

    async def on_message(self, message: str | bytes) -> None:
        if self.upstream is None:
            return
        try:
            await self.upstream.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            self.log.debug("syncline: proxied websocket was closed by the app")

    def on_close(self) -> None:
        self._drop(self.close_code, self.close_reason)

    def _drop(self, code: int | None = None, reason: str | None = None) -> None:
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            upstream.close(None if code in SILENT_CODES else code, reason)
            self.sidecar.leave()

    async def _connect(self, subprotocols: list[str]) -> WebSocketClientConnection:
        dial = await self.dial()
        try:
            return await dial.websocket(
                self.target(), self.app_headers(), subprotocols, self.max_message_size
            )
        except HTTPClientError as refusal:
            raise HTTPError(refusal.code, "refused by the app") from refusal
        except OSError as error:
            raise HTTPError(502, "the app did not answer") from error

    async def _pump(self, upstream: WebSocketClientConnection) -> None:
        try:
            while (message := await upstream.read_message()) is not None:
                await self.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            self.log.debug("syncline: a page left a proxied app")
        code = upstream.close_code
        self.close(1001 if code in SILENT_CODES else code, upstream.close_reason)
