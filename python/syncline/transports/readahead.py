"""Reading a Tornado websocket in large pieces.

Tornado waits up to four times for the parts of one frame, each time through a future of the stream.
Most frames have come whole by the first wait, so all that has come is taken at once and handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.websocket import WebSocketProtocol

PIECE = 1 << 16


class ReadAhead:
    """Takes the place of the method by which Tornado's websocket protocol reads.

    Where a later Tornado reads by another method, this one is never called and nothing changes.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._data = b""
        self._at = 0

    async def __call__(self, count: int) -> bytes:
        """Return the next `count` bytes. Raises StreamClosedError."""
        missing = count - (len(self._data) - self._at)
        if missing > 0:
            await self._fill(missing)
        end = self._at + count
        part = self._data[self._at : end]
        self._at = end
        return part

    async def _fill(self, missing: int) -> None:
        parts = [self._data[self._at :]]
        if missing > PIECE:
            parts.append(await self._protocol.stream.read_bytes(missing))
            missing = 0
        while missing > 0:
            piece = await self._protocol.stream.read_bytes(PIECE, partial=True)
            parts.append(piece)
            missing -= len(piece)
        self._data, self._at = b"".join(parts), 0


def read_ahead(protocol: WebSocketProtocol | None) -> WebSocketProtocol | None:
    """Let a websocket protocol read in large pieces; return it."""
    if protocol is not None and hasattr(protocol, "_read_bytes"):
        protocol._read_bytes = ReadAhead(protocol)
    return protocol
