"""Applying operations to a state (SPEC 4 and 5.4).

`apply` is deterministic, raises `Gone` before anything is changed, and returns the operations that
undo it.
"""

from __future__ import annotations

from typing import Any

from .errors import Gone
from .ops import Add, Del, Drop, Msg, Op, Path, RootAdd, RootRemove, Roots, Set, Splice, Step, Title
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
    """Apply one operation and return what undoes it, in the order to apply it."""
    match op:
        case Set():
            return _set(state, op)
        case Splice():
            return _splice(state, op)
        case Del():
            return _del(state, op)
        case Add():
            return _add(state, op)
        case Drop():
            return _drop(state, op)
        case RootAdd() | RootRemove() | Roots():
            return _roots(state, op)
        case Title():
            old, state.title = state.title, op.v
            return [Title(old)]
        case Msg():
            if not state.has(op.m):
                raise Gone("model-gone")
            return []


def attempt(state: State, op: Op) -> Undo | None:
    """Apply an operation; return None where it does not resolve."""
    try:
        return apply(state, op)
    except Gone:
        return None


def _set(state: State, op: Set) -> Undo:
    path = op.p
    if len(path) == 1:
        if not state.has(op.m):
            raise Gone("model-gone")
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
