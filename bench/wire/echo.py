"""The floor: a frame goes up, the same bytes come back."""

from __future__ import annotations

import re

from wire.frames import FrameClient, connect

# as long as the patch a Syncline client sends, so that the floor moves the same bytes
PATCH = (
    b'{"header":{"msgid":"c-%d","msgtype":"PATCH-DOC","client":"c1","seq":%d,"base":%d,"seen":%d,'
    b'"epoch":"0123456789abcdef"},'
    b'"content":{"ops":[{"op":"set","m":"py-1","p":["value"],"v":%d}]}}'
)
STAMP = re.compile(rb'"v":"(\d+)"')


class EchoClient(FrameClient):
    """Send patches to a bare server that echoes them, or orders to send frames of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._last = b""

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        if text:
            self._last = payload
            self.patches += 1
            stamp = STAMP.search(payload)
            if stamp is not None:
                self.on_text(stamp.group(1).decode())
        else:
            self.buffer_bytes += len(payload)
        self.settle()

    async def trip(self, number: int) -> None:
        """Make one round trip."""
        await self._echoed(PATCH % (number, number, number, number, number))

    change = trip

    async def order(self, order: str) -> None:
        """Tell the server what to send; wait until it says that it has."""
        await self._echoed(order.encode())

    async def _echoed(self, payload: bytes) -> None:
        self.send_text(payload)
        await self.until(lambda: self._last == payload)


async def open_echo(port: int) -> EchoClient:
    """Connect to the bare server."""
    origin = f"http://127.0.0.1:{port}"
    return await connect(EchoClient(), f"ws://127.0.0.1:{port}/ws", origin=origin)
