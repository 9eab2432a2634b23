"""Messages that are not in the log: the latest counts, and late ones are no use (SPEC 5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from syncline.core.ops import Msg, to_wire

from .frames import Frame, pack
from .messages import Header, Volatile

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer


class Whisper:
    """One volatile message, encoded once for all who hear it."""

    def __init__(self, msgid: str, op: Msg, by: str) -> None:
        self.by = by
        self.key = op.m, op.name
        """Of two that wait, the later one replaces the earlier."""
        self._msgid = msgid
        self._op = op
        self._frames: dict[bool, Frame] = {}

    def frame(self, *, inline: bool) -> Frame:
        """Return the message as it is sent."""
        frame = self._frames.get(inline)
        if frame is None:
            buffers: list[Buffer] | None = None if inline else []
            header = Header(msgid=self._msgid, msgtype="PATCH-DOC", volatile=True, inline=inline)
            op = to_wire(self._op, buffers)
            frame = self._frames[inline] = pack(header, Volatile([op], self.by), buffers or ())
        return frame


class Ear(Protocol):
    """What volatile messages are told to: a connection, or a channel."""

    def hear(self, whisper: Whisper) -> None:
        """Queue the message; under the session's lock."""
        ...
