"""Properties of models: `prop()` and the descriptor behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from syncline.core.values import ATOMS, settled

from .containers import ObservedDict, ObservedList, observed
from .errors import PropertyError
from .kinds import ANY, Kind

if TYPE_CHECKING:
    from .model import Model

_SETTLED = ATOMS - {str}
_CONTAINERS = frozenset({ObservedDict, ObservedList})


class Prop:
    """The descriptor of one property."""

    kind: Kind = ANY

    def __init__(
        self,
        default: Any,
        factory: Callable[[], Any] | None,
        *,
        client: bool,
        sync: bool,
        saved: bool,
        doc: str,
        check: Callable[[Any], Any] | None,
    ) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.client = client
        """Whether a client may write it."""
        self.sync = sync
        self.saved = saved
        self.custom = check
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, model: Model | None, owner: type) -> Any:
        if model is None:
            return self
        try:
            return model._values[self.name]
        except KeyError:
            return self.materialize(model)

    def __set__(self, model: Model, value: Any) -> None:
        if type(value) in _CONTAINERS and model._values.get(self.name) is value:
            # The second half of `model.items += [..]`, which has edited it already.
            return
        value = self.validate(value)
        model._put(self, value)

    def validate(self, value: Any) -> Any:
        """Return the value as it is stored. Raises PropertyError."""
        try:
            value = self.kind.check(value)
            if self.custom:
                value = self.custom(value)
            return settled(value) if self.sync and type(value) not in _SETTLED else value
        except PropertyError as error:
            raise PropertyError(f"{self.name}: {error}") from None
        except (ValueError, TypeError) as error:
            raise PropertyError(f"{self.name}: {error}") from error

    def materialize(self, model: Model) -> Any:
        """Return the default; a list or dict is stored, so that its edits are seen."""
        value = self.factory() if self.factory else self.default
        if type(value) in ATOMS:
            return value
        value = observed(model, self.name, settled(value) if self.sync else value)
        model._values[self.name] = value
        return value


def prop(
    default: Any = None,
    *,
    factory: Callable[[], Any] | None = None,
    client: bool = False,
    sync: bool = True,
    saved: bool = True,
    doc: str = "",
    check: Callable[[Any], Any] | None = None,
) -> Any:
    """Declare a property of a model; its type is the annotation.

    `client` lets views write it. `sync=False` keeps it in Python; `saved=False` out of notebooks,
    exports and stores. `check` is called with each value and returns it, adjusted or not, or raises
    ValueError.
    """
    if isinstance(default, list | dict):
        default, factory = None, default.copy
    return Prop(default, factory, client=client, sync=sync, saved=saved, doc=doc, check=check)
