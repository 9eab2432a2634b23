"""Types by their name on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Model

TYPE_NAME = re.compile(r"[A-Za-z_][\w.-]*/[A-Za-z_]\w*@[1-9]\d*", re.ASCII)
_types: dict[str, type[Model]] = {}


def register(name: str, cls: type[Model]) -> None:
    """Make a class known by its type name; the newest definition of a name wins.

    Raises ValueError for a name that is not `ns/Name@version` (SPEC 5.9).
    """
    if len(name) > 128 or not TYPE_NAME.fullmatch(name):
        raise ValueError(f"expected a type name like app/Slider@1, got {name!r}")
    _types[name] = cls


def find(name: str) -> type[Model] | None:
    """Return the class of a type name."""
    return _types.get(name)


def default_name(cls: type) -> str:
    """Return the type name of a class that names none: its top package, its name, version 1."""
    namespace = cls.__module__.partition(".")[0]
    return f"{'main' if namespace == '__main__' else namespace}/{cls.__name__}@1"
