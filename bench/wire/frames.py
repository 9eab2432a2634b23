"""A websocket client that hands over whole frames and costs as little as possible."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

Client = TypeVar("Client", bound="FrameClient")


class FrameClient(WSListener):
    """Receive frames of one websocket; subclasses say what a frame means."""

    transport: WSTransport

    def __init__(self) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        """Take one whole data frame."""
        raise NotImplementedError

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY):
            self.on_frame(frame.get_payload_as_bytes(), text=kind == WSMsgType.TEXT)

    def send_text(self, payload: bytes) -> None:
        """Send one text frame."""
        self.transport.send(WSMsgType.TEXT, payload)

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
        max_frame_size=1 << 26,
        websocket_handshake_timeout=60,
        extra_headers=headers,
    )
    return client
