"""Columns for users: tables that grow and change in place, row by row (SPEC 2, `cols`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from syncline.core.columns import Columns as Source
from syncline.core.errors import BadValue
from syncline.core.ops import Stream, Write
from syncline.core.regions import check_place, check_write, rows_of

from .errors import PropertyError
from .frames import named_columns
from .places import edit, path_of
from .regions import Where, converted, fitting, region_of

if TYPE_CHECKING:
    from syncline.core.ops import Path

    from .model import Model

_generations = itertools.count(1)


class Columns(Source):
    """Columns of one length by name; rows are appended and overwritten in place.

    `Columns({"x": xs, "y": ys})` takes lists, arrays, or a pandas DataFrame. Lists of numbers
    become float64, arrays keep their type, texts and everything else are kept as lists; an empty
    list becomes float64, so begin texts with `np.array([], dtype=object)`. An array is copied,
    unless nobody can write it; `copy=False` makes it read-only and takes it as it is.

    A model keeps a copy of what is set: read that (`model.data`) to go on. A column is read by its
    name, as a read-only array or a list; `len` is the number of rows, `first` how many were rolled
    out before them. `rollover` is how many rows `stream` keeps, None for all.
    """

    __slots__ = ("_at", "_model", "_parent", "rollover")

    _model: Any
    _parent: Any
    _at: Any

    def __init__(
        self, data: Any = None, *, copy: bool = True, rollover: int | None = None, **columns: Any
    ) -> None:
        with refused(""):
            super().__init__(_generation(), named_columns(data, columns, copy=copy))
        self.rollover = rollover
        self._model = None

    def __iter__(self) -> Iterator[str]:
        return iter(self.dtypes)

    def __contains__(self, name: object) -> bool:
        return name in self.dtypes

    def copy(self) -> Columns:
        made = Columns.__new__(Columns)
        made.take(super().copy())
        made.rollover, made._model = self.rollover, None
        return made

    def renewed(self) -> Columns:
        """Return a copy to be set: of a generation of its own."""
        made = self.copy()
        made.gen = _generation()
        return made

    def stream(self, rows: Any, rollover: int | None = None) -> None:
        """Append rows to every column: a dict of sequences of one length, or a DataFrame.

        Then keep the last `rollover` rows. Raises PropertyError where columns, lengths or types
        do not fit, and LookupError once the model has other columns in the place of these.
        """
        self._edit(self._streams, rows, rollover)

    def _streams(self, m: str, path: Path, rows: Any, rollover: int | None) -> list[Stream]:
        dtypes, given = self.dtypes, named_columns(rows, {}, copy=True)
        if given.keys() != dtypes.keys():
            raise BadValue(f"expected the columns {list(dtypes)}, got {list(given)}")
        cols = {name: converted(name, dtypes[name], items) for name, items in given.items()}
        count = _length(cols)
        if not count:
            return []
        roll = self.rollover if rollover is None else rollover
        op = Stream(m, path, self.gen, self.end, count, cols, roll)
        check_place(op)
        return [op]

    def patch(self, changes: Mapping[str, Iterable[tuple[Where, Any]]]) -> None:
        """Overwrite rows: `{"x": [(3, value), (slice(0, 9), values), (range(0, 90, 10), values)]}`.

        Rows count from 0, the first that is there; from the end where negative. A slice or range
        takes as many values as it has rows, or one for all. It is one transaction. Raises
        PropertyError where something does not fit; then nothing is changed.
        """
        self._edit(self._writes, changes)

    def _writes(self, m: str, path: Path, changes: Any) -> list[Write]:
        return [
            self._write(m, path, name, where, values)
            for name, edits in changes.items()
            for where, values in edits
        ]

    def _write(self, m: str, path: Path, name: str, where: Where, values: Any) -> Write:
        if name not in self:
            raise BadValue(f"no column {name!r}")
        rows = region_of(where, len(self))
        if not isinstance(where, slice | range):
            values = [values]
        fitted = fitting(name, self.dtypes[name], values, len(rows))
        start = rows.start + self.first
        at = start if rows.step == 1 else [start, rows.stop + self.first, rows.step]
        if len(fitted) != len(rows):
            raise BadValue(f"expected {len(rows)} rows, got {len(fitted)}")
        op = Write(m, path, at, fitted, self.gen, name)
        check_write(self, op)
        return op

    def _edit(self, ops_of: Callable[..., Sequence[Stream | Write]], *what: Any) -> None:
        """Make the edits that `ops_of` returns for a model's id and a path; they are checked.

        Meanwhile nobody else edits.
        """
        model = self._model
        if model is None:
            with refused(""):
                self._edit_alone(ops_of("", ["columns"], *what))
            return
        with model._lock():
            path = path_of(self)
            try:
                ops = ops_of(model.id, path, *what)
                if len(ops) == 1:
                    edit(self, ops[0])
                elif ops:
                    self._edit_together(model, ops)
            except BadValue as error:
                raise PropertyError(f"{path[0]}: {error}") from None

    def _edit_together(self, model: Model, ops: Sequence[Stream | Write]) -> None:
        with model._batch():
            for op in ops:
                edit(self, op)

    def _edit_alone(self, ops: Sequence[Stream | Write]) -> None:
        for op in ops:
            if isinstance(op, Stream):
                self.append_rows(op.at, op.cols, op.n, op.roll)
            else:
                self.write_rows(str(op.col), rows_of(op), op.v)


def _length(cols: Mapping[str, Any]) -> int:
    """Return the number of rows of columns. Raises BadValue where they differ in it."""
    lengths = set(map(len, cols.values()))
    if len(lengths) > 1:
        raise BadValue(f"expected columns of one length, got {sorted(lengths)}")
    return lengths.pop() if lengths else 0


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Turn BadValue into the PropertyError that names the property."""
    try:
        yield
    except BadValue as error:
        raise PropertyError(f"{name}{error}") from None


def attached(model: Model, parent: Any, source: Source, at: Any) -> Columns:
    """Return columns as part of a model: a copy whose edits it hears of."""
    made = Columns.__new__(Columns)
    made.take(source.copy())
    made.rollover = getattr(source, "rollover", None)
    made._model, made._parent, made._at = model, parent, at
    return made


def _generation() -> str:
    return f"py-{next(_generations)}"
