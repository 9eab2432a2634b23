"""Properties that follow each other, as `traitlets.link` and `dlink` have them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from syncline.core.columns import Columns as Source
from syncline.core.state import UNSET
from syncline.core.values import clone, equal

from .containers import ObservedList

if TYPE_CHECKING:
    from .event import Event
    from .model import Model

End = tuple["Model", str]
Transform = Callable[[Any], Any]


class Link:
    """Two properties of which one follows the other, or each the other, until `unlink`."""

    def __init__(self, ends: tuple[End, End], ways: tuple[Transform, Transform | None]) -> None:
        for model, name in ends:
            if name not in model._props:
                raise ValueError(f"{type(model).__name__} has no property {name!r}")
        self._ends = ends
        self._ways = ways
        self._echo: list[Any] = [UNSET, UNSET]
        """What the link itself set last at each end, until that end tells of it."""
        self._busy: int | None = None
        """The thread in which the link is setting a property."""
        self._observers = [partial(self._changed, side) for side in (0, 1) if ways[side]]
        self._carry(0)
        for (model, name), observer in zip(ends, self._observers, strict=False):
            model.observe(observer, name)

    def unlink(self) -> None:
        """Let the properties go their own ways; twice is fine."""
        for (model, name), observer in zip(self._ends, self._observers, strict=False):
            model.unobserve(observer, name)

    def _changed(self, side: int, event: Event) -> None:
        expected, self._echo[side] = self._echo[side], UNSET
        if self._busy == threading.get_ident():
            return
        if expected is UNSET or not equal(expected, event.new):
            self._carry(side)

    def _carry(self, side: int) -> None:
        """Set the other end, unless it has the value already: that ends every circle of links."""
        (model, name), (other, target) = self._ends[side], self._ends[1 - side]
        transform = self._ways[side]
        assert transform is not None, "this side is observed"
        value = other._props[target].validate(transform(getattr(model, name)))
        current = getattr(other, target)
        if _alike(current, value):
            return
        self._busy = threading.get_ident()
        try:
            if isinstance(current, ObservedList) and isinstance(value, list):
                # What both have stays where it is and does not travel.
                current[:] = value
            else:
                setattr(other, target, value)
        finally:
            self._busy = None
        self._echo[1 - side] = clone(getattr(other, target))


def _alike(a: Any, b: Any) -> bool:
    """Tell whether two values are equal; columns are by what is in them."""
    if isinstance(a, Source) and isinstance(b, Source):
        return equal(dict(a.peek()), dict(b.peek()))
    return equal(a, b)


def _same(value: Any) -> Any:
    return value


def link(source: End, target: End, transform: tuple[Transform, Transform] | None = None) -> Link:
    """Let two properties, given as (model, "name"), follow each other; `target` begins with it.

    `transform` is a pair of functions: to the target, and back. Raises PropertyError where the
    target does not take the source's value.
    """
    return Link((source, target), transform or (_same, _same))


def dlink(source: End, target: End, transform: Transform | None = None) -> Link:
    """Let the property `target` follow `source`, both given as (model, "name")."""
    return Link((source, target), (transform or _same, None))
