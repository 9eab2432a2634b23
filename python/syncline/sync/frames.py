"""Frames: a message as text, or as aligned binary with its buffers (SPEC 3.3)."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from syncline.core.arrays import Buffer
from syncline.core.values import MAX_BUFFERS

from .errors import Code, ProtocolError
from .messages import Envelope, Header, Limits
from .scan import check_json

Frame = str | bytes
MAGIC = b"SL\x01\x00"
_envelopes = msgspec.json.Decoder(Envelope)
_encoder = msgspec.json.Encoder()
_PADDING = [bytes(size) for size in range(8)]
_header = msgspec.json.Decoder(Header)
_scanner = json.JSONDecoder()
_BEGIN = re.compile(r'\s*\{\s*"header"\s*:\s*')
HEADER_BYTES = 4096
"""How far into a message that cannot be read its header is looked for."""


def encode(value: Any) -> bytes:
    """Return the JSON bytes of a struct."""
    return _encoder.encode(value)


def pack(header: Header, content: Any = None, buffers: Sequence[Buffer] = ()) -> Frame:
    """Return the frame of a message: text without buffers, binary with them."""
    header.buffers = len(buffers)
    body = _encoder.encode(Envelope(header, {} if content is None else content))
    return join(body, buffers) if buffers else body.decode()


def _aligned(size: int) -> int:
    return (size + 7) & ~7


def join(body: bytes, buffers: Sequence[Buffer]) -> bytes:
    """Return the binary frame of a JSON body and its buffers."""
    parts: list[Buffer] = [body, *buffers]
    lengths = [part.nbytes if type(part) is memoryview else len(part) for part in parts]
    count = len(parts)
    table = struct.pack(f"<4sI{count}I", MAGIC, count, *lengths)
    out: list[Buffer] = [table, _PADDING[-len(table) & 7]]
    for part, length in zip(parts, lengths, strict=True):
        out.append(part)
        if length & 7:
            out.append(_PADDING[-length & 7])
    return b"".join(out)


def binary(frame: Frame) -> bytes:
    """Return the frame in binary form, as comms carry it."""
    return join(frame.encode(), ()) if isinstance(frame, str) else frame


def measure(frame: str | bytes | memoryview) -> int:
    """Return the bytes of a frame on the wire."""
    if isinstance(frame, str):
        return len(frame) if frame.isascii() else len(frame.encode(errors="surrogatepass"))
    return memoryview(frame).nbytes


def split(frame: bytes | memoryview) -> list[memoryview]:
    """Return the parts of a binary frame, JSON first. Raises ProtocolError for a malformed one."""
    view = memoryview(frame).cast("B")
    if len(view) < 8 or view[:4] != MAGIC:
        raise ProtocolError(Code.BAD_MESSAGE, "not a frame of version 1")
    (count,) = struct.unpack_from("<I", view, 4)
    start = 8 + 4 * count
    if count > MAX_BUFFERS + 1:
        raise ProtocolError(Code.TOO_LARGE, f"expected at most {MAX_BUFFERS} buffers")
    if count < 1 or start > len(view):
        raise ProtocolError(Code.BAD_MESSAGE, f"a frame cannot have {count} parts")
    lengths = struct.unpack_from(f"<{count}I", view, 8)
    parts = []
    offset = _aligned(start)
    for length in lengths:
        parts.append(view[offset : offset + length])
        offset += _aligned(length)
    if offset != len(view):
        raise ProtocolError(
            Code.BAD_MESSAGE, f"expected a frame of {offset} bytes, got {len(view)}"
        )
    return parts


def unpack(
    frame: str | bytes | memoryview, limits: Limits | None = None
) -> tuple[Envelope, list[memoryview]]:
    """Return the message of a frame and its buffers.

    Raises ProtocolError for a malformed frame or header, and for one over `limits`.
    """
    buffers: list[memoryview] = []
    body: str | memoryview
    if isinstance(frame, str):
        body = frame
    else:
        body, *buffers = split(frame)
    if limits is not None:
        check_json(body, limits.nesting, limits.string)
    try:
        envelope = _envelopes.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed message: {error}") from error
    if envelope.header.buffers != len(buffers):
        text = f"expected {envelope.header.buffers} buffers, got {len(buffers)}"
        raise ProtocolError(Code.BAD_MESSAGE, text)
    return envelope, buffers


def peek(frame: str | bytes | memoryview) -> Header | None:
    """Return the header of a frame that is refused unread, where it stands first and is sound.

    Costs no more for a large frame than for a small one.
    """
    try:
        text = frame[:HEADER_BYTES] if isinstance(frame, str) else _beginning(memoryview(frame))
        if (begin := _BEGIN.match(text)) is None:
            return None
        _, end = _scanner.raw_decode(text, begin.end())
        return _header.decode(text[begin.end() : end])
    except (struct.error, ValueError, RecursionError):
        return None


def _beginning(view: memoryview) -> str:
    view = view.cast("B")
    count, length = struct.unpack_from("<II", view, 4)
    start = _aligned(8 + 4 * count)
    return str(view[start : start + min(length, HEADER_BYTES)], errors="replace")
