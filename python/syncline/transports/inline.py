"""Frames for a path that loses buffers: arrays and bytes go as base64 inside the text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from syncline.sync.frames import Frame, pack, unpack

Buffers = Sequence[memoryview]


def inlined(frame: Frame) -> str:
    """Return the same message as a text frame without buffers (SPEC 3.3, amendment 31)."""
    message, buffers = unpack(frame)
    content = msgspec.json.decode(message.content)
    if "txs" in content:
        _inline_transactions(content["txs"], buffers)
    elif buffers:
        content = _inline(content, buffers)
    message.header.inline = True
    text = pack(message.header, content)
    assert isinstance(text, str), "a frame without buffers is text"
    return text


def _inline_transactions(txs: list[dict[str, Any]], buffers: Buffers) -> None:
    # In `txs` a buffer's number counts from the first buffer of its own transaction.
    first = 0
    for tx in txs:
        count = tx.pop("nbuf", 0)
        if count:
            tx["ops"] = _inline(tx["ops"], buffers[first : first + count])
        first += count


def _inline(value: Any, buffers: Buffers) -> Any:
    if isinstance(value, list):
        return [_inline(item, buffers) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" in value and isinstance(value.get("buf"), int):
        # Only a tag has the key "$": a user's dict with it travels as a `map`.
        kept = {key: item for key, item in value.items() if key != "buf"}
        return kept | {"b64": base64.b64encode(buffers[value["buf"]]).decode()}
    return {key: _inline(item, buffers) for key, item in value.items()}
