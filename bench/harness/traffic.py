"""What one page load moves over the wire, as the browser's own network log tells."""

from __future__ import annotations

import base64
import gzip
from typing import Any

from playwright.sync_api import CDPSession, Error, Page


class Traffic:
    """Count requests and bytes of a page from now on."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._local: dict[str, str] = {}
        self._done: dict[str, int] = {}
        self.refused = 0
        self.socket_frames = 0
        self.socket_bytes = 0
        listen = self._session.on
        listen("Network.requestWillBeSent", self._asked)
        listen("Network.loadingFinished", self._finished)
        listen("Network.webSocketCreated", self._socket)
        listen("Network.webSocketFrameReceived", self._frame)
        self._session.send("Network.enable", {"maxTotalBufferSize": 1 << 26})

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if url.startswith("http://127.0.0.1"):
            self._local[event["requestId"]] = url
        elif not url.startswith(("data:", "blob:")):
            self.refused += 1

    def _socket(self, event: dict[str, Any]) -> None:
        self._local[event["requestId"]] = event["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self._done[event["requestId"]] = int(event["encodedDataLength"])

    def _frame(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        size = len(frame["payloadData"])
        self.socket_frames += 1
        # the log holds binary payloads as base64
        self.socket_bytes += size if frame["opcode"] == 1 else size * 3 // 4

    def _gzipped(self, request: str) -> int:
        try:
            reply = self._session.send("Network.getResponseBody", {"requestId": request})
        except Error:
            return 0
        body: str = reply["body"]
        data = base64.b64decode(body) if reply["base64Encoded"] else body.encode()
        return len(gzip.compress(data, 9, mtime=0))

    def figures(self) -> dict[str, float | int]:
        """Return the totals of what was loaded so far; the websocket counts as one request."""
        loaded = [request for request in self._local if request in self._done]
        served = sum(self._done[request] for request in loaded) + self.socket_bytes
        packed = sum(self._gzipped(request) for request in loaded) + self.socket_bytes
        return {
            "requests": len(self._local),
            "served_kb": round(served / 1000, 1),
            "gzip9_kb": round(packed / 1000, 1),
            "of_it_websocket_kb": round(self.socket_bytes / 1000, 1),
            "refused_external": self.refused,
        }
