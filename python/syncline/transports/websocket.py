"""What every Tornado websocket of ours has, whichever front it belongs to."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from tornado.httputil import HTTPHeaders
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from syncline.sync.errors import Close
from syncline.sync.liveness import DRAIN_SECONDS
from syncline.transports.readahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tornado.httputil import HTTPServerRequest
    from tornado.web import Application
    from tornado.websocket import WebSocketProtocol

    from syncline.sync.frames import Frame

log = logging.getLogger("syncline")


class Carrier(Protocol):
    """What a websocket's frames are handed to."""

    def open(self) -> None:
        """Begin to send."""

    def receive(self, frame: Frame, /) -> Awaitable[None] | None:
        """Take a frame of the browser; until that is done the browser is read no further."""

    def close(self) -> None:
        """End after the socket closed."""


class Source(Protocol):
    """The other side of a relayed connection."""

    @property
    def close_code(self) -> int | None:
        """Why there is nothing more."""

    @property
    def close_text(self) -> str:
        """The same in words."""

    async def receive(self, frame: Frame, /) -> None:
        """Take a frame, once there is room for it."""

    async def next(self) -> Frame | None:
        """Return the next frame for the browser, or None at the end."""

    def close(self) -> None:
        """Forget the browser."""


class CarrierSocket(WebSocketHandler):
    """A websocket whose frames are a carrier's business."""

    # Beside Tornado's attributes they would not fit a shared dict: 1.3 kB a connection.
    __slots__ = ("_carrier", "_meanwhile")

    def __init__(self, application: Application, request: HTTPServerRequest, **kwargs: Any) -> None:
        self._carrier: Carrier | None = None
        self._meanwhile: AbstractContextManager[None] | None = None
        super().__init__(application, request, **kwargs)

    def carry(
        self, carrier: Carrier, meanwhile: AbstractContextManager[None] | None = None
    ) -> None:
        """Hand the connection to a carrier; `meanwhile` lasts as long as it does."""
        if self.ws_connection is None or self.ws_connection.is_closing():
            carrier.close()
            return
        if meanwhile is not None:
            meanwhile.__enter__()
            self._meanwhile = meanwhile
        self._carrier = carrier
        # What the handshake said has been heard; kept, it is 2 kB a connection.
        self.request.headers = HTTPHeaders()
        carrier.open()

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Hand on a frame of the browser."""
        return self._carrier.receive(message) if self._carrier is not None else None

    def on_close(self) -> None:
        """End the carrier, if it ever came to one."""
        try:
            if self._carrier is not None:
                self._carrier.close()
        finally:
            if self._meanwhile is not None:
                self._meanwhile.__exit__(None, None, None)

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """Read what has come at once."""
        return read_ahead(super().get_websocket_protocol())

    @property
    def subprotocols(self) -> list[str]:
        """What the browser asked for, the token among it."""
        asked = self.request.headers.get("Sec-WebSocket-Protocol", "")
        return [name.strip() for name in asked.split(",")]


class RelayCarrier:
    """Carries the frames of a source over the websocket of a handler, each way at its own pace."""

    def __init__(self, handler: WebSocketHandler, source: Source) -> None:
        self._handler = handler
        self._source = source
        self._sending: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to send."""
        self._sending = asyncio.ensure_future(self.send())

    async def receive(self, frame: Frame) -> None:
        """Hand a frame of the browser to the source."""
        await self._source.receive(frame)

    async def send(self) -> None:
        """Send what the source has, until it ends or the browser is gone or too slow."""
        while (frame := await self._source.next()) is not None:
            try:
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._handler.write_message(frame, binary=isinstance(frame, bytes))
            except TimeoutError:
                self._handler.close(Close.SLOW_CONSUMER, "slow consumer")
                return
            except WebSocketClosedError:
                log.debug("a browser has left a relayed document")
                return
        self._handler.close(self._source.close_code, self._source.close_text)

    def close(self) -> None:
        """End after the socket closed."""
        if self._sending is not None:
            self._sending.cancel()
        self._source.close()
