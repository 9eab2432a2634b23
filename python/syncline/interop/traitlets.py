"""Links between models and `traitlets.HasTraits` objects, such as ipywidgets.

    from syncline.interop.traitlets import link

    link((slider, "value"), (widget, "value"))
    link((model, ["low", "high"]), (widget, ["min", "max"]))
    dlink((model, "name"), (widget, "description"), str.upper)

Either end may be a model or a HasTraits object, and name one property or several. Several are
carried over together: in one transaction of the document, in one `hold_trait_notifications`. What
is set inside `hold_trait_notifications` on the other side is one revision here.

A value that one side does not take raises where it was set on a HasTraits object; both sides
have their old value then. For a model in a document the error is reported as that of a callback. A
link ends with `unlink()`, and when one of its objects is gone: it keeps none alive.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from syncline.core.values import clone
from syncline.model import Model

from .links import End, Link, ModelSide, Side, Transform, Values, identity, names_of

if TYPE_CHECKING:
    from traitlets import HasTraits

__all__ = ["directional_link", "dlink", "link"]


def link(source: End, target: End, transform: tuple[Transform, Transform] | None = None) -> Link:
    """Let properties follow each other, given as (object, name or names); the source begins.

    `transform` is a pair of functions: of each value to the target, and back. Raises ValueError for
    an unknown name, and what the target raises when it does not take the source's value.
    """
    there, back = transform or (identity, identity)
    return Link((_side(source), _side(target)), (there, back))


def directional_link(source: End, target: End, transform: Transform | None = None) -> Link:
    """Let the target's properties follow the source's, given as (object, name or names)."""
    return Link((_side(source), _side(target)), (transform or identity, None))


dlink = directional_link


def _side(end: End) -> Side:
    from traitlets import HasTraits

    if isinstance(end[0], Model):
        return ModelSide(end[0], names_of(end))
    if isinstance(end[0], HasTraits):
        return TraitsSide(end[0], names_of(end))
    raise TypeError(f"expected a model or a HasTraits object, got {type(end[0]).__name__}")


class TraitsSide:
    """Traits of a HasTraits object."""

    def __init__(self, traits: HasTraits, names: tuple[str, ...]) -> None:
        for name in names:
            if not traits.has_trait(name):
                raise ValueError(f"{type(traits).__name__} has no trait {name!r}")
        self.names = names
        self._ref = weakref.ref(traits)

    @property
    def owner(self) -> HasTraits | None:
        return self._ref()

    def get(self, name: str) -> Any:
        return clone(getattr(self._ref(), name))

    def set(self, values: Values) -> None:
        traits = self._ref()
        if traits is None:
            return
        # With one trait the error is the trait's own, raised before anything is changed.
        with traits.hold_trait_notifications() if len(values) > 1 else nullcontext():
            for name, value in values.items():
                setattr(traits, name, value)

    def watch(self, changed: Callable[..., None]) -> Callable[[], None]:
        ref = self._ref

        def follow(change: Any) -> None:
            changed()

        def stop() -> None:
            if (traits := ref()) is not None:
                traits.unobserve(follow, list(self.names))

        traits = ref()
        assert traits is not None, "the caller has it"
        traits.observe(follow, list(self.names))
        return stop
