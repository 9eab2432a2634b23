"""From the JSON of a client's messages to values, within the limits (SPEC 3.4).

Everything here raises ProtocolError for what a client may not send.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from syncline.core.ops import Add, Drop, from_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import decode_value

from .errors import Code, ProtocolError
from .messages import Patch, PushRequest, Volatile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.core.ops import Msg, WireOp
    from syncline.core.values import Buffers

    from .messages import Limits, WireDoc

T = TypeVar("T")
TYPE_NAME = re.compile(r"[A-Za-z_][\w.-]*/[A-Za-z_]\w*@[1-9]\d*(#[\w-]{1,64})?", re.ASCII)
SKIM_BYTES = 1 << 16


class Skimmed(msgspec.Struct):
    """A transaction of which only the number of operations is wanted."""

    ops: list[msgspec.Raw]


_patches = msgspec.json.Decoder(Patch)
_skim = msgspec.json.Decoder(Skimmed)


def decode(content: msgspec.Raw, type: type[T]) -> T:
    """Return the content of a message."""
    try:
        return msgspec.json.decode(content, type=type)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed message: {error}") from error


def decode_patch(content: msgspec.Raw, buffers: Buffers, limits: Limits) -> Patch:
    """Return the content of a PATCH-DOC with values decoded."""
    try:
        raw = memoryview(content)
        if raw.nbytes > SKIM_BYTES:
            _check_count(_skim.decode(raw).ops, limits)
        patch = _patches.decode(raw)
        _check_count(patch.ops, limits)
        for index, op in enumerate(patch.ops):
            _check(op, index, limits)
            from_wire(op, buffers)
        buffers.finish()
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed PATCH-DOC: {error}") from error
    return patch


def decode_volatile(content: msgspec.Raw, buffers: Buffers, limits: Limits) -> list[Msg]:
    """Return the messages of a volatile PATCH-DOC."""
    ops = decode(content, Volatile).ops
    _check_count(ops, limits)
    try:
        for op in ops:
            from_wire(op, buffers)
        buffers.finish()
    except ValueError as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed PATCH-DOC: {error}") from error
    return ops


def decode_document(content: msgspec.Raw, buffers: Buffers, limits: Limits) -> PlainState:
    """Return the document of a PUSH-DOC."""
    doc = decode(content, PushRequest).doc
    try:
        state = plain_state(doc, buffers)
        buffers.finish()
    except ValueError as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed PUSH-DOC: {error}") from error
    for model in state.models.values():
        _check_type(model.type, limits)
    return state


def plain_state(doc: WireDoc, buffers: Buffers) -> PlainState:
    """Return the state that a document on the wire describes. Raises BadValue."""
    state = PlainState(doc.title)
    state.roots = list(doc.roots)
    for m, model in doc.models.items():
        props = {name: decode_value(value, buffers) for name, value in model.props.items()}
        state.models[m] = PlainModel(model.type, props)
    return state


def _check_count(ops: Sequence[Any], limits: Limits) -> None:
    if len(ops) > limits.ops:
        raise ProtocolError(Code.TOO_LARGE, f"expected at most {limits.ops} operations")


def _check(op: WireOp, index: int, limits: Limits) -> None:
    if len(getattr(op, "p", ())) > limits.depth:
        text = f"expected a path of at most {limits.depth} steps"
        raise ProtocolError(Code.TOO_LARGE, text, op=index)
    if type(op) is Add:
        _check_type(op.type, limits, index)
    elif type(op) is Drop:
        raise ProtocolError(Code.BAD_MESSAGE, "models are dropped by the session only", op=index)


def _check_type(name: str, limits: Limits, op: int | None = None) -> None:
    if len(name.partition("#")[0]) > limits.type_name:
        text = f"expected a type name of at most {limits.type_name} bytes"
        raise ProtocolError(Code.TOO_LARGE, text, op=op)
    if TYPE_NAME.fullmatch(name) is None:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed type name {name!r}", op=op)
