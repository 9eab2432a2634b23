"""What stands before every view: the request is checked against its row of the table."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from syncline.asgi.call import Call
from syncline.asgi.dependency import Answered
from syncline.hosting.gate import Denied
from syncline.hosting.permissions import Who
from syncline.hosting.tokens import SUBPROTOCOL
from syncline.hosting.visits import RETRY_SECONDS
from syncline.sync.errors import Close
from syncline.transports.asgi import AsgiSocket

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from syncline.asgi.users import Users
    from syncline.hosting.permissions import Row
    from syncline.hosting.site import Site

PageView = Callable[[Call], Awaitable[Response]]
SocketView = Callable[[Call, AsgiSocket], Awaitable[None]]

TEXTS = {
    401: "This is for administrators.",
    403: "This is not allowed.",
    503: "This server is full. Try again later.",
}

_log = logging.getLogger("syncline.asgi")


class Guard:
    """A view behind its row, as an ASGI application; what no row names has none."""

    def __init__(
        self, site: Site, users: Users, row: Row | None, view: PageView | SocketView | None
    ) -> None:
        self.site = site
        self.users = users
        self.row = row
        self.view: Any = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse what the row does not allow."""
        request = Request(_as_http(scope), receive)
        call = Call(self.site, request)
        try:
            self._check(call, websocket=scope["type"] == "websocket")
        except Denied as denied:
            await self._refuse(call, denied, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._converse(call, WebSocket(scope, receive, send))
        else:
            response = await self._answer(call)
            await response(scope, receive, send)

    def _check(self, call: Call, *, websocket: bool) -> None:
        self.site.gate.check(self.row, call.request.method, call.request.headers)
        if websocket and self.site.is_full:
            raise Denied(503, headers={"Retry-After": str(RETRY_SECONDS)})

    async def _refuse(
        self, call: Call, denied: Denied, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if denied.text:
            _log.warning("refused %s: %s", call.path, denied.text)
        response = _error(call, denied.status, denied.headers)
        if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await response(scope, receive, send)
        else:
            # Before it was accepted: the server answers 403.
            await WebSocket(scope, receive, send).close()

    async def _user(self, call: Call) -> str | None:
        """Return who calls, where the row asks for that."""
        assert self.row is not None, "without a row nothing is answered"
        asked = self.row.who not in (Who.ANYONE, Who.METRICS)
        return await self.users.of(call.request) if asked else None

    async def _answer(self, call: Call) -> ASGIApp:
        try:
            call.user = await self._user(call)
        except Answered as answered:
            return answered
        except HTTPException as error:
            if "app" in call.request.scope:
                # For the handlers of the application around.
                raise
            return _refused(call, error)
        try:
            response: Response = await self.view(call)
        except HTTPException as error:
            return _error(call, error.status_code, error.headers or {})
        except Exception:  # noqa: BLE001 - logged
            error_id = secrets.token_hex(4)
            _log.exception("error %s at %s", error_id, call.path)
            return call.page(call.pages.error("Something went wrong.", 500, error_id))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    async def _converse(self, call: Call, websocket: WebSocket) -> None:
        """Open the websocket and leave it to the view; a reason to end it reaches the browser."""
        asked = SUBPROTOCOL in websocket.scope.get("subprotocols", ())
        await websocket.accept(SUBPROTOCOL if asked else None)
        socket = AsgiSocket(websocket)
        self.site.sockets.add(socket)
        try:
            call.user = await self._user(call)
            await self.view(call, socket)
        except (Answered, HTTPException):
            socket.close(Close.UNAUTHORISED, "not allowed")
        finally:
            self.site.sockets.discard(socket)
            await socket.finish()


def _refused(call: Call, error: HTTPException) -> Response:
    """Say what the author of the refusal says."""
    page = call.pages.error(error.detail, error.status_code, headers=error.headers or {})
    return call.page(page)


def _error(call: Call, status: int, headers: Any) -> Response:
    """Say what happened without a word of why."""
    if status == 404:
        return call.page(call.pages.unknown(call.site.links(call.base)))
    text = TEXTS.get(status, "The request was not understood.")
    return call.page(call.pages.error(text, status, headers=headers))


def _as_http(scope: Scope) -> Scope:
    """Return the scope of the request that a websocket begins with."""
    if scope["type"] == "http":
        return scope
    scheme = {"wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return {**scope, "type": "http", "method": "GET", "scheme": scheme}
