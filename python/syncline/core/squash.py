"""Fewer operations with the same outcome, for readers that lag behind (SPEC 5.7).

One walk from the last operation to the first: what is overwritten later, or belongs to a model
that is dropped later, is left out. Nothing moves across a `msg`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .columns import cut_rows, join_rows
from .errors import Gone
from .ops import (
    Add,
    Addressed,
    Del,
    Drop,
    Msg,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Write,
)
from .regions import rows_of, trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ops import Path, Step


def squash(ops: Sequence[Op]) -> list[Op]:
    """Return fewer operations that make the same of the state before them."""
    out: list[Op] = []
    begin = 0
    for index, op in enumerate(ops):
        if isinstance(op, Msg):
            out += [*_Walk(ops[begin:index]).result(), op]
            begin = index + 1
    return out + _Walk(ops[begin:]).result()


class _Place:
    """An address, as seen from the operations after the one at hand."""

    __slots__ = ("inner", "overwritten", "regions", "rows")

    def __init__(self) -> None:
        self.inner: dict[Step, _Place] = {}
        self.overwritten = False
        """Whether all that was here before is replaced later."""
        self.rows: _Rows | None = None
        self.regions: set[Any] = set()
        """Regions of an array that are overwritten later."""


class _Rows:
    """What happens to the rows of one source, the last operation first."""

    __slots__ = ("gen", "indexes")

    def __init__(self, gen: str) -> None:
        self.gen = gen
        self.indexes: list[int] = []


class _Walk:
    def __init__(self, ops: Sequence[Op]) -> None:
        self.out: list[Op | None] = list(ops)
        self.places: dict[str, _Place] = {}
        self.dropped: dict[str, int] = {}
        """Models that are dropped later, and where."""
        self.sources: list[_Rows] = []
        self.roots: dict[str, list[int]] = {}
        self.titled = False

    def result(self) -> list[Op]:
        for index in reversed(range(len(self.out))):
            op = self.out[index]
            if isinstance(op, Addressed):
                self._edit(index, op)
            elif isinstance(op, Title):
                self._title(index)
            elif isinstance(op, RootAdd | RootRemove):
                self.roots.setdefault(op.m, []).append(index)
            elif isinstance(op, Add):
                self._add(index, op.m)
            else:
                assert isinstance(op, Drop), "no inverses are committed"
                self.dropped.update(dict.fromkeys(op.ms, index))
        for indexes in self.roots.values():
            self._settle_roots(indexes)
        for rows in self.sources:
            _join(self.out, rows.indexes[::-1])
        return [op for op in self.out if op is not None]

    def _title(self, index: int) -> None:
        if self.titled:
            self.out[index] = None
        self.titled = True

    # Edits of values

    def _edit(self, index: int, op: Addressed) -> None:
        place = None if op.m in self.dropped else self._place(op.m, op.p)
        if place is None:
            self.out[index] = None
        elif isinstance(op, Set | Del):
            # A property that is absent cannot be removed: what set it before must stay.
            place.overwritten = isinstance(op, Set) or len(op.p) > 1
        elif isinstance(op, Splice):
            # Before it, an index meant another element.
            place.inner.clear()
        elif isinstance(op, Write) and op.gen is None:
            self._block(index, op, place)
        else:
            self._rows(index, op.gen or "", place)

    def _place(self, m: str, path: Path) -> _Place | None:
        """Return the place of a path, or None where it is overwritten later."""
        place = self.places.setdefault(m, _Place())
        for step in path:
            place = place.inner.setdefault(step, _Place())
            if place.overwritten:
                return None
        return place

    def _rows(self, index: int, gen: str, place: _Place) -> None:
        if place.rows is None or place.rows.gen != gen:
            place.rows = _Rows(gen)
            self.sources.append(place.rows)
        place.rows.indexes.append(index)

    def _block(self, index: int, op: Write, place: _Place) -> None:
        region = repr(op.at)
        if region in place.regions:
            self.out[index] = None
        place.regions.add(region)

    # Models

    def _add(self, index: int, m: str) -> None:
        """Leave out a model that is dropped again; before it, the id meant another one."""
        self.places.pop(m, None)
        drop = self.dropped.pop(m, None)
        roots = [at for at in self.roots.get(m, ()) if drop is not None and at < drop]
        if drop is None or (roots and self._outlives(roots)):
            return
        for at in (index, *roots):
            self.out[at] = None
        later = self.out[drop]
        assert isinstance(later, Drop), "kept until all of its models were added"
        left = [other for other in later.ms if other != m]
        self.out[drop] = Drop(left) if left else None

    def _outlives(self, roots: list[int]) -> bool:
        """Tell whether the id was a root before its model came, or is one after it has gone."""
        return isinstance(self.out[roots[-1]], RootRemove) or isinstance(
            self.out[roots[0]], RootAdd
        )

    def _settle_roots(self, indexes: list[int]) -> None:
        """Keep one removal and the first entry after the last one; `indexes` run backwards."""
        left = [index for index in indexes if self.out[index] is not None]
        removal = next((at for at in left if isinstance(self.out[at], RootRemove)), -1)
        entries = [at for at in left if at > removal]
        for at in left:
            if at != removal and at != min(entries, default=-1):
                self.out[at] = None


def _join(out: list[Op | None], indexes: list[int]) -> None:
    """Join the streams of one source, without the rows that are rolled out in the end."""
    first = _first(out, indexes)
    run: list[Stream] = []
    at = 0
    overwritten: set[Any] = set()
    for index in indexes:
        op = out[index]
        if isinstance(op, Stream):
            out[index] = None
            if run and run[0].roll != op.roll:
                out[at], run = _joined(run, first), []
            if not run:
                at = index
            run.append(op)
    if run:
        out[at] = _joined(run, first)
    for index in reversed(indexes):
        op = out[index]
        if isinstance(op, Write):
            out[index] = _kept(op, first, overwritten)


def _first(out: list[Op | None], indexes: list[int]) -> int:
    """Return the row before which nothing is left in the end."""
    first, end = 0, None
    for index in indexes:
        op = out[index]
        if isinstance(op, Stream):
            if end is not None and op.at > end:
                first = op.at
            end = op.at + op.n
            first = max(first, end - (op.roll or end))
    return first


def _joined(run: list[Stream], first: int) -> Stream | None:
    streams = [op for op in run if op.at + op.n > first]
    if not streams:
        return None
    op = streams[0]
    skip = max(0, first - op.at)
    if len(streams) == 1 and not skip:
        return op
    n = sum(each.n for each in streams) - skip
    cols = {}
    for name in op.cols:
        head = cut_rows(op.cols[name], skip, None)
        cols[name] = join_rows([head, *(each.cols[name] for each in streams[1:])])
    return Stream(op.m, op.p, op.gen, op.at + skip, n, cols, op.roll)


def _kept(op: Write, first: int, overwritten: set[Any]) -> Write | None:
    """Return what is left of a write, or None where its rows are rolled out or written later."""
    try:
        op = trimmed(op, first)
    except Gone:
        return None
    region = op.col, rows_of(op)
    if region in overwritten:
        return None
    overwritten.add(region)
    return op
