"""Kinds of values: what the annotation of a property says, as a check (SPEC 5.1, step 4).

A kind answers two questions: is this value right (`check`, which may adjust it), and which kind
does an element under it have (`inner`).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Union

from syncline.core.arrays import frozen_array, is_array
from syncline.core.columns import Columns as Source
from syncline.core.values import ATOMS, Ref, Reference

from .columns import Columns
from .errors import PropertyError
from .frames import is_frame


class Kind:
    """Any value."""

    name = "any value"
    wire: Any = "any"
    """What it is called in entries (SPEC 5.9)."""
    exact: type | None = None
    """An atom's type whose values it takes as they are, without a look."""
    settled = False
    """Whether what `check` returns is as a document keeps it, and nobody else's."""

    def check(self, value: Any) -> Any:
        """Return the value as the property stores it. Raises PropertyError."""
        return value

    def holds(self, step: str | int) -> bool:
        """Tell whether a value may have something at a key or an index."""
        return self is ANY

    def inner(self, step: str | int) -> Kind:
        """Return the kind of the element at a key or an index."""
        return ANY

    def fail(self, value: object) -> PropertyError:
        """Return the error that says what was expected."""
        return PropertyError(f"expected {self.name}, got {_describe(value)}")


ANY = Kind()


def _describe(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) < 60 else text[:57] + '...'}"


class Exactly(Kind):
    """An instance of given classes; bool is not taken for int."""

    def __init__(self, name: str, wire: str, *classes: type) -> None:
        self.name = name
        self.wire = wire
        self.classes = classes
        self.exact = classes[0] if len(classes) == 1 and classes[0] in ATOMS else None

    def check(self, value: Any) -> Any:
        if not isinstance(value, self.classes) or (
            isinstance(value, bool) and bool not in self.classes
        ):
            raise self.fail(value)
        return value


class Number(Kind):
    """A float; integers are taken and numpy scalars turned into Python's."""

    name = "a number"
    wire = "float"
    exact = float
    settled = True

    def check(self, value: Any) -> Any:
        if type(value) is float:
            return value
        if hasattr(value, "item") and not is_array(value):
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(value)
        return float(value)


class Integer(Kind):
    """An int; a float without a fraction is taken."""

    name = "an integer"
    wire = "int"
    exact = int
    settled = True

    def check(self, value: Any) -> Any:
        if type(value) is int:
            return value
        if hasattr(value, "item") and not is_array(value):
            value = value.item()
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(value)
        return value


class OneOf(Kind):
    """One of given literals."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values
        self.wire = {"one": list(values)}
        self.name = "one of " + ", ".join(map(repr, values))

    def check(self, value: Any) -> Any:
        for known in self.values:
            if type(known) is type(value) and known == value:
                return known
        raise self.fail(value)


class ListOf(Kind):
    """A list of one kind."""

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.settled = item.settled
        self.wire = {"list": item.wire}
        self.name = f"a list of {item.name}"

    def check(self, value: Any) -> Any:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
            raise self.fail(value)
        check = self.item.check
        return [check(item) for item in value]

    def holds(self, step: str | int) -> bool:
        return isinstance(step, int)

    def inner(self, step: str | int) -> Kind:
        return self.item


class DictOf(Kind):
    """A dict with one kind of keys and one kind of values."""

    def __init__(self, key: Kind, item: Kind) -> None:
        self.key = key
        self.item = item
        self.wire = {"dict": item.wire if key.wire == "str" else [key.wire, item.wire]}
        self.name = f"a dict of {item.name}"

    def check(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.fail(value)
        return {self.key.check(key): self.item.check(item) for key, item in value.items()}

    def holds(self, step: str | int) -> bool:
        return isinstance(step, str)

    def inner(self, step: str | int) -> Kind:
        """Return the kind of a value. Raises PropertyError for a key of another kind."""
        self.key.check(step)
        return self.item


class TupleOf(Kind):
    """A tuple of a fixed or of any length."""

    def __init__(self, items: tuple[Kind, ...], *, repeat: bool) -> None:
        self.items = items
        self.repeat = repeat
        self.wire = {"tuple": items[0].wire if repeat else [item.wire for item in items]}
        self.name = "a tuple"

    def check(self, value: Any) -> Any:
        if not isinstance(value, list | tuple) or not (
            self.repeat or len(value) == len(self.items)
        ):
            raise self.fail(value)
        kinds = self.items * len(value) if self.repeat else self.items
        return tuple(kind.check(item) for kind, item in zip(kinds, value, strict=True))


class SetOf(Kind):
    """A set of one kind; kept frozen, since it is only replaced as a whole."""

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.wire = {"set": item.wire}
        self.name = f"a set of {item.name}"

    def check(self, value: Any) -> Any:
        if not isinstance(value, AbstractSet):
            raise self.fail(value)
        return frozenset(self.item.check(item) for item in value)


class EnumKind(Kind):
    """A member of an enum of texts or numbers, given as the member or by its value."""

    def __init__(self, cls: type[Enum]) -> None:
        self.cls = cls
        self.wire = {"one": [member.value for member in cls]}
        self.name = "one of " + ", ".join(repr(member.value) for member in cls)

    def check(self, value: Any) -> Any:
        try:
            return self.cls(value)
        except ValueError:
            raise self.fail(value) from None


class Either(Kind):
    """The first of several kinds that takes the value."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self.kinds = kinds
        self.wire = {"either": [kind.wire for kind in kinds]}
        self.name = " or ".join(kind.name for kind in kinds)

    def check(self, value: Any) -> Any:
        for kind in self.kinds:
            try:
                return kind.check(value)
            except PropertyError:
                continue
        raise self.fail(value)

    def holds(self, step: str | int) -> bool:
        return any(kind.holds(step) for kind in self.kinds)

    def inner(self, step: str | int) -> Kind:
        inner = tuple(kind.inner(step) for kind in self.kinds if kind.holds(step))
        return Either(inner) if len(inner) > 1 else inner[0] if inner else ANY


class ModelKind(Kind):
    """A model of a class; a reference that is not resolved yet is taken.

    The class may have been defined again since: its type name counts.
    """

    settled = True

    def __init__(self, cls: type) -> None:
        self._classes = (cls, Ref)
        self._type = getattr(cls, "type_name", None)
        self.wire = {"model": self._type} if self._type else "model"
        self.name = f"a {cls.__name__}"

    def check(self, value: Any) -> Any:
        if isinstance(value, self._classes) or self._again(value):
            return value
        raise self.fail(value)

    def _again(self, value: object) -> bool:
        return any(vars(base).get("type_name", self) == self._type for base in type(value).__mro__)


class ArrayKind(Kind):
    """A numeric array; stored read-only."""

    name = "an array"
    wire = "array"

    def check(self, value: Any) -> Any:
        if not is_array(value):
            raise self.fail(value)
        return frozen_array(value)


class ColumnsKind(Kind):
    """Columns of one length; a dict of columns or a DataFrame is turned into them."""

    name = "columns"
    wire = "cols"

    def check(self, value: Any) -> Any:
        if isinstance(value, Source):
            return value
        if isinstance(value, Mapping) or is_frame(value):
            return Columns(value)
        raise self.fail(value)


_SIMPLE: dict[Any, Kind] = {
    Any: ANY,
    object: ANY,
    bool: Exactly("a bool", "bool", bool),
    int: Integer(),
    float: Number(),
    str: Exactly("a string", "str", str),
    bytes: Exactly("bytes", "bytes", bytes),
    None: Exactly("None", "null", type(None)),
    type(None): Exactly("None", "null", type(None)),
    datetime: Exactly("a datetime", "time", datetime),
    timedelta: Exactly("a timedelta", "dur", timedelta),
    list: ListOf(ANY),
    dict: DictOf(ANY, ANY),
    tuple: TupleOf((ANY,), repeat=True),
    set: SetOf(ANY),
    frozenset: SetOf(ANY),
}


def kind_of(annotation: Any) -> Kind:
    """Return the kind that an annotation names; what it does not know is any value."""
    if (simple := _SIMPLE.get(annotation) if _hashable(annotation) else None) is not None:
        return simple
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return kind_of(args[0])
    if origin is Literal:
        return OneOf(args)
    if origin in (Union, types.UnionType):
        return Either(tuple(kind_of(arg) for arg in args))
    if origin in (list, Sequence):
        return ListOf(kind_of(args[0]))
    if origin in (dict, Mapping):
        return DictOf(kind_of(args[0]), kind_of(args[1]))
    if origin is tuple:
        repeat = len(args) == 2 and args[1] is ...
        return TupleOf(tuple(kind_of(arg) for arg in args[: 1 if repeat else None]), repeat=repeat)
    if origin in (set, frozenset, AbstractSet):
        return SetOf(kind_of(args[0]))
    if isinstance(annotation, type) and issubclass(annotation, Reference):
        return ModelKind(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Source):
        return ColumnsKind()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return EnumKind(annotation)
    if "ndarray" in repr(annotation):
        return ArrayKind()
    return ANY


def _hashable(annotation: Any) -> bool:
    return getattr(annotation, "__hash__", None) is not None


_NAMED: dict[str, Kind] = {
    kind.wire: kind
    for kind in (*_SIMPLE.values(), ModelKind(Reference), ArrayKind(), ColumnsKind())
    if isinstance(kind.wire, str)
}


def kind_from(wire: Any) -> Kind:
    """Return the kind of its name in an entry; one that is not known is any value (SPEC 5.9)."""
    match wire:
        case str():
            return _NAMED.get(wire, ANY)
        case {"list": item}:
            return ListOf(kind_from(item))
        case {"set": item}:
            return SetOf(kind_from(item))
        case {"dict": [key, item]}:
            return DictOf(kind_from(key), kind_from(item))
        case {"dict": item}:
            return DictOf(kind_from("str"), kind_from(item))
        case {"tuple": [*items]}:
            return TupleOf(tuple(map(kind_from, items)), repeat=False)
        case {"tuple": item}:
            return TupleOf((kind_from(item),), repeat=True)
        case {"one": [*values]}:
            return OneOf(tuple(values))
        case {"either": [*kinds]}:
            return Either(tuple(map(kind_from, kinds)))
        case {"model": str()}:
            return _NAMED["model"]
        case _:
            return ANY
