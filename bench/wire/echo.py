"""The floor: a frame goes up, the same bytes come back."""

from __future__ import annotations

import asyncio

from wire.frames import FrameClient, connect

# as long as the patch a Syncline client sends, so that the floor moves the same bytes
PATCH = (
    b'{"header":{"msgid":"c-%d","msgtype":"PATCH-DOC","client":"c1","seq":%d,"base":%d,"seen":%d,'
    b'"epoch":"0123456789abcdef"},'
    b'"content":{"ops":[{"op":"set","m":"py-1","p":["value"],"v":%d}]}}'
)


class EchoClient(FrameClient):
    """Send patches to a bare server that echoes them."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[None] | None = None

    def on_frame(self, payload: bytes, *, text: bool) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    async def trip(self, number: int) -> None:
        """Make one round trip."""
        self._answer = asyncio.get_running_loop().create_future()
        self.send_text(PATCH % (number, number, number, number, number))
        await self._answer


async def open_echo(port: int) -> EchoClient:
    """Connect to the bare echo server."""
    origin = f"http://127.0.0.1:{port}"
    return await connect(EchoClient(), f"ws://127.0.0.1:{port}/ws", origin=origin)
