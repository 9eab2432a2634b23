"""The floor: a bare Tornado websocket with TCP_NODELAY that echoes, or sends frames as ordered."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import ClassVar

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

# as long as a Syncline patch with a time
STAMPED = (
    '{"header":{"msgid":"r1000-1001","msgtype":"PATCH-DOC","epoch":"0123456789ab","since":1000,'
    '"rev":1001},"content":{"txs":[{"rev":1001,"ops":[{"op":"set","m":"py-2","p":["text"],"v":"%d"}'
    '],"by":"py"}]}}'
)
MAX_MESSAGE = 1 << 26


class Ready(RequestHandler):
    """Answer that the server is up."""

    def get(self) -> None:
        self.write("ok")


class Echo(WebSocketHandler):
    """Send every frame back; an order names what is sent before."""

    everybody: ClassVar[set[Echo]] = set()

    def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)
        self.everybody.add(self)

    def on_close(self) -> None:
        self.everybody.discard(self)

    def on_message(self, message: str | bytes) -> None:
        if str(message).startswith("{"):
            self.write_message(message)
        else:
            self.work = asyncio.ensure_future(self.obey(str(message)))

    async def obey(self, message: str) -> None:
        """Carry out an order: a name, a count, a size; then send it back."""
        name, count, size, *_ = message.split()
        await getattr(self, name)(int(count), int(size))
        self.write_message(message)

    async def replace(self, count: int, size: int) -> None:
        """Send as many frames of as many float64."""
        frame = bytes(8 * size)
        for _ in range(count):
            await self.write_message(frame, binary=True)

    async def stream(self, count: int, rows: int) -> None:
        """Send as many frames of as many rows of two float64."""
        await self.replace(count, 2 * rows)

    async def beat(self, count: int, pause_ms: int) -> None:
        """Send the time to everybody, every so often."""
        for _ in range(count):
            frame = (STAMPED % time.monotonic_ns()).encode()
            for one in self.everybody:
                one.write_message(frame)
            await asyncio.sleep(pause_ms / 1e3)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    routes = [("/app", Ready), ("/ws", Echo)]
    Application(routes, websocket_max_message_size=MAX_MESSAGE).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
