"""Between one browser and one document in a running kernel: whole frames, unchanged, both ways.

Each attached page has its own connection to the kernel's endpoint (SPEC 6), and each direction
awaits the other end's buffer before it reads on, so memory per page is bounded and a slow page
slows nobody else.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from syncline.transports.records import EndpointClient, Frame

Role = Literal["edit", "view"]

WRITING = frozenset({"PATCH-DOC", "PUSH-DOC"})
_TABLE = struct.Struct("<4sII")
_MAGIC = b"SL\x01\x00"


class Header(msgspec.Struct):
    """The part of a client's header that a relay decides by."""

    msgtype: str
    msgid: str = ""
    seq: int | None = None
    base: int | None = None
    epoch: str | None = None


class _Envelope(msgspec.Struct):
    header: Header


_decode = msgspec.json.Decoder(_Envelope).decode


class BadFrame(ValueError):
    """A frame has no readable header."""


def read_header(frame: Frame) -> Header:
    """Return a client frame's header without decoding its content."""
    try:
        return _decode(frame if isinstance(frame, str) else _json_part(frame)).header
    except (msgspec.MsgspecError, struct.error) as error:
        raise BadFrame(str(error)) from None


def _json_part(frame: bytes) -> memoryview:
    # SPEC 3.3: magic, number of parts, their lengths, padding to 8, then the JSON.
    magic, parts, length = _TABLE.unpack_from(frame)
    start = -(-(8 + 4 * parts) // 8) * 8
    if magic != _MAGIC or start + length > len(frame):
        raise BadFrame("not a frame")
    return memoryview(frame)[start : start + length]


def refusal(header: Header) -> str:
    """Return the ERROR frame that tells a viewer their change was not made."""
    # A transaction is refused at the revision it was made on: its author has that one for sure.
    spent = {"seq": header.seq, "since": header.base, "rev": header.base}
    reply = {
        "msgid": f"e-{header.msgid}",
        "msgtype": "ERROR",
        "reqid": header.msgid,
        "epoch": header.epoch,
        **spent,
    }
    content = {"code": "read-only", "text": "you may look but not change", "retry": "never"}
    head = {key: value for key, value in reply.items() if value is not None}
    return msgspec.json.encode({"header": head, "content": content}).decode()


class Relay:
    """The two directions of one attached page."""

    def __init__(self, client: EndpointClient, role: Role) -> None:
        self._client = client
        self._role = role

    async def up(self, frame: Frame) -> str | None:
        """Forward a frame to the kernel, or return the refusal that answers it."""
        if self._role != "edit":
            header = read_header(frame)
            if header.msgtype in WRITING:
                return refusal(header)
        await self._client.send(frame)
        return None

    async def down(self, write: Callable[[Frame], Awaitable[None]]) -> tuple[int, str] | None:
        """Forward the kernel's frames until it ends; return why, if it said so."""
        async for frame in self._client:
            await write(frame)
        if self._client.close_code is None:
            return None
        return self._client.close_code, self._client.close_text

    async def close(self) -> None:
        """Leave the document."""
        await self._client.close()
