"""The operations a document is changed by (SPEC 4).

Submitted and committed operations have one shape. Values inside are Python values, not their JSON
form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec

from .regions import check_rows, check_shape
from .values import (
    ATOMS,
    BadValue,
    Buffers,
    Reference,
    checked_column,
    columns_size,
    decode_columns,
    decode_value,
    encode_column,
    encode_entries,
    encode_value,
    equal,
    refs,
    size,
    sizes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arrays import Buffer

Step = str | int
Path = list[Step]


class Set(msgspec.Struct, tag_field="op", tag="set"):
    """Set a property, a dict key or a list element."""

    m: str
    p: Path
    v: Any


class Del(msgspec.Struct, tag_field="op", tag="del"):
    """Remove a dict key."""

    m: str
    p: Path


class Splice(msgspec.Struct, tag_field="op", tag="splice"):
    """At `i` of a list remove `d` items and insert `v`; `i` None appends at the real end."""

    m: str
    p: Path
    i: int | None
    d: int
    v: list[Any]


class Stream(msgspec.Struct, tag_field="op", tag="stream", omit_defaults=True):
    """Append `n` rows at row `at` to every column of a source; then keep at most `roll` rows."""

    m: str
    p: Path
    gen: str
    at: int
    n: int
    cols: dict[str, Any]
    roll: int | None = None


class Write(msgspec.Struct, tag_field="op", tag="write", omit_defaults=True):
    """Overwrite a region: rows of a column (`gen` and `col` given), or a block of an array.

    `at` is the first row or `[start, stop, step]` of a column, one such triple per axis of an
    array.
    """

    m: str
    p: Path
    at: Any
    v: Any
    gen: str | None = None
    col: str | None = None


class Add(msgspec.Struct, tag_field="op", tag="add"):
    """A model enters the document."""

    m: str
    type: str
    props: dict[str, Any]


class Drop(msgspec.Struct, tag_field="op", tag="drop"):
    """Models leave the document; committed by the server only."""

    ms: list[str]


class RootAdd(msgspec.Struct, tag_field="op", tag="root+"):
    """A model becomes a root."""

    m: str


class RootRemove(msgspec.Struct, tag_field="op", tag="root-"):
    """A model is a root no more."""

    m: str


class Title(msgspec.Struct, tag_field="op", tag="title"):
    """Set the document's title."""

    v: str


class Msg(msgspec.Struct, tag_field="op", tag="msg"):
    """An event of a model, ordered with the patches around it. Changes nothing."""

    m: str
    name: str
    data: Any = None


class Roots(msgspec.Struct, tag_field="op", tag="roots"):
    """Restore the order of the roots. The inverse of a root operation, never on the wire."""

    ids: list[str]


class Unstream(msgspec.Struct, tag_field="op", tag="unstream"):
    """Take a stream back. Its inverse, never on the wire; `v` is a view of the source before."""

    m: str
    p: Path
    gen: str
    at: int
    n: int
    v: Any


WireOp = Set | Del | Splice | Stream | Write | Add | Drop | RootAdd | RootRemove | Title | Msg
Op = WireOp | Roots | Unstream
Addressed = Set | Del | Splice | Stream | Write | Unstream
ADDRESSED: frozenset[type] = frozenset(get_args(Addressed))


def to_wire(op: WireOp, buffers: list[Buffer] | None) -> Any:
    """Return the operation with its values in JSON form; array data goes to `buffers`."""
    # What is sent often, before `match`: that asks the metaclass of each struct in vain.
    if type(op) is Set:
        return Set(op.m, op.p, encode_value(op.v, buffers))
    if type(op) is Stream:
        cols = {name: encode_column(rows, buffers) for name, rows in op.cols.items()}
        return Stream(op.m, op.p, op.gen, op.at, op.n, cols, op.roll)
    match op:
        case Splice():
            return Splice(op.m, op.p, op.i, op.d, encode_value(op.v, buffers))
        case Write():
            return Write(op.m, op.p, op.at, encode_value(op.v, buffers), op.gen, op.col)
        case Add():
            return Add(op.m, op.type, encode_entries(op.props, buffers))
        case Msg():
            return Msg(op.m, op.name, encode_value(op.data, buffers))
        case _:
            return op


def from_wire(op: WireOp, buffers: Buffers) -> WireOp:
    """Turn the JSON forms inside a decoded operation into values, in place.

    Raises BadValue for a malformed value, path or region.
    """
    match op:
        case Set() | Splice():
            op.v = decode_value(op.v, buffers)
        case Stream():
            op.cols = decode_columns(op.cols, buffers)
            check_rows(op)
        case Write():
            op.v = decode_value(op.v, buffers)
            check_shape(op)
            if op.gen is not None:
                checked_column(op.v)
        case Add():
            op.props = {name: decode_value(v, buffers) for name, v in op.props.items()}
        case Msg():
            op.data = decode_value(op.data, buffers)
    if isinstance(op, Addressed):
        check_path(op.p)
    return op


def check_path(path: Sequence[object]) -> None:
    """Refuse a path that does not begin with a property's name."""
    if not path or not isinstance(path[0], str):
        raise BadValue("expected a path that begins with a property")


def touches(op: Op) -> str | None:
    """Return the id of the model an operation changes, or None where it is about the document."""
    return getattr(op, "m", None)


def is_plain_set(op: Op) -> bool:
    """Tell whether an operation sets a value that holds no reference: the common, quick case."""
    return type(op) is Set and type(op.v) in ATOMS


def references(op: Op) -> Sequence[Reference]:
    """Return the references an operation brings into the document."""
    kind = type(op)
    if kind is Set or kind is Splice:
        return refs(op.v)  # type: ignore[union-attr]
    return refs(op.props) if kind is Add else ()  # type: ignore[union-attr]


def weight(op: Op) -> int:
    """Estimate the bytes of an operation."""
    kind = type(op)
    if kind is Set or kind is Splice or kind is Write:
        return 48 + size(op.v)  # type: ignore[union-attr]
    if kind is Add:
        props = op.props  # type: ignore[union-attr]
        return 48 + 16 * len(props) + sizes(props.values())
    if kind is Stream:
        return 48 + columns_size(op.cols)  # type: ignore[union-attr]
    return 48 + size(op.data) if kind is Msg else 48  # type: ignore[union-attr]


def same_ops(a: Sequence[WireOp], b: Sequence[WireOp]) -> bool:
    """Tell whether two lists of operations are equal, element by element."""
    return len(a) == len(b) and all(map(_same_op, a, b))


def _same_op(a: WireOp, b: WireOp) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    return all(equal(getattr(a, name), getattr(b, name)) for name in a.__struct_fields__)
