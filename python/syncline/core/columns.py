"""Columns of equal length with absolute row numbers: the value of `cols` (SPEC 2, 2.1).

Copies share memory. Rows are appended in place where nobody has gone on from the same end, and
written in place where nobody else sees the memory; otherwise a column is copied first, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .arrays import (
    FORMATS,
    ITEM_SIZES,
    NdArray,
    array_meta,
    array_over,
    frozen_array,
    is_array,
    numpy_or_none,
    raw_bytes,
)
from .errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .arrays import Buffer

MIN_ROOM = 16


class Memory(msgspec.Struct, eq=False):
    """Rows that several columns may share, of which the first `used` are taken."""

    items: Any
    """A list, numpy's array, or without numpy a memoryview of items as wide."""
    used: int
    room: int
    lent: bool = False
    """Whether others may see it: then the rows that are used stay as they are."""


class Column(msgspec.Struct, frozen=True, eq=False):
    """Rows `start` to `stop` of a memory; `dtype` None stands for a list.

    A column stays what it is, so that views share it: each change returns the column after it.
    """

    dtype: str | None
    memory: Memory
    start: int
    stop: int

    def rows(self) -> Any:
        """Return the rows as a list or a read-only array."""
        items = self.memory.items[self.start : self.stop]
        return items if self.dtype is None else _array(self.dtype, items)

    def begin(self, items: Any) -> Column:
        """Forget all rows and take others as they are: without a copy, so they are not written."""
        count = len(items)
        return Column(self.dtype, Memory(items, count, count, lent=True), 0, count)

    def append(self, kept: int, items: Any) -> Column:
        """Forget all but the last `kept` rows, then append."""
        memory, stop, count = self.memory, self.stop, len(items)
        if stop != memory.used or stop + count > memory.room:
            memory, stop = self._moved(kept, 2 * (kept + count)), kept
        memory.items[stop : stop + count] = items
        memory.used = stop + count
        return Column(self.dtype, memory, stop - kept, stop + count)

    def write(self, region: range, items: Any) -> Column:
        """Overwrite rows, counted from the first one."""
        if self.memory.lent:
            length = self.stop - self.start
            return Column(self.dtype, self._moved(length, 0), 0, length).write(region, items)
        start = self.start
        at = slice(start + region.start, start + region.stop, region.step)
        self.memory.items[at] = items
        return self

    def read(self, region: range) -> Any:
        """Return a copy of rows, counted from the first one."""
        start = self.start
        at = slice(start + region.start, start + region.stop, region.step)
        items = self.memory.items[at]
        return items if self.dtype is None else _array_of(self.dtype, items.tobytes())

    def restore(self, view: Column, rolled: int, kept: int) -> Column:
        """Become what a view was: `rolled` rows came off in front since, `kept` are still here."""
        memory, start = self.memory, self.start
        if memory is view.memory:
            start = view.start
        elif rolled:
            # What the view's memory holds behind these may have been written since.
            head = view.memory.items[view.start : view.start + rolled]
            memory, start = self._joined(head, memory.items[start : start + kept]), 0
        stop = start + rolled + kept
        if not memory.lent:
            # Nobody saw the rows behind.
            memory.used = stop
            if self.dtype is None:
                del memory.items[stop:]
        return Column(self.dtype, memory, start, stop)

    def _joined(self, head: Any, tail: Any) -> Memory:
        length = len(head) + len(tail)
        items = [*head, *tail] if self.dtype is None else _allocate(head, length)
        items[: len(head)], items[len(head) :] = head, tail
        return Memory(items, length, length)

    def _moved(self, kept: int, room: int) -> Memory:
        """Return new memory that begins with the last `kept` rows, with place for `room`."""
        room = max(room, kept, MIN_ROOM)
        items = self.memory.items[self.stop - kept : self.stop]
        if self.dtype is not None:
            taken = _allocate(items, room)
            taken[:kept] = items
            items = taken
        return Memory(items, kept, room)


def _allocate(like: Any, rows: int) -> Any:
    """Return room for rows of the kind that a memory holds."""
    if type(like) is memoryview:
        return memoryview(bytearray(rows * like.itemsize)).cast(FORMATS[like.itemsize])
    return numpy_or_none().empty(rows, like.dtype)


def _items(rows: Any) -> Any:
    """Return a column's rows as what its memory holds."""
    return bits(rows) if type(rows) is NdArray else rows


def bits(rows: Any) -> memoryview:
    """Return the rows of an array as integers as wide."""
    return memoryview(raw_bytes(rows)).cast(FORMATS[ITEM_SIZES[array_meta(rows)[0]]])


def _array(dtype: str, items: Any) -> Any:
    """Return the read-only array over a part of a memory."""
    return _array_of(dtype, items.cast("B") if type(items) is memoryview else raw_bytes(items))


def _array_of(dtype: str, data: Buffer) -> Any:
    return array_over(dtype, [len(data) // ITEM_SIZES[dtype]], data)


def shape_of(rows: object) -> tuple[str | None, int]:
    """Return the dtype (None for a list) and the number of rows. Raises BadValue for others."""
    if isinstance(rows, list):
        return None, len(rows)
    if not is_array(rows):
        raise BadValue(f"expected an array or a list as a column, got {type(rows).__name__}")
    dtype, shape = array_meta(rows)
    if len(shape) != 1:
        raise BadValue(f"expected a column of one dimension, got {len(shape)}")
    return dtype, shape[0]


def cut_rows(rows: Any, begin: int, end: int | None) -> Any:
    """Return some rows of a column; an array shares its memory."""
    if isinstance(rows, list):
        return rows[begin:end]
    return _array(array_meta(rows)[0], _items(rows)[begin:end])


def join_rows(parts: Sequence[Any]) -> Any:
    """Return the rows of several pieces of one column as one."""
    if isinstance(parts[0], list):
        return [row for rows in parts for row in rows]
    return _array_of(array_meta(parts[0])[0], b"".join(map(raw_bytes, parts)))


def _column(rows: Any) -> Column:
    dtype, length = shape_of(rows)
    if dtype is None:
        memory = Memory(list(rows), length, max(2 * length, MIN_ROOM))
    else:
        memory = Memory(_items(frozen_array(rows)), length, length, lent=True)
    return Column(dtype, memory, 0, length)


class Columns:
    """Named columns of one length; row `first` is the first that is kept (SPEC 2).

    `cols` are one-dimensional arrays and lists. An array that nobody can write is taken as it is,
    others are copied. The items of a list are not copied.
    """

    __slots__ = ("_columns", "_length", "dtypes", "first", "gen")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, gen: str, cols: Mapping[str, Any], first: int = 0) -> None:
        self.gen = gen
        """Generation: new on each replacement as a whole."""
        self.first = first
        # Replaced, never changed: views share it.
        self._columns = {name: _column(rows) for name, rows in cols.items()}
        self.dtypes = {name: column.dtype for name, column in self._columns.items()}
        """The dtype of each column on the wire, None for a list."""
        lengths = {column.stop for column in self._columns.values()}
        if len(lengths) > 1:
            raise BadValue(f"expected columns of one length, got {sorted(lengths)}")
        self._length = lengths.pop() if lengths else 0

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"Columns({self.gen!r}, {list(self._columns)}, rows {self.first} to {self.end})"

    @property
    def end(self) -> int:
        """The number that the next row will have."""
        return self.first + self._length

    @property
    def cols(self) -> dict[str, Any]:
        """The rows of every column, as read-only arrays and as lists."""
        return {name: self[name] for name in self._columns}

    def __getitem__(self, name: str) -> Any:
        """Return the rows of one column. Raises KeyError."""
        column = self._columns[name]
        column.memory.lent = True
        return column.rows()

    def peek(self) -> Iterator[tuple[str, Any]]:
        """Yield (name, rows) to look at: a later write may change them."""
        return ((name, column.rows()) for name, column in self._columns.items())

    def copy(self) -> Columns:
        """Return a copy that shares memory until one of the two is written."""
        for column in self._columns.values():
            column.memory.lent = True
        return self.view()

    def view(self) -> Columns:
        """Return what it is now, for `restore`: a later write may change the rows."""
        made = Columns.__new__(Columns)
        made.take(self)
        return made

    def take(self, source: Columns) -> None:
        """Become what other columns are now; a later write to either may change both."""
        self.gen, self.first, self._length = source.gen, source.first, source._length
        self.dtypes = source.dtypes
        self._columns = source._columns

    def restore(self, view: Columns) -> None:
        """Become what a view was before one `append_rows`; writes since are undone already."""
        rolled = min(self.first, view.end) - view.first
        kept = len(view) - rolled
        self._columns = {
            name: column.restore(view._columns[name], rolled, kept)
            for name, column in self._columns.items()
        }
        self.first, self._length = view.first, view._length

    def append_rows(self, at: int, cols: Mapping[str, Any], n: int, roll: int | None) -> None:
        """Append `n` rows at row `at`, then keep at most `roll` (SPEC 4, `stream`)."""
        end = self.end
        first = self.first if at == end else at
        if roll is not None and at + n - roll > first:
            first = at + n - roll
        kept = end - first if first < end else 0
        skipped = first - at if first > at else 0
        columns = {}
        for name, column in self._columns.items():
            items = _items(cols[name])
            partly = kept or skipped
            columns[name] = column.append(kept, items[skipped:]) if partly else column.begin(items)
        self._columns = columns
        self.first, self._length = first, at + n - first

    def write_rows(self, name: str, region: range, rows: Any) -> None:
        """Overwrite rows of a column by their absolute numbers (SPEC 4, `write`)."""
        column = self._columns[name].write(self._counted(region), _items(rows))
        self._columns = {**self._columns, name: column}

    def read_rows(self, name: str, region: range) -> Any:
        """Return a copy of rows of a column."""
        return self._columns[name].read(self._counted(region))

    def _counted(self, region: range) -> range:
        return range(region.start - self.first, region.stop - self.first, region.step)
