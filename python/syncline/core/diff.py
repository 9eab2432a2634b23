"""The difference of two plain states as operations (SPEC 5.6).

Used to rebase pending edits over a snapshot, so it answers in the terms the transform knows: dict
keys, and one trimmed splice per list.
"""

from __future__ import annotations

from typing import Any

from .ops import Add, Del, Drop, Op, Path, RootAdd, RootRemove, Set, Splice, Title
from .state import PlainState
from .values import equal


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
    ops += [RootRemove(m) for m in old.roots if m not in new.roots]
    ops += [RootAdd(m) for m in new.roots if m not in old.roots]
    gone = [m for m in old.models if m not in new.models]
    return [*ops, Drop(gone)] if gone else ops


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
    else:
        ops.append(Set(m, path, new))


def _addressable(value: dict[Any, Any]) -> bool:
    return all(type(key) is str for key in value)


def _splice(m: str, path: Path, old: list[Any], new: list[Any]) -> Splice:
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and equal(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shortest - head and equal(old[-1 - tail], new[-1 - tail]):
        tail += 1
    return Splice(m, path, head, len(old) - head - tail, new[head : len(new) - tail])
