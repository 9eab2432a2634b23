"""What the annotations of a class say, for those that can be evaluated."""

from __future__ import annotations

import inspect
import sys
import typing
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .kinds import ANY, kind_of

if TYPE_CHECKING:
    from types import FrameType

    from .model import Model


def read_local(cls: type[Model], frame: FrameType | None) -> None:
    """Read the annotations of a class made inside a function, whose names are known there alone.

    `frame` is where the class statement stands.
    """
    if frame is not None and frame.f_locals is not frame.f_globals:
        _read(cls, _hints(cls, frame.f_globals | frame.f_locals))


def read(cls: type[Model]) -> None:
    """Read the annotations at the first instance: forward references resolve by then."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        hints |= _hints(base, vars(sys.modules.get(base.__module__, typing)))
    _read(cls, hints)


def _read(cls: type[Model], hints: dict[str, Any]) -> None:
    for name, prop in cls._props.items():
        if prop.kind is ANY and name in hints:
            prop.take(kind_of(hints[name]))


def _hints(cls: type, names: dict[str, Any]) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    known = names | dict(vars(cls))
    for name, annotation in inspect.get_annotations(cls).items():
        with suppress(NameError, TypeError, AttributeError, SyntaxError):
            text = isinstance(annotation, str)
            hints[name] = eval(annotation, dict(known)) if text else annotation  # noqa: S307
    return hints
