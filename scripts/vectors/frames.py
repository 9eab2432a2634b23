"""Binary frames: good ones taken apart, and malformed ones (SPEC 3.3)."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from syncline.sync.errors import ProtocolError
from syncline.sync.frames import join, unpack

BODY = b'{"header":{"msgid":"a","msgtype":"PING"},"content":{}}'


def b64(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode()


def good(parts: list[bytes]) -> dict[str, Any]:
    """Return a frame with these buffers."""
    count = b'"PING","buffers":%d' % len(parts) if parts else b'"PING","x":1'
    text = BODY.replace(b'"PING"', count)
    body, buffers = json.loads(text), [b64(part) for part in parts]
    return {"frame": b64(join(text, parts)), "body": body, "buffers": buffers}


def bad(frame: bytes) -> dict[str, Any]:
    """Return a malformed frame."""
    return {"frame": b64(frame), "error": True}


def made() -> list[dict[str, Any]]:
    """Return the cases at the edges."""
    frame = join(BODY, [])
    broken = [
        b"", b"SL", frame[:-1], frame + bytes(8), b"XX" + frame[2:],
        frame[:3] + b"\x01" + frame[4:], frame[:4] + b"\x00\x00\x00\x00" + frame[8:],
        frame[:4] + b"\xff\xff\xff\xff" + frame[8:], frame[:8] + b"\xff\xff\xff\x7f" + frame[12:],
        join(b"{", []), join(b"[]", []), join(BODY, [b"one too many"]),
    ]  # fmt: skip
    whole = [[], [b"\x01"], [b"", b"12345678", b"123456789"], [bytes(range(16))]]
    return [good(parts) for parts in whole] + [bad(part) for part in broken]


def random_frame(rnd: random.Random) -> dict[str, Any]:
    """Return a good frame, or one with a bit turned that makes it malformed."""
    case = good([rnd.randbytes(rnd.randrange(20)) for _ in range(rnd.randrange(4))])
    frame = bytearray(base64.b64decode(case["frame"]))
    if rnd.random() < 0.5:
        frame[rnd.randrange(12)] ^= 1 << rnd.randrange(8)
        try:
            unpack(bytes(frame))
        except ProtocolError:
            return bad(bytes(frame))
    return case
