"""Other ids for models, in values and in operations (SPEC 3.1 and 5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from .columns import Columns
from .ops import Add, Op, Unstream
from .values import ATOMS, Ref

replace = msgspec.structs.replace
Ids = Mapping[str, str]
"""New ids of models, and new names of generations, by the old ones."""


def renamed(value: Any, ids: Ids) -> Any:
    """Return a value whose references and sources have the new names.

    Models themselves stay as they are; a source changes its name in place.
    """
    if type(value) in ATOMS:
        return value
    if type(value) is Ref:
        return Ref(ids.get(value.id, value.id))
    if isinstance(value, Columns):
        value.gen = ids.get(value.gen, value.gen)
    if isinstance(value, list):
        return [renamed(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: renamed(item, ids) for key, item in value.items()}
    if isinstance(value, tuple | set | frozenset):
        return type(value)(renamed(item, ids) for item in value)
    return value


def renamed_op(op: Op, ids: Ids) -> Op:
    """Return an operation that means the models with the new ids."""
    changes: dict[str, Any] = {}
    for name in op.__struct_fields__:
        value = getattr(op, name)
        if name in ("m", "gen"):
            changes[name] = ids.get(value, value)
        elif name in ("ms", "ids"):
            changes[name] = [ids.get(m, m) for m in value]
        elif name in ("v", "props", "data") and not isinstance(op, Unstream):
            changes[name] = renamed(value, ids)
    return replace(op, **changes)


def made(ops: Iterable[Op]) -> Iterator[str]:
    """Yield the ids of the models and the names of the generations that operations bring in."""
    for op in ops:
        if isinstance(op, Add):
            yield op.m
            yield from gens(op.props)
        else:
            yield from gens(getattr(op, "v", None))


def gens(value: Any) -> Iterator[str]:
    """Yield the names of the generations of all sources inside a value."""
    if isinstance(value, Columns):
        yield value.gen
    elif isinstance(value, dict):
        yield from gens(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from gens(item)
