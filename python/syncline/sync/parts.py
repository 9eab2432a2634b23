"""Messages larger than a frame: cut into parts here, joined there (SPEC 3.4)."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING

import msgspec

from .errors import Close, Code, Fatal, ProtocolError
from .frames import Frame, binary, pack
from .messages import Header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncline.core.arrays import Buffer

    from .messages import Envelope

HEAD_BYTES = 1024
"""Room for a part's own head."""
JOIN_SECONDS = 30.0


class Part(msgspec.Struct, omit_defaults=True):
    """The content of a part where buffers get lost."""

    b64: str | None = None


def cut(
    frame: Frame, header: Header, limit: int, *, inline: bool = False, number: int | None = None
) -> Iterator[Frame]:
    """Yield the parts of a frame, none of them over `limit` bytes.

    `header` is the frame's own, of which the parts have `msgid`, `msgtype` and `seq`; `number` is
    the first part's, where frames are numbered.
    """
    whole = memoryview(binary(frame))
    room = max(HEAD_BYTES, limit - HEAD_BYTES)
    step = room * 3 // 4 if inline else room
    count = -(-len(whole) // step)
    for k in range(count):
        head = Header(msgid=header.msgid, msgtype=header.msgtype, seq=header.seq)
        head.part, head.total, head.inline = (k, count), len(whole), inline
        head.n = None if number is None else number + k
        piece = whole[k * step : (k + 1) * step]
        if inline:
            yield pack(head, Part(base64.b64encode(piece).decode("ascii")))
        else:
            yield pack(head, None, [piece])


class Joiner:
    """Puts the parts of one message together again; they come in order."""

    def __init__(self) -> None:
        self.due = math.inf
        """When what is still incomplete is given up."""
        self._msgid = ""
        self._next = self._count = self._total = 0
        self._whole = bytearray()

    def add(
        self, envelope: Envelope, buffers: Sequence[Buffer], limit: int, now: float
    ) -> memoryview | None:
        """Take a part; return the whole frame with the last one.

        Raises ProtocolError for a hole, which drops the message, and Fatal for one that is over
        `limit` bytes.
        """
        try:
            self._check(envelope.header, limit, now)
            self._whole += _piece(envelope.content, buffers)
        except ProtocolError:
            self.drop()
            raise
        self._next += 1
        if self._next < self._count and len(self._whole) < self._total:
            return None
        whole, missing = self._whole, self._next < self._count
        self.drop()
        if missing or len(whole) != self._total:
            raise hole(f"expected {self._count} parts of {self._total} bytes in all")
        return memoryview(whole).toreadonly()

    def drop(self) -> None:
        """Forget what has come of an incomplete message."""
        self._whole, self._next, self.due = bytearray(), 0, math.inf

    def _check(self, header: Header, limit: int, now: float) -> None:
        k, count = header.part or (0, 0)
        total = header.total or 0
        if total > limit:
            raise Fatal(Close.TOO_LARGE, f"a message may have {limit} bytes in all")
        if k == 0:
            self.drop()
            self._msgid, self._count, self._total = header.msgid, count, total
            self.due = now + JOIN_SECONDS
        expected = self._msgid, self._next, self._count, self._total
        if self.due == math.inf or (header.msgid, k, count, total) != expected:
            raise hole("a part is missing")


def hole(text: str) -> ProtocolError:
    """Return the error of a message that has not come whole: it is to be sent again."""
    return ProtocolError(Code.BAD_MESSAGE, text, "resume")


def _piece(content: msgspec.Raw, buffers: Sequence[Buffer]) -> Buffer:
    if len(buffers) == 1:
        return buffers[0]
    try:
        part = msgspec.json.decode(content, type=Part)
        return base64.b64decode(part.b64 or "", validate=True)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise hole(f"malformed part: {error}") from error
