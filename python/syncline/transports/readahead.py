"""Reading a Tornado websocket in large pieces.

Tornado waits up to four times for the parts of one frame, each time through a future of the stream.
Most frames have come whole by the first wait, so all that has come is taken at once and handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.websocket import WebSocketProtocol13

if TYPE_CHECKING:
    from tornado.websocket import WebSocketProtocol

PIECE = 1 << 16


class ReadAhead(WebSocketProtocol13):
    """Tornado's websocket protocol, with the method by which it reads in another way.

    Where a later Tornado reads by another method, this one is never called and nothing changes.
    """

    # One attribute more, and Tornado's own no longer fit a shared dict: 1.3 kB a connection.
    __slots__ = ("_at", "_data")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._data = b""
        self._at = 0

    async def _read_bytes(self, n: int) -> bytes:
        missing = n - (len(self._data) - self._at)
        if missing > 0:
            await self._fill(missing)
        end = self._at + n
        part = self._data[self._at : end]
        self._at = end
        return part

    async def _fill(self, missing: int) -> None:
        parts = [self._data[self._at :]]
        if missing > PIECE:
            parts.append(await self.stream.read_bytes(missing))
            missing = 0
        while missing > 0:
            piece = await self.stream.read_bytes(PIECE, partial=True)
            parts.append(piece)
            missing -= len(piece)
        self._data, self._at = b"".join(parts), 0


def read_ahead(protocol: WebSocketProtocol | None) -> WebSocketProtocol | None:
    """Return a protocol that is not in use yet as one that reads in large pieces."""
    if isinstance(protocol, WebSocketProtocol13):
        return ReadAhead(protocol.handler, protocol.mask_outgoing, protocol.params)
    return protocol
