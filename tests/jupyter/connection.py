"""Websockets that are really gone when a test ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

MOST = 64 << 20


@asynccontextmanager
async def connected(
    url: str, headers: dict[str, str], **options: Any
) -> AsyncIterator[WebSocketClientConnection]:
    """Open a websocket; at the end also its socket is closed, whatever is still on its way."""
    request = HTTPRequest(url, headers=headers)
    connection = await websocket_connect(request, max_message_size=MOST, **options)
    stream = getattr(connection.protocol, "stream", None)
    try:
        yield connection
    finally:
        connection.close()
        if stream is not None:
            stream.close()
