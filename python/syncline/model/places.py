"""Where a list, dict or columnar source stands inside its model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import structs

from syncline.core.apply import apply
from syncline.core.ops import Set
from syncline.core.state import PlainState

if TYPE_CHECKING:
    from syncline.core.ops import Addressed, Path

    from .model import Model

FIXED = ""
"""The parent of what stands inside a tuple or set: it is only replaced with that as a whole."""


class Placed(Protocol):
    """What has a place: in another container, or as the value of a property."""

    _model: Model
    _parent: Any
    """The container it stands in, or the property's name."""
    _at: Any
    """Its key or index there when it was last looked for."""


def path_of(child: Placed) -> Path:
    """Return where something stands. Raises LookupError once it was removed."""
    parent = child._parent
    if isinstance(parent, str):
        if parent == FIXED:
            raise LookupError("what stands inside a tuple or set is replaced with it")
        if child._model._values.get(parent) is not child:
            raise LookupError(f"this {_noun(child)} is no longer part of its model")
        return [parent]
    path = path_of(parent)
    path.append(_find(parent, child))
    return path


def _find(parent: Any, child: Placed) -> Any:
    """Return the key or index of a child, looking from where it was last seen."""
    at = child._at
    if isinstance(parent, dict):
        if parent.get(at) is child:
            return at
    else:
        for index in outward(at, len(parent)):
            if parent[index] is child:
                child._at = index
                return index
    raise LookupError(f"this {_noun(child)} is no longer part of its model")


def outward(at: int, length: int) -> Iterator[int]:
    """Yield the indices of a list, those near `at` first."""
    at = min(at, length - 1)
    for away in range(length):
        if away <= at:
            yield at - away
        if away and at + away < length:
            yield at + away


def addressable(place: Any) -> bool:
    """Tell whether all dicts on the way have nothing but text as keys (SPEC 2.1)."""
    while not isinstance(place, str):
        if not getattr(place, "_text", True):
            return False
        place = place._parent
    return True


def edit(child: Placed, op: Addressed) -> None:
    """Make an edit of what a place holds; one that others cannot address replaces the property."""
    model = child._model
    if addressable(child):
        model._edit(op)
        return
    name, *steps = path_of(child)
    plain = PlainState()
    plain.add(op.m, "", {"child": child})
    apply(plain, structs.replace(op, p=["child", *op.p[1 + len(steps) :]]))
    whole = _with(model._values[str(name)], steps, plain.get(op.m, "child"))
    model._edit(Set(op.m, [name], whole))


def _with(value: Any, steps: list[Any], new: Any) -> Any:
    """Return a copy of a value with another at a place inside; keys may be of any kind."""
    if not steps:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[steps[0]] = _with(value[steps[0]], steps[1:], new)
    return copy


def _noun(child: object) -> str:
    for kind in (list, dict):
        if isinstance(child, kind):
            return kind.__name__
    return "source"
