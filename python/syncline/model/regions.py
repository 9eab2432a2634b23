"""What users may write to: rows of a column, blocks of an array, and values that fit there."""

from __future__ import annotations

from typing import Any

from syncline.core.arrays import array_meta, is_array, numpy_or_none
from syncline.core.errors import BadValue

from .frames import column_of

Where = int | slice | range


def region_of(where: Any, size: int) -> range:
    """Return the places along one axis that an index, slice or range means. Raises BadValue."""
    if isinstance(where, slice):
        places = range(size)[where]
    elif isinstance(where, range):
        places = where
    elif hasattr(where, "__index__") and not isinstance(where, bool):
        at = where.__index__()
        places = range(at, at + 1) if at >= 0 else range(size + at, size + at + 1)
    else:
        raise BadValue(f"expected an index, a slice or a range, got {where!r}")
    if not places or places.step < 1 or not 0 <= places[0] <= places[-1] < size:
        raise BadValue(f"{where!r} is no forward region of {size} places")
    return range(places.start, places[-1] + 1, places.step)


def block_to_write(target: Any, where: Any, values: Any) -> tuple[list[list[int]], Any]:
    """Return region and values of a `write` to an array, as they stand in the operation.

    Raises BadValue.
    """
    if not is_array(target):
        raise BadValue(f"expected an array to write to, got {type(target).__name__}")
    dtype, shape = array_meta(target)
    axes = _axes(where, len(shape))
    block = tuple(map(region_of, axes, shape))
    at = [[axis.start, axis.stop, axis.step] for axis in block]
    # An index takes no axis of the values, as in numpy.
    kept = [len(b) for b, axis in zip(block, axes, strict=True) if isinstance(axis, slice | range)]
    return at, _broadcast(values, dtype, kept, [len(axis) for axis in block])


def _axes(where: Any, rank: int) -> tuple[Any, ...]:
    """Return what is meant along each axis; those that are not named are whole."""
    named = where if isinstance(where, tuple) else (where,)
    dots = [at for at, one in enumerate(named) if one is Ellipsis]
    at = dots[0] if dots else len(named)
    before, after = named[:at], named[at + 1 :]
    if len(before) + len(after) > rank:
        raise BadValue(f"expected at most {rank} axes, got {len(before) + len(after)}")
    return (*before, *(slice(None),) * (rank - len(before) - len(after)), *after)


def _broadcast(values: Any, dtype: str, kept: list[int], shape: list[int]) -> Any:
    numpy = numpy_or_none()
    if numpy is None:
        return values
    given = cast(numpy.asarray(values), dtype)
    try:
        return numpy.broadcast_to(given, kept).reshape(shape)
    except ValueError:
        raise BadValue(f"expected values of shape {tuple(kept)}, got {given.shape}") from None


def fitting(name: str, dtype: str | None, values: Any, count: int | None = None) -> Any:
    """Return rows in a column's dtype (None for a list); one value stands for `count` of them.

    Raises BadValue where that would change the values.
    """
    if count is not None and (isinstance(values, str) or not hasattr(values, "__len__")):
        values = [values] * count
    return converted(name, dtype, column_of(values))


def converted(name: str, dtype: str | None, rows: Any) -> Any:
    """Return a column's rows, as a document keeps them, in another dtype (None for a list).

    Raises BadValue where that would change the values.
    """
    try:
        if dtype is None:
            return rows.tolist() if is_array(rows) else rows
        if isinstance(rows, list):
            raise BadValue(f"expected {dtype}, got a list")
        return rows if array_meta(rows)[0] == dtype else cast(rows, dtype)
    except BadValue as error:
        raise BadValue(f"column {name!r}: {error}") from None


def cast(given: Any, dtype: str) -> Any:
    """Return an array in another dtype. Raises BadValue where a value would change."""
    numpy = numpy_or_none()
    if numpy is None:
        return given
    wanted = numpy.dtype(dtype)
    kinds = {given.dtype.kind, wanted.kind}
    if len(kinds) > 1 and not kinds <= {"i", "u", "f"}:
        raise BadValue(f"expected {dtype}, got {given.dtype}")
    with numpy.errstate(all="ignore"):
        made = given.astype(wanted)
    # A narrower float is what the column chose; an integer must stay what it is.
    if wanted.kind in "iu" and not numpy.array_equal(made, given):
        raise BadValue(f"expected {dtype}, got values that are none")
    return made
