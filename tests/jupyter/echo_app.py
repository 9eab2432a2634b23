"""An app of somebody else's making: what the proxy must carry, made visible.

Run as `python echo_app.py <socket> <file that gets a line per start>`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler


class Seen(RequestHandler):
    def get(self) -> None:
        headers = list(self.request.headers.get_all())
        self.write({"uri": self.request.uri, "headers": headers, "pid": os.getpid()})


class Cookies(RequestHandler):
    def get(self) -> None:
        self.add_header("Set-Cookie", "syncline-browser-app=abc; Path=/app; HttpOnly; SameSite=Lax")
        self.add_header("Set-Cookie", "_xsrf=stolen; Path=/")
        self.add_header("Set-Cookie", "username-127-0-0-1-8888=root; Path=/")
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Service-Worker-Allowed", "/")
        self.write("set")


class Moved(RequestHandler):
    def get(self) -> None:
        self.redirect("/app?x=1")


class Slow(RequestHandler):
    async def get(self) -> None:
        self.write("first")
        await self.flush()
        # The rest only once somebody has seen the first: a proxy that waits for all would hang.
        await Slow.seen.wait()
        self.write("second")

    seen = asyncio.Event()


class Go(RequestHandler):
    def get(self) -> None:
        Slow.seen.set()


@stream_request_body
class Upload(RequestHandler):
    size = 0

    def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)

    def post(self) -> None:
        self.write(str(self.size))


class Crash(RequestHandler):
    def get(self) -> None:
        os._exit(3)


class Echo(WebSocketHandler):
    def check_origin(self, origin: str) -> bool:
        return False

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return "second" if "second" in subprotocols else None

    @property
    def max_message_size(self) -> int:
        return 64 << 20

    async def on_message(self, message: str | bytes) -> None:
        if message == "close":
            self.close(4321, "as asked")
        elif message == "headers":
            await self.write_message(dict(self.request.headers.get_all()))
        else:
            await self.write_message(message, binary=isinstance(message, bytes))


class Refuse(WebSocketHandler):
    async def get(self, *args: Any) -> None:
        self.set_status(418)
        self.finish()


ROUTES: list[Any] = [
    (r"/cookies", Cookies),
    (r"/moved", Moved),
    (r"/slow", Slow),
    (r"/go", Go),
    (r"/upload", Upload),
    (r"/crash", Crash),
    (r"/ws", Echo),
    (r"/refuse", Refuse),
    (r"/.*", Seen),
]


async def main(path: str, starts: str) -> None:
    with Path(starts).open("a") as file:
        file.write(f"{os.getpid()}\n")
    server = HTTPServer(Application(ROUTES))
    server.add_socket(bind_unix_socket(path))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
