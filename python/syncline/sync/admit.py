"""What a client may queue: the server's limits, kept before anything is changed (SPEC 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Op, weight
from syncline.core.values import BadValue

if TYPE_CHECKING:
    from .messages import Limits


def admit(op: Op, limits: Limits, waiting: int) -> int:
    """Return the weight of an edit, with `waiting` bytes queued. Raises BadValue over a limit."""
    depth = len(getattr(op, "p", ()))
    if depth > limits.depth:
        raise BadValue(f"a path of {depth} steps is over the limit of {limits.depth}")
    bytes = weight(op)
    if bytes > limits.string:
        for name in ("v", "props", "cols", "data"):
            _admit_strings(getattr(op, name, None), limits.string)
    if bytes > limits.max_document_in:
        raise BadValue(f"an edit of {bytes} bytes is over the limit of {limits.max_document_in}")
    if waiting > limits.pending:
        raise BadValue(
            f"{waiting} bytes of edits wait to be sent, of at most {limits.pending}: "
            "the connection is gone or too slow"
        )
    return bytes


def _admit_strings(value: Any, limit: int) -> None:
    if isinstance(value, str) and len(value) > limit:
        raise BadValue(f"a text of {len(value)} characters is over the limit of {limit}")
    if isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _admit_strings(item, limit)
    elif isinstance(value, dict):
        for key, item in value.items():
            _admit_strings(key, limit)
            _admit_strings(item, limit)
