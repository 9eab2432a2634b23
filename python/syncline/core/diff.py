"""The difference of two plain states as operations (SPEC 5.6).

Used to rebase pending edits over a snapshot, so it answers in the terms the transform knows: dict
keys, one trimmed splice per list, and of a source of one generation the rows that changed or came.
"""

from __future__ import annotations

from typing import Any

from .columns import Columns, bits, cut_rows
from .ops import (
    Add,
    Del,
    Drop,
    Op,
    Path,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Write,
)
from .state import PlainState
from .values import differing, equal


def diff(old: PlainState, new: PlainState) -> list[Op]:
    """Return operations that turn `old` into `new`, as one transaction."""
    ops: list[Op] = []
    if old.title != new.title:
        ops.append(Title(new.title))
    for m, model in new.models.items():
        before = old.models.get(m)
        if before is None or before.type != model.type:
            if before is not None:
                ops.append(Drop([m]))
            ops.append(Add(m, model.type, model.props))
        else:
            _keys(ops, m, [], before.props, model.props)
    ops += _roots(old.roots, new.roots)
    gone = [m for m in old.models if m not in new.models]
    return [*ops, Drop(gone)] if gone else ops


def _roots(old: list[str], new: list[str]) -> list[Op]:
    """Return what turns the order of the roots into another: what stands in the way comes again."""
    wanted = set(new)
    gone: list[Op] = [RootRemove(m) for m in old if m not in wanted]
    kept = [m for m in old if m in wanted]
    same = next((at for at, m in enumerate(kept) if m != new[at]), len(kept))
    return [*gone, *map(RootRemove, kept[same:]), *map(RootAdd, new[same:])]


def _keys(ops: list[Op], m: str, path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    ops += [Del(m, [*path, key]) for key in old if key not in new]
    for key, value in new.items():
        if key not in old:
            ops.append(Set(m, [*path, key], value))
        elif not equal(old[key], value):
            _walk(ops, m, [*path, key], old[key], value)


def _walk(ops: list[Op], m: str, path: Path, old: Any, new: Any) -> None:
    if isinstance(old, list) and isinstance(new, list):
        ops.append(_splice(m, path, old, new))
    elif (
        isinstance(old, dict) and isinstance(new, dict) and _addressable(old) and _addressable(new)
    ):
        _keys(ops, m, path, old, new)
    elif isinstance(old, Columns) and isinstance(new, Columns) and _grown(old, new):
        _rows(ops, m, path, old, new)
    else:
        ops.append(Set(m, path, new))


def _addressable(value: dict[Any, Any]) -> bool:
    return all(type(key) is str for key in value)


def _splice(m: str, path: Path, old: list[Any], new: list[Any]) -> Splice:
    changed = differing(old, new)
    tail = len(new) - changed.stop
    return Splice(
        m, path, changed.start, len(old) - tail - changed.start, new[changed.start : changed.stop]
    )


def _grown(old: Columns, new: Columns) -> bool:
    """Tell whether rows that came and rows that were written make one source of the other."""
    if (old.gen, old.dtypes) != (new.gen, new.dtypes):
        return False
    # Rows leave only where others come.
    return new.first == old.first <= old.end <= new.end or (
        old.first < new.first < new.end > old.end
    )


def _rows(ops: list[Op], m: str, path: Path, old: Columns, new: Columns) -> None:
    at = max(old.end, new.first)
    kept = range(new.first, at)
    for name in new.dtypes if kept else ():
        before, after = old.read_rows(name, kept), new.read_rows(name, kept)
        # As bits, NaN is equal to NaN.
        lists = new.dtypes[name] is None
        changed = differing(before, after) if lists else differing(bits(before), bits(after))
        if changed:
            rows = cut_rows(after, changed.start, changed.stop)
            ops.append(Write(m, path, new.first + changed.start, rows, new.gen, name))
    if new.end > at:
        cols = {name: new.read_rows(name, range(at, new.end)) for name in new.dtypes}
        roll = new.end - new.first if new.first > old.first else None
        ops.append(Stream(m, path, new.gen, at, new.end - at, cols, roll))
