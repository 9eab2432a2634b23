"""Types by their name on the wire."""

from __future__ import annotations

import importlib
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .model import Model

TYPE_NAME = re.compile(r"[A-Za-z_][\w.-]*/[A-Za-z_]\w*@[1-9]\d*", re.ASCII)
_FOREIGN = re.compile(r"\W", re.ASCII)
MAX_NAME = 128
HASH_LENGTH = 22
# Weak: a class refers to the globals of its module, and so to all of a session that made it.
_types: WeakValueDictionary[str, type[Model]] = WeakValueDictionary()
_definitions: WeakValueDictionary[str, type[Model]] = WeakValueDictionary()
"""Every definition that was used, by its name with the hash."""
homes: dict[str, str] = {}
"""Modules by the namespace whose types they define: imported when one of these is first met."""
scope: ContextVar[dict[str, type[Model]] | None] = ContextVar("syncline_types", default=None)
"""Where the classes that are being defined are noted as well: in a document's own types."""


def register(name: str, cls: type[Model]) -> None:
    """Make a class known by its type name; the newest definition of a name wins.

    Raises ValueError for a name that is not `ns/Name@version` (SPEC 2).
    """
    if len(name) + 1 + HASH_LENGTH > MAX_NAME or not TYPE_NAME.fullmatch(name):
        raise ValueError(f"expected a type name like app/Slider@1, got {name!r}")
    _types[name] = cls
    if (own := scope.get()) is not None:
        own[name] = cls


def is_built_in(name: str) -> bool:
    """Tell whether both ends know a type, so that it needs no description (SPEC 5.9)."""
    return name.startswith(("ui/", "syncline/"))


def define(wire_type: str, cls: type[Model]) -> None:
    """Make a definition known by its name with the hash."""
    _definitions[wire_type] = cls


def find(name: str, own: Mapping[str, type[Model]] | None = None) -> type[Model] | None:
    """Return the class of a type name: the newest, or that of the hash in the name.

    A document's `own` types come first: the same code may have run for others meanwhile.
    """
    plain, _, hash = name.partition("#")
    newest = (own or {}).get(plain) or _types.get(plain) or _at_home(plain)
    if not hash or newest is None:
        return newest
    from .schema import wire_type

    return newest if wire_type(newest) == name else _definitions.get(name)


def _at_home(name: str) -> type[Model] | None:
    module = homes.pop(name.partition("/")[0], None)
    if module is not None:
        importlib.import_module(module)
    return _types.get(name)


def names() -> Iterable[str]:
    """Return the names of all types."""
    return tuple(_types)


def default_name(cls: type) -> str:
    """Return the type name of a class that names none: its top package, its name, version 1."""
    package = cls.__module__.partition(".")[0]
    namespace = "main" if package == "__main__" else _FOREIGN.sub("_", package)
    return f"{namespace}/{_FOREIGN.sub('_', cls.__name__)}@1"
