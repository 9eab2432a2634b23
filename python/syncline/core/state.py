"""What operations are applied to: the `State` protocol, and the plain one of replicas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from .errors import Gone
from .rename import renamed
from .values import clone

if TYPE_CHECKING:
    from .ops import Step
    from .rename import Ids

UNSET: Any = type("Unset", (), {"__repr__": lambda _: "UNSET", "__slots__": ()})()
"""The value of a property that a state does not hold."""


class State(Protocol):
    """A document's content, as `apply` needs it.

    Lists and dicts inside property values are changed in place through the builtin methods, so a
    subclass that observes its own edits does not see those of `apply`.
    """

    title: str
    roots: list[str]

    def has(self, m: str) -> bool:
        """Tell whether the model is in the document."""
        ...

    def items(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        """Yield (id, type, property values) of every model."""
        ...

    def ids(self) -> Iterable[str]:
        """Return the ids of all models."""
        ...

    def props(self, m: str) -> dict[str, Any]:
        """Return the property values of a model. Raises Gone for an unknown one."""
        ...

    def get(self, m: str, name: str) -> Any:
        """Return a property's value. Raises Gone for an unknown model or property."""
        ...

    def put(self, m: str, name: str, value: Any) -> Any:
        """Store a property's value, return the old one or UNSET; UNSET as the value removes it.

        Raises Gone for an unknown model.
        """
        ...

    def adopt(self, m: str, parent: Any, value: Any, at: Step) -> Any:
        """Return the value in the form this state stores at `at` of the list or dict `parent`."""
        ...

    def expect(self, m: str, type: str) -> None:
        """Make a model known before it is added, so that references to it resolve in any order."""
        ...

    def forget(self, m: str) -> None:
        """End what `expect` began, whether the model was added or not."""
        ...

    def add(self, m: str, type: str, props: dict[str, Any]) -> None:
        """Let a model enter."""
        ...

    def drop(self, m: str) -> tuple[str, dict[str, Any]]:
        """Let a model leave, return its type and property values."""
        ...

    def rename(self, ids: Ids) -> None:
        """Give models other ids, all at once."""
        ...


class PlainModel:
    """A model as a type name and a dict of values."""

    __slots__ = ("props", "type")

    def __init__(self, type: str, props: dict[str, Any]) -> None:
        self.type = type
        self.props = props


class PlainState:
    """A document's content as plain values, for replicas, snapshots and vectors."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self.roots: list[str] = []
        self.models: dict[str, PlainModel] = {}

    def has(self, m: str) -> bool:
        return m in self.models

    def items(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        return ((m, model.type, model.props) for m, model in self.models.items())

    def ids(self) -> Iterable[str]:
        return self.models

    def props(self, m: str) -> dict[str, Any]:
        return self._model(m).props

    def get(self, m: str, name: str) -> Any:
        model = self._model(m)
        if name not in model.props:
            raise Gone("target-gone")
        return model.props[name]

    def put(self, m: str, name: str, value: Any) -> Any:
        props = self._model(m).props
        old = props.get(name, UNSET)
        if value is UNSET:
            props.pop(name, None)
        else:
            props[name] = clone(value)
        return old

    def adopt(self, m: str, parent: Any, value: Any, at: Step) -> Any:
        return clone(value)

    def expect(self, m: str, type: str) -> None:
        pass

    def forget(self, m: str) -> None:
        pass

    def add(self, m: str, type: str, props: dict[str, Any]) -> None:
        self.models[m] = PlainModel(type, clone(props))

    def drop(self, m: str) -> tuple[str, dict[str, Any]]:
        model = self.models.pop(m)
        return model.type, model.props

    def rename(self, ids: Ids) -> None:
        self.roots[:] = [ids.get(m, m) for m in self.roots]
        models, self.models = self.models, {}
        for m, model in models.items():
            model.props = renamed(model.props, ids)
            self.models[ids.get(m, m)] = model

    def _model(self, m: str) -> PlainModel:
        model = self.models.get(m)
        if model is None:
            raise Gone("model-gone")
        return model
