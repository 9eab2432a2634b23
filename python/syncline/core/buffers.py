"""The binary buffers of a message, and bytes inline as base64 (SPEC 2.1, 3.3)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .errors import BadValue

if TYPE_CHECKING:
    from .arrays import Buffer

MAX_BUFFERS = 256
"""What one message may carry (SPEC 3.4)."""


class Buffers:
    """The binary buffers of one message, each to be referenced exactly once (SPEC 3.3)."""

    def __init__(self, parts: list[Buffer] | None = None) -> None:
        self._parts: list[Buffer | None] = list(parts or ())

    def take(self, index: object) -> Buffer:
        """Return buffer `index`; a second reference to it is refused."""
        if type(index) is not int or not 0 <= index < len(self._parts):
            raise BadValue(f"expected a buffer index below {len(self._parts)}, got {index!r}")
        part = self._parts[index]
        if part is None:
            raise BadValue(f"buffer {index} is referenced twice")
        self._parts[index] = None
        return part

    def finish(self) -> None:
        """Refuse a message whose buffers are not all referenced."""
        if any(part is not None for part in self._parts):
            raise BadValue("a buffer is not referenced")


def put_bytes(data: Buffer, buffers: list[Buffer] | None) -> dict[str, Any]:
    """Return where bytes are: in `buffers`, or inline where it is None or full."""
    if buffers is None or len(buffers) >= MAX_BUFFERS:
        return {"b64": base64.b64encode(data).decode("ascii")}
    buffers.append(data)
    return {"buf": len(buffers) - 1}


def take_bytes(raw: dict[str, Any], buffers: Buffers) -> Buffer:
    """Return the bytes of a tagged value. Raises BadValue."""
    if ("buf" in raw) == ("b64" in raw):
        raise BadValue("expected exactly one of buf and b64")
    if "buf" in raw:
        return buffers.take(raw["buf"])
    try:
        return base64.b64decode(raw["b64"], validate=True)
    except ValueError as error:
        raise BadValue("malformed base64") from error
