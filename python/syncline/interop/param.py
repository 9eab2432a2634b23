"""Links between models and `param.Parameterized` objects, such as those of Panel.

    from syncline.interop.param import link

    link((slider, "value"), (settings, "gain"))
    link((model, ["low", "high"]), (settings, ["low", "high"]))
    dlink((model, "name"), (settings, "title"), str.upper)

Either end may be a model or a Parameterized object, and name one property or several. Several are
carried over together: in one transaction of the document, in one `param.update`. So what is set
inside `batch_call_watchers` or `param.update` on the other side is one revision here.

A value that one side does not take raises where it was set on a Parameterized object; both sides
have their old value then. For a model in a document the error is reported as that of a callback. A
link ends with `unlink()`, and when one of its objects is gone: it keeps none alive.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from syncline.core.values import clone
from syncline.model import Model

from .links import End, Link, ModelSide, Side, Transform, Values, identity, names_of

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
    from param import Parameterized

    if isinstance(end[0], Model):
        return ModelSide(end[0], names_of(end))
    if isinstance(end[0], Parameterized):
        return ParamSide(end[0], names_of(end))
    raise TypeError(f"expected a model or a Parameterized object, got {type(end[0]).__name__}")


class ParamSide:
    """Parameters of a Parameterized object."""

    def __init__(self, parameterized: Any, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in parameterized.param:
                raise ValueError(f"{type(parameterized).__name__} has no parameter {name!r}")
        self.names = names
        self._ref: Callable[[], Any] = weakref.ref(parameterized)

    @property
    def owner(self) -> Any:
        return self._ref()

    def get(self, name: str) -> Any:
        return clone(getattr(self._ref(), name))

    def set(self, values: Values) -> None:
        if (parameterized := self._ref()) is not None:
            parameterized.param.update(**values)

    def watch(self, changed: Callable[..., None]) -> Callable[[], None]:
        ref, first = self._ref, self.names[0]

        def follow(*events: Any) -> None:
            changed()

        def stop() -> None:
            # Looked for only now: a watcher keeps its object alive.
            if (parameterized := ref()) is not None:
                watchers = parameterized.param.watchers[first]["value"]
                found = [watcher for watcher in watchers if watcher.fn is follow]
                for watcher in found:
                    parameterized.param.unwatch(watcher)

        ref().param.watch(follow, list(self.names))
        return stop
