"""Applying operations to a state (SPEC 4 and 5.4).

`apply` is deterministic, raises `Gone` or `BadValue` before anything is changed, and returns the
operations that undo it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .arrays import copied, is_array, is_own, own, read_block, write_block
from .columns import Columns
from .errors import BadValue, Gone
from .ops import (
    Add,
    Del,
    Drop,
    Msg,
    Op,
    Path,
    RootAdd,
    RootRemove,
    Roots,
    Set,
    Splice,
    Step,
    Stream,
    Title,
    Unstream,
    WireOp,
    Write,
)
from .regions import block_of, check_stream, check_write, rows_of, trimmed
from .state import UNSET, State

Undo = list[Op]


def resolve(state: State, m: str, path: Path) -> Any:
    """Return the value at a path. Raises Gone where it does not resolve."""
    if not state.has(m):
        raise Gone("model-gone")
    value = state.get(m, path[0])  # type: ignore[arg-type]
    for step in path[1:]:
        check_step(value, step)
        value = value[step]
    return value


def check_step(value: Any, step: Step) -> None:
    """Raise Gone unless `step` names an existing key of a dict or element of a list."""
    if type(step) is str:
        if isinstance(value, dict) and step in value:
            return
    elif isinstance(value, list) and 0 <= step < len(value):  # type: ignore[operator]
        return
    raise Gone("target-gone")


def apply(state: State, op: Op) -> Undo:
    """Apply one operation and return what undoes it, in the order to apply it.

    Raises Gone where it does not resolve, BadValue where a value does not fit its place.
    """
    return _BY_KIND[type(op)](state, op)


def enter(state: State, adds: Sequence[Add]) -> list[Undo]:
    """Let models enter that are not there; what undoes the first takes all of them out again."""
    for op in adds:
        state.add(op.m, op.type, op.props)
    return [[Drop([op.m for op in adds])], *[[]] * (len(adds) - 1)] if adds else []


def placed(state: State, op: WireOp) -> WireOp:
    """Return an operation as it is committed: an append with its index, a write without rows gone.

    Raises Gone where nothing is left (SPEC 4).
    """
    if isinstance(op, Splice) and op.i is None:
        items = resolve(state, op.m, op.p)
        if not isinstance(items, list):
            raise Gone("target-gone")
        return Splice(op.m, op.p, len(items), op.d, op.v)
    if isinstance(op, Write) and op.gen is not None:
        return trimmed(op, _source(state, op.m, op.p, op.gen).first)
    return op


def attempt(state: State, op: Op) -> Undo | None:
    """Apply an operation; return None where it does not resolve, or does not fit any more."""
    try:
        return apply(state, op)
    except (Gone, BadValue):
        return None


def _set(state: State, op: Set) -> Undo:
    path = op.p
    if len(path) == 1:
        old = state.put(op.m, path[0], op.v)  # type: ignore[arg-type]
        return [Set(op.m, path, old)]
    parent, key = resolve(state, op.m, path[:-1]), path[-1]
    if type(key) is str and isinstance(parent, dict):
        undo: Op = Set(op.m, path, parent[key]) if key in parent else Del(op.m, path)
        dict.__setitem__(parent, key, state.adopt(op.m, parent, op.v, key))
        return [undo]
    check_step(parent, key)
    undo = Set(op.m, path, parent[key])
    list.__setitem__(parent, key, state.adopt(op.m, parent, op.v, key))  # type: ignore[assignment]
    return [undo]


def _del(state: State, op: Del) -> Undo:
    path = op.p
    if len(path) == 1:
        old = state.get(op.m, path[0])  # type: ignore[arg-type]
        state.put(op.m, path[0], UNSET)  # type: ignore[arg-type]
        return [Set(op.m, path, old)]
    parent, key = resolve(state, op.m, path[:-1]), path[-1]
    if not isinstance(parent, dict) or type(key) is not str:
        raise Gone("target-gone")
    if key not in parent:
        return []
    undo = Set(op.m, path, parent[key])
    dict.__delitem__(parent, key)
    return [undo]


def _splice(state: State, op: Splice) -> Undo:
    items = resolve(state, op.m, op.p)
    if not isinstance(items, list):
        raise Gone("target-gone")
    start = len(items) if op.i is None else op.i
    if start < 0 or op.d < 0 or start + op.d > len(items):
        raise Gone("target-gone")
    undo = Splice(op.m, op.p, start, len(op.v), items[start : start + op.d])
    inserted = [state.adopt(op.m, items, value, at) for at, value in enumerate(op.v, start)]
    list.__setitem__(items, slice(start, start + op.d), inserted)
    return [undo]


def _source(state: State, m: str, path: Path, gen: str) -> Columns:
    source = resolve(state, m, path)
    if not isinstance(source, Columns):
        raise Gone("target-gone")
    if source.gen != gen:
        raise Gone("container-replaced")
    return source


def _stream(state: State, op: Stream) -> Undo:
    source = _source(state, op.m, op.p, op.gen)
    check_stream(source, op)
    if op.at < source.end:
        raise Gone("target-gone")
    before = source.view()
    source.append_rows(op.at, op.cols, op.n, op.roll)
    return [Unstream(op.m, op.p, op.gen, op.at, op.n, before)]


def _unstream(state: State, op: Unstream) -> Undo:
    """Undo a stream. Not undone in turn: an inverse is used once."""
    _source(state, op.m, op.p, op.gen).restore(op.v)
    return []


def _write(state: State, op: Write) -> Undo:
    if op.gen is None:
        return _write_block(state, op)
    source = _source(state, op.m, op.p, op.gen)
    check_write(source, op)
    rows, col = rows_of(op), op.col
    if rows.start < source.first:
        raise Gone("rolled-out")
    if rows.stop > source.end:
        raise Gone("target-gone")
    assert col is not None, "checked above"
    undo = Write(op.m, op.p, op.at, source.read_rows(col, rows), op.gen, col)
    source.write_rows(col, rows, op.v)
    return [undo]


def _write_block(state: State, op: Write) -> Undo:
    array = resolve(state, op.m, op.p)
    if not is_array(array):
        raise Gone("target-gone")
    check_write(array, op)
    region = block_of(op)
    undo = Write(op.m, op.p, op.at, read_block(array, region))
    if not is_own(array):
        array = copied(array)
        _replace(state, op.m, op.p, array)
        own(array)
    write_block(array, region, op.v)
    return [undo]


def _replace(state: State, m: str, path: Path, array: Any) -> None:
    if len(path) == 1:
        state.put(m, path[0], array)  # type: ignore[arg-type]
        return
    parent, key = resolve(state, m, path[:-1]), path[-1]
    kind: Any = dict if isinstance(parent, dict) else list
    kind.__setitem__(parent, key, array)


def _add(state: State, op: Add) -> Undo:
    if state.has(op.m):
        raise Gone("exists")
    state.add(op.m, op.type, op.props)
    return [Drop([op.m])]


def _drop(state: State, op: Drop) -> Undo:
    undo: Undo = []
    for m in op.ms:
        if state.has(m):
            type, props = state.drop(m)
            undo.append(Add(m, type, props))
    return undo


def _roots(state: State, op: RootAdd | RootRemove | Roots) -> Undo:
    before = list(state.roots)
    if isinstance(op, Roots):
        state.roots[:] = op.ids
        return [Roots(before)]
    if isinstance(op, RootRemove):
        if op.m not in before:
            return []
        state.roots.remove(op.m)
        return [Roots(before)]
    if not state.has(op.m):
        raise Gone("model-gone")
    if op.m in before:
        return []
    state.roots.append(op.m)
    return [Roots(before)]


def _title(state: State, op: Title) -> Undo:
    old, state.title = state.title, op.v
    return [Title(old)]


def _msg(state: State, op: Msg) -> Undo:
    if not state.has(op.m):
        raise Gone("model-gone")
    return []


_BY_KIND: dict[type, Callable[[State, Any], Undo]] = {
    Set: _set,
    Splice: _splice,
    Stream: _stream,
    Write: _write,
    Del: _del,
    Add: _add,
    Drop: _drop,
    RootAdd: _roots,
    RootRemove: _roots,
    Roots: _roots,
    Title: _title,
    Msg: _msg,
    Unstream: _unstream,
}
