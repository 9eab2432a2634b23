"""Models of types that this process does not define (SPEC 5.9)."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.values import Buffers, decode_value

from .constraints import NONE, Constraints
from .kinds import kind_from
from .model import Model
from .prop import Prop, ReadonlyProp

if TYPE_CHECKING:
    from collections.abc import Iterable

Entry = dict[str, Any]
MAX_CLASSES = 4096


class Unknown(Model, type="syncline/Unknown@1"):
    """A model of a type this process does not define: kept, and sent on as it came.

    Its properties are those of the entry that came along. Without one they can only be read, and
    edited inside.
    """

    __slots__ = ()


def described(wire_type: str, entry: Entry) -> type[Unknown]:
    """Return a class by the entry of its type; one that cannot be read describes nothing."""
    try:
        return _described(wire_type, msgspec.json.encode(entry))
    except (LookupError, TypeError, ValueError, AttributeError, re.error):
        return opaque(wire_type, ())


@functools.lru_cache(MAX_CLASSES)
def _described(wire_type: str, text: bytes) -> type[Unknown]:
    entry = msgspec.json.decode(text)
    props = {name: _prop(given) for name, given in entry["properties"].items()}
    return _made(wire_type, props, tuple(map(str, entry.get("events") or ())))


def opaque(wire_type: str, names: Iterable[str]) -> type[Unknown]:
    """Return a class whose properties can be anything and are not set here."""
    return _opaque(wire_type, tuple(names))


@functools.lru_cache(MAX_CLASSES)
def _opaque(wire_type: str, names: tuple[str, ...]) -> type[Unknown]:
    return _made(wire_type, {name: _any() for name in names}, ())


def _made(wire_type: str, props: dict[str, Prop], events: tuple[str, ...]) -> type[Unknown]:
    name = wire_type.partition("#")[0]
    # What is called as something that every model has is not to be got as an attribute.
    usual = {name: prop for name, prop in props.items() if not hasattr(Model, name)}
    body = {"__slots__": (), "events": events, **usual}
    short = name.rpartition("/")[2].partition("@")[0]
    cls: Any = type(short, (Unknown,), body, register=False)
    for given, prop in props.items():
        prop.name = given
    cls._declare({**Unknown._props, **props})
    cls.type_name, cls._wire_type, cls._open_kinds = name, wire_type, False
    return cls  # type: ignore[no-any-return]


def _prop(given: Entry) -> Prop:
    limits = {key: given[key] for key in Constraints.__struct_fields__ if key in given}
    made = Prop(
        decode_value(given.get("default"), Buffers()),
        None,
        client=bool(given.get("client")),
        sync=True,
        saved=given.get("saved", True) is True,
        doc=str(given.get("doc", "")),
        constraints=Constraints(**limits),
        check=None,
    )
    made.take(kind_from(given.get("kind")))
    return made


def _any() -> Prop:
    options: Any = {"client": False, "sync": True, "saved": True, "doc": "", "check": None}
    return ReadonlyProp(None, None, constraints=NONE, **options)
