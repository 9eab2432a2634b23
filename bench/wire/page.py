"""The page of an app, over a connection that is kept, as a browser keeps it."""

from __future__ import annotations

import asyncio
import http.client


class PageLoader:
    """Fetch pages of one server."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path: str) -> str:
        """Return the body of a page."""
        self._connection.request("GET", path)
        reply = self._connection.getresponse()
        body = reply.read().decode()
        if reply.status != http.client.OK:
            raise RuntimeError(f"{path} answered {reply.status}: {body[:500]}")
        return body


async def page_of(port: int, path: str = "/app") -> str:
    """Return the page of an app, in a new session."""
    return await asyncio.to_thread(PageLoader(port).get, path)
