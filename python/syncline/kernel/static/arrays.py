"""Elements of lists and arrays in their JSON form, one by one."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

_FORMATS = {
    "b1": "?",
    "i1": "b",
    "u1": "B",
    "i2": "h",
    "u2": "H",
    "i4": "i",
    "u4": "I",
    "i8": "q",
    "u8": "Q",
    "f4": "f",
    "f8": "d",
    "M8[ms]": "q",
    "m8[ms]": "q",
}
NAT = -(2**63)

Items = tuple[int, Callable[[int], Any]]
"""How many there are, and what each is: a number, a bool, a text, or a JSON form."""


def items_of(raw: Any, buffers: list[Any]) -> Items:
    """Return the elements of a list or an array in C order; of anything else none."""
    if isinstance(raw, list):
        return len(raw), raw.__getitem__
    if not is_array(raw):
        return 0, lambda _: None
    data = base64.b64decode(raw["b64"]) if "b64" in raw else buffers[raw["buf"]]
    code = struct.Struct("<" + _FORMATS[raw["dtype"]])
    return len(data) // code.size, lambda i: code.unpack_from(data, i * code.size)[0]


def is_array(raw: Any) -> bool:
    """Tell whether a JSON form is that of an array."""
    return isinstance(raw, dict) and raw.get("$") == "nd"
