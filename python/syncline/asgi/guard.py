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
from syncline.hosting.auth.door import Entry, Turned
from syncline.hosting.gate import Denied
from syncline.hosting.permissions import Who
from syncline.hosting.tokens import SUBPROTOCOL
from syncline.transports.asgi import AsgiSocket

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from syncline.asgi.users import Users
    from syncline.hosting.permissions import Row
    from syncline.hosting.site import Site

PageView = Callable[[Call], Awaitable[Response]]
SocketView = Callable[[Call, AsgiSocket], Awaitable[None]]

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
        call = Call(self.site, request, self.row)
        try:
            self.site.gate.check(self.row, request.method, request.headers)
            call.checked = True
            if scope["type"] == "websocket":
                await self._let_in(call)
            else:
                response = await self._answer(call)
        except Denied as denied:
            await self._refuse(call, denied, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._converse(call, WebSocket(scope, receive, send))
        else:
            await response(scope, receive, send)

    async def _let_in(self, call: Call) -> None:
        """Find out who opens a websocket; who may not is told so on it, who is too many before."""
        try:
            call.entry = await self._entry(call)
        except (Answered, HTTPException):
            handed = call.named and self.site.door.was_handed(call.asked(), call.named)
            call.entry = Entry() if handed else Entry(role=None)
        self.site.check_socket(call.entry, call.address)

    async def _refuse(
        self, call: Call, denied: Denied, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if denied.text:
            _log.warning("refused %s: %s", call.path, denied.text)
        response = call.shared(_error(call, denied))
        if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await response(scope, receive, send)
        else:
            # Before it was accepted: the server answers 403.
            await WebSocket(scope, receive, send).close()

    async def _entry(self, call: Call) -> Entry:
        """Return who calls, where the row asks for that."""
        row = self.row
        assert row is not None, "without a row nothing is answered"
        asked = row.who not in (Who.ANYONE, Who.METRICS)
        user = await self.users.of(call.request) if asked else None
        return await self.site.door.enter(row, call.asked(), call.named, user)

    async def _answer(self, call: Call) -> ASGIApp:
        try:
            call.entry = await self._entry(call)
            call.known = await self.site.known_to(call.entry, call.named)
        except Turned as turned:
            return call.shared(call.reply(turned.reply))
        except Answered as answered:
            return answered
        except HTTPException as error:
            if "app" in call.request.scope:
                # For the handlers of the application around.
                raise
            return call.shared(call.tell(error.detail, error.status_code, error.headers))
        return call.shared(await self._view(call))

    async def _view(self, call: Call) -> Response:
        try:
            response: Response = await self.view(call)
        except HTTPException as error:
            return _error(call, Denied(error.status_code, headers=error.headers))
        except Denied:
            raise
        except Exception:  # noqa: BLE001 - logged
            error_id = secrets.token_hex(4)
            _log.exception("error %s at %s", error_id, call.path)
            return call.tell("Something went wrong.", 500, error_id=error_id)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    async def _converse(self, call: Call, websocket: WebSocket) -> None:
        """Open the websocket and leave it to the view; a reason to end it reaches the browser."""
        asked = SUBPROTOCOL in websocket.scope.get("subprotocols", ())
        await websocket.accept(SUBPROTOCOL if asked else None)
        socket = AsgiSocket(websocket)
        try:
            if self.site.settle_in(socket, call.entry, call.address):
                await self.view(call, socket)
        finally:
            self.site.forget(socket)
            await socket.finish()


def _error(call: Call, denied: Denied) -> Response:
    """Say what happened without a word of why."""
    if denied.status == 404:
        return call.page(call.pages.unknown(call.site.known_links(call.known, call.base)))
    return call.tell(denied.told, denied.status, denied.headers)


def _as_http(scope: Scope) -> Scope:
    """Return the scope of the request that a websocket begins with."""
    if scope["type"] == "http":
        return scope
    scheme = {"wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return {**scope, "type": "http", "method": "GET", "scheme": scheme}
