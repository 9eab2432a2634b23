"""Tornado clients for a server that listens on a Unix socket or a loopback port."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from tornado.httpclient import HTTPRequest
from tornado.netutil import DefaultLoopResolver, Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import websocket_connect

if TYPE_CHECKING:
    from tornado.httpclient import HTTPResponse
    from tornado.httputil import HTTPHeaders
    from tornado.websocket import WebSocketClientConnection

Address = str | int

MAX_BODY = 1 << 40
MAX_CLIENTS = 1000
CONNECT_SECONDS = 10.0


class SocketResolver(Resolver):
    """Resolve every host to one Unix socket."""

    def initialize(self, path: str) -> None:
        self._path = path

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        return [(socket.AF_UNIX, self._path)]


class Dial:
    """The way to one server: HTTP requests and websockets."""

    def __init__(self, address: Address) -> None:
        unix = isinstance(address, str)
        self._authority = "localhost" if unix else f"127.0.0.1:{address}"
        self._resolver: Resolver = SocketResolver(address) if unix else DefaultLoopResolver()
        # One client per server: tornado shares clients per loop unless told otherwise.
        self._client = SimpleAsyncHTTPClient(
            force_instance=True,
            max_clients=MAX_CLIENTS,
            max_body_size=MAX_BODY,
            resolver=self._resolver,
        )

    async def fetch(self, target: str, headers: HTTPHeaders, **options: Any) -> HTTPResponse:
        """Send a request for a path; never follows, decodes or times out on its own."""
        request = HTTPRequest(
            f"http://{self._authority}{target}",
            headers=headers,
            follow_redirects=False,
            decompress_response=False,
            allow_nonstandard_methods=True,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=0,
            **options,
        )
        return await self._client.fetch(request, raise_error=False)

    async def websocket(
        self, target: str, headers: HTTPHeaders, subprotocols: list[str], max_message_size: int
    ) -> WebSocketClientConnection:
        """Open a websocket to a path."""
        request = HTTPRequest(
            f"ws://{self._authority}{target}", headers=headers, connect_timeout=CONNECT_SECONDS
        )
        return await websocket_connect(
            request,
            subprotocols=subprotocols or None,
            max_message_size=max_message_size,
            resolver=self._resolver,
        )

    def close(self) -> None:
        """Give up the client."""
        self._client.close()
