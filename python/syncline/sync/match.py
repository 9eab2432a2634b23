"""Which model of a rebuilt document is which of the old one (SPEC 5.6, across epochs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from syncline.core.values import Reference

if TYPE_CHECKING:
    from syncline.core.state import State

Known = dict[str, tuple[str, dict[str, Any]]]
Pair = tuple[str, str]


def match(old: State, new: State) -> dict[str, str]:
    """Return ids of `new` by ids of `old`: equal `key`, else equal place and type, never by id."""
    before = {m: (type, props) for m, type, props in old.items()}
    after = {m: (type, props) for m, type, props in new.items()}
    found: dict[str, str] = {}
    taken: set[str] = set()
    todo = deque([*_keyed(before, after), *zip(old.roots, new.roots, strict=False)])
    while todo:
        a, b = todo.popleft()
        if a in found or b in taken or a not in before or b not in after:
            continue
        if before[a][0] != after[b][0]:
            continue
        found[a] = b
        taken.add(b)
        todo += _below(before[a][1], after[b][1])
    return found


def _keyed(before: Known, after: Known) -> Iterator[Pair]:
    known = {(type, key): m for m, (type, props) in before.items() if (key := _key(props))}
    for m, (type, props) in after.items():
        key = _key(props)
        if key and (type, key) in known:
            yield known[type, key], m


def _key(props: dict[str, Any]) -> str | None:
    key = props.get("key")
    return key if isinstance(key, str) else None


def _below(a: Any, b: Any) -> Iterator[Pair]:
    """Yield what two values refer to in the same places."""
    if isinstance(a, Reference) and isinstance(b, Reference):
        yield a.id, b.id
    elif isinstance(a, dict) and isinstance(b, dict):
        for key in a.keys() & b.keys():
            yield from _below(a[key], b[key])
    elif isinstance(a, list) and isinstance(b, list):
        for left, right in zip(a, b, strict=False):
            yield from _below(left, right)
