"""Regions of a `write`: rows of a column, or a block of an array (SPEC 4).

A region is a range of rows, or one range per axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arrays import array_meta, is_array
from .columns import Columns, cut_rows, shape_of
from .errors import BadValue, Gone

if TYPE_CHECKING:
    from .ops import Stream, Write

MAX_ROW = 2**53 - 1


def rows_of(op: Write) -> range:
    """Return the rows that a write of a column covers. Raises BadValue."""
    if type(op.at) is list:
        return _axis(op.at)
    if type(op.at) is not int or not 0 <= op.at <= MAX_ROW:
        raise BadValue(f"expected a row, got {op.at!r}")
    length = shape_of(op.v)[1]
    if not length:
        raise BadValue("expected at least one row")
    return range(op.at, op.at + length)


def block_of(op: Write) -> tuple[range, ...]:
    """Return the block that a write of an array covers, one range per axis. Raises BadValue."""
    if type(op.at) is not list:
        raise BadValue(f"expected a region of an array, got {op.at!r}")
    return tuple(map(_axis, op.at))


def _axis(at: object) -> range:
    if type(at) is not list or [type(n) for n in at] != [int, int, int]:
        raise BadValue(f"expected [start, stop, step], got {at!r}")
    start, stop, step = at
    if step < 1 or not 0 <= start < stop <= MAX_ROW:
        raise BadValue(f"expected 0 <= start < stop and step >= 1, got {at!r}")
    return range(start, stop, step)


def check_shape(op: Write) -> None:
    """Refuse a write that brings other than one value per place of its region."""
    if (op.gen is None) != (op.col is None):
        raise BadValue("expected both gen and col, or neither")
    if op.gen is not None:
        if len(rows_of(op)) != shape_of(op.v)[1]:
            raise BadValue(f"expected {len(rows_of(op))} rows, got {shape_of(op.v)[1]}")
    elif not is_array(op.v) or tuple(map(len, block_of(op))) != array_meta(op.v)[1]:
        raise BadValue("expected an array of exactly the region's shape")


def check_rows(op: Stream) -> None:
    """Refuse a stream whose columns are not all `n` rows long. Raises BadValue."""
    check_place(op)
    for name, rows in op.cols.items():
        if len(rows) != op.n:
            raise BadValue(f"column {name!r}: expected {op.n} rows, got {len(rows)}")


def check_place(op: Stream) -> None:
    """Refuse a stream of no rows, or to no row, or that keeps none. Raises BadValue."""
    if not 1 <= op.n <= MAX_ROW or not 0 <= op.at <= MAX_ROW - op.n:
        raise BadValue("expected n >= 1 rows at a row number")
    if op.roll is not None and op.roll < 1:
        raise BadValue(f"expected a roll of at least one row, got {op.roll}")


def check_stream(source: Columns, op: Stream) -> None:
    """Refuse a stream that does not bring exactly the source's columns. Raises BadValue."""
    dtypes, count = source.dtypes, op.n
    if not dtypes or op.cols.keys() != dtypes.keys():
        raise BadValue(f"expected the columns {list(dtypes)}, got {list(op.cols)}")
    check_place(op)
    for name, rows in op.cols.items():
        dtype, length = shape_of(rows)
        if dtype != dtypes[name] or length != count:
            wanted = f"{count} rows of {dtypes[name] or 'a list'}"
            raise BadValue(f"{name}: expected {wanted}, got {length} of {dtype or 'a list'}")


def check_write(target: Any, op: Write) -> None:
    """Refuse a write that does not fit its columns or its array. Raises BadValue."""
    check_shape(op)
    if isinstance(target, Columns):
        dtypes = target.dtypes
        if op.col not in dtypes:
            raise BadValue(f"no column {op.col!r}")
        _check_dtype(op.col, shape_of(op.v)[0], dtypes[op.col])
        return
    block, (dtype, shape) = block_of(op), array_meta(target)
    _check_dtype("the array", array_meta(op.v)[0], dtype)
    outside = (axis.stop > size for axis, size in zip(block, shape, strict=False))
    if len(block) != len(shape) or any(outside):
        raise BadValue(f"the region lies outside of the shape {list(shape)}")


def _check_dtype(name: str, got: str | None, wanted: str | None) -> None:
    if got != wanted:
        raise BadValue(f"{name}: expected {wanted or 'a list'}, got {got or 'a list'}")


def trimmed(op: Write, first: int) -> Write:
    """Return a write of a column without the rows before `first`.

    Raises Gone (`rolled-out`) where none is left.
    """
    kept = part(op, index_of(op, first), None)
    if kept is None:
        raise Gone("rolled-out")
    return kept


def index_of(op: Write, row: int) -> int:
    """Return how many rows of a write stand before `row`."""
    rows = rows_of(op)
    return min(max(0, -((rows.start - row) // rows.step)), len(rows))


def part(op: Write, begin: int, end: int | None, shift: int = 0) -> Write | None:
    """Return rows `begin` to `end` of a write, moved by `shift`; None where there are none.

    A region that is cut or moved ends right behind its last row.
    """
    rows = rows_of(op)
    taken = rows[begin:end]
    if not taken:
        return None
    if taken == rows and not shift:
        return op
    at: Any = taken[0] + shift
    if type(op.at) is list:
        at = [at, taken[-1] + shift + 1, rows.step]
    # Named in full: msgspec's replace costs more, and the class cannot be imported here.
    return type(op)(op.m, op.p, at, cut_rows(op.v, begin, end), op.gen, op.col)


def overlap(a: Write, b: Write) -> bool:
    """Tell whether two writes of one place may cover a common element."""
    if a.gen != b.gen or a.col != b.col:
        return False
    if a.gen is not None:
        return _meet(rows_of(a), rows_of(b))
    return all(map(_meet, block_of(a), block_of(b)))


def _meet(a: range, b: range) -> bool:
    return a.start <= b[-1] and b.start <= a[-1]
