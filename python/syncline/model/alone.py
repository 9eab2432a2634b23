"""The state of a model that is in no document: the model itself, under any id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .containers import observed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncline.core.ops import Step

    from .model import Model


class Alone:
    """Lets `core.apply` edit the lists and dicts of one model."""

    title = ""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.roots: list[str] = []

    def has(self, m: str) -> bool:
        return m == self.model.id

    def items(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        return [(self.model.id, self.model.type_name, self.model.values())]

    def ids(self) -> Iterable[str]:
        return [self.model.id]

    def props(self, m: str) -> dict[str, Any]:
        return self.model.values()

    def get(self, m: str, name: str) -> Any:
        return getattr(self.model, name)

    def put(self, m: str, name: str, value: Any) -> Any:
        old = getattr(self.model, name)
        self.model._values[name] = observed(self.model, name, value)
        return old

    def adopt(self, m: str, parent: Any, value: Any, at: Step) -> Any:
        return observed(self.model, parent, value, at=at)

    def expect(self, m: str, type: str) -> None:
        raise TypeError("a model alone takes no others")

    def forget(self, m: str) -> None:
        raise TypeError("a model alone takes no others")

    def add(self, m: str, type: str, props: dict[str, Any]) -> None:
        raise TypeError("a model alone takes no others")

    def drop(self, m: str) -> tuple[str, dict[str, Any]]:
        raise TypeError("a model alone takes no others")

    def rename(self, ids: Any) -> None:
        raise TypeError("a model alone has one id")
