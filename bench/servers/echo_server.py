"""The floor: a bare Tornado websocket that echoes, with TCP_NODELAY."""

from __future__ import annotations

import argparse
import asyncio

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler


class Ready(RequestHandler):
    """Answer that the server is up."""

    def get(self) -> None:
        self.write("ok")


class Echo(WebSocketHandler):
    """Send every frame back."""

    def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, binary=isinstance(message, bytes))


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    Application([("/", Ready), ("/ws", Echo)]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
