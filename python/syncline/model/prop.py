"""Properties of models: `prop()` and the descriptor behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from syncline.core.values import ATOMS, settled

from .columns import Columns
from .constraints import NONE, Constraints
from .containers import ObservedDict, ObservedList, observed
from .errors import PropertyError
from .kinds import ANY, Kind

if TYPE_CHECKING:
    from .model import Model

_SETTLED = ATOMS - {str}
_CONTAINERS = frozenset({ObservedDict, ObservedList})
_unlocked: ContextVar[frozenset[tuple[int, str]]] = ContextVar("unlocked", default=frozenset())
"""The read-only properties, by model and name, that the code of a model is setting."""


class Prop:
    """The descriptor of one property."""

    def __init__(
        self,
        default: Any,
        factory: Callable[[], Any] | None,
        *,
        client: bool,
        sync: bool,
        saved: bool,
        doc: str,
        constraints: Constraints,
        check: Callable[[Any], Any] | None,
    ) -> None:
        self.name = ""
        self.default = _uncounted(default)
        self.factory = factory
        self.client = client
        """Whether a client may write it."""
        self.sync = sync
        self.saved = saved
        self.constraints = constraints
        self.custom = check
        self.__doc__ = doc
        steps = (None if constraints == NONE else constraints, check)
        self._steps = tuple(step for step in steps if step is not None)
        self.take(ANY)
        self.plain = factory is None and type(default) in ATOMS
        """Whether all models share the default."""
        self.whole = check is not None or constraints.inside
        """Whether an edit inside its value is checked as a change of the whole."""

    def take(self, kind: Kind) -> None:
        """Hold values of a kind from now on."""
        self.kind = kind
        self.exact = None if self._steps else kind.exact
        """A type whose values need no look; texts are looked at unless they are ASCII."""
        self._settle = self.sync and not (kind.settled and self.custom is None)

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

    def allow(self, model: Model) -> None:
        """Raise PropertyError where this code may not set it."""

    def validate(self, value: Any) -> Any:
        """Return the value as it is stored. Raises PropertyError."""
        kind = type(value)
        if kind is self.exact and (kind is not str or value.isascii()):
            return value
        try:
            value = self.kind.check(value)
            for step in self._steps:
                value = step(value)
            if type(value) in _SETTLED:
                return value
            if type(value) is Columns:
                return value.renewed()
            return settled(value) if self._settle else value
        except (ValueError, TypeError) as error:
            raise self.refusal(error) from (None if isinstance(error, PropertyError) else error)

    def refusal(self, error: Exception) -> PropertyError:
        """Return the error that names the property; what is not saved is not shown either."""
        text = str(error) if self.saved else f"expected {self.kind.name}, got another value"
        return PropertyError(f"{self.name}: {text}")

    def materialize(self, model: Model) -> Any:
        """Return the default; a list or dict is stored, so that its edits are seen."""
        value = self.factory() if self.factory else self.default
        if type(value) in ATOMS:
            return value
        value = observed(model, self.name, settled(value) if self.sync else value)
        model._values[self.name] = value
        return value


class ReadonlyProp(Prop):
    """The descriptor of a property that only the model's own code may set."""

    def __set__(self, model: Model, value: Any) -> None:
        self.allow(model)
        super().__set__(model, value)

    def allow(self, model: Model) -> None:
        if (id(model), self.name) not in _unlocked.get():
            raise PropertyError(f"{self.name} of {type(model).__name__} is read-only")


@contextmanager
def unlocked(model: Model, names: tuple[str, ...]) -> Iterator[None]:
    """Let this context set read-only properties of a model."""
    token = _unlocked.set(_unlocked.get() | {(id(model), name) for name in names})
    try:
        yield
    finally:
        _unlocked.reset(token)


def prop(
    default: Any = None,
    *,
    factory: Callable[[], Any] | None = None,
    client: bool = False,
    readonly: bool = False,
    sync: bool = True,
    saved: bool = True,
    doc: str = "",
    ge: Any = None,
    gt: Any = None,
    le: Any = None,
    lt: Any = None,
    multiple_of: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
    choices: Sequence[Any] | None = None,
    clamp: bool = False,
    check: Callable[[Any], Any] | None = None,
) -> Any:
    """Declare a property of a model; its type is the annotation.

    `default` is the first value; a list, dict or set is copied for each model, anything else that
    is to be made anew comes from `factory`. `doc` is its documentation.

    Who may set it: `client` lets views, too; `readonly` lets only the model's own code, within
    `with self.unlocked("name"):` and in the constructor's arguments.

    Where it goes: `sync=False` keeps it in Python; `saved=False` keeps it out of notebooks,
    exports, stores, `repr` and the text of errors.

    What it takes, beside the type: `ge`, `gt`, `le`, `lt` (bounds of what can be compared),
    `multiple_of`, `min_length`, `max_length`, `pattern` (a regular expression for the whole text),
    `choices`. What does not keep to them is refused with PropertyError; with `clamp` a value beyond
    `ge` or `le` becomes that bound. None is excepted, where the type takes it. Then `check` is
    called with the value and returns it, adjusted or not, or raises ValueError.
    """
    if client and readonly:
        raise TypeError("a property is client-writable or readonly, not both")
    constraints = Constraints(
        ge=ge, gt=gt, le=le, lt=lt, multiple_of=multiple_of, min_length=min_length,
        max_length=max_length, pattern=pattern, choices=choices, clamp=clamp,
    )  # fmt: skip
    constraints(default)
    made = ReadonlyProp if readonly else Prop
    return made(
        default, factory, client=client, sync=sync, saved=saved, doc=doc,
        constraints=constraints, check=check,
    )  # fmt: skip


def _uncounted(default: Any) -> Any:
    """Return a default whose columns have no number of their own: the type's hash has it."""
    if type(default) is not Columns:
        return default
    made = default.copy()
    made.gen = "0"
    return made
