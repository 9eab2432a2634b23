"""A websocket client that hands over whole frames and costs as little as possible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

Client = TypeVar("Client", bound="FrameClient")
MAX_FRAME = 1 << 26


class FrameClient(WSListener):
    """Receive frames of one websocket; subclasses say what a frame means."""

    transport: WSTransport

    def __init__(self) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bytes_in = 0
        """Payload bytes of all frames received so far."""
        self.buffer_bytes = 0
        """Of them, the bytes of arrays."""
        self.patches = 0
        """Messages received so far that change the document."""
        self.on_text: Callable[[str], None] = lambda text: None
        """Called with each new text of the label."""
        self._done: asyncio.Future[None] | None = None
        self._wanted: Callable[[], bool] = lambda: True
        self._fault: str | None = None

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        """Take one whole data frame."""
        raise NotImplementedError

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        self.fail("the server closed the connection")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY):
            payload = frame.get_payload_as_bytes()
            self.bytes_in += len(payload)
            self.on_frame(payload, text=kind == WSMsgType.TEXT)

    def send_text(self, payload: bytes) -> None:
        """Send one text frame."""
        self.transport.send(WSMsgType.TEXT, payload)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait for a state that frames bring about; it does not hold yet."""
        if self._fault is not None:
            raise RuntimeError(self._fault)
        self._wanted = wanted
        self._done = asyncio.get_running_loop().create_future()
        await self._done

    def settle(self) -> None:
        """Look whether the state that is waited for has come."""
        if self._done is not None and not self._done.done() and self._wanted():
            self._done.set_result(None)

    def fail(self, text: str) -> None:
        """End what waits, now and from now on."""
        self._fault = text
        if self._done is not None and not self._done.done():
            self._done.set_exception(RuntimeError(text))

    def close(self) -> None:
        """Drop the connection."""
        self.transport.disconnect()


async def connect(
    client: Client, url: str, *, origin: str, subprotocols: tuple[str, ...] = ()
) -> Client:
    """Open a websocket for a client, with TCP_NODELAY on the client's side."""
    headers = {"Origin": origin}
    if subprotocols:
        headers["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
    await ws_connect(
        lambda: client,
        url,
        max_frame_size=MAX_FRAME,
        websocket_handshake_timeout=60,
        extra_headers=headers,
    )
    return client
