"""The places that operations touch, to tell quickly which have nothing to do with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.ops import Add, Drop, Msg, Op, RootAdd, RootRemove, Roots, Title

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOTS = ("", "roots")
TITLE = ("", "title")


class Spots:
    """Properties, the roots, the title, and models as a whole."""

    def __init__(self, ops: Iterable[Op] = ()) -> None:
        self.places: set[tuple[str, str]] = set()
        """(model id, property) pairs, and ROOTS and TITLE."""
        self._models: set[str] = set()
        self._whole: set[str] = set()
        for op in ops:
            self.add(op)

    def add(self, op: Op) -> None:
        """Count an operation in."""
        match op:
            case Add():
                self._whole.add(op.m)
                self._models.add(op.m)
            case Drop():
                self._whole.update(op.ms)
                self._models.update(op.ms)
            case Title():
                self.places.add(TITLE)
            case Roots():
                self.places.add(ROOTS)
            case RootAdd() | RootRemove():
                self.places.add(ROOTS)
                self._models.add(op.m)
            case Msg():
                self._models.add(op.m)
            case _:
                self.places.add((op.m, str(op.p[0])))
                self._models.add(op.m)

    def near(self, op: Op) -> bool:
        """Tell whether an operation may concern one of the places."""
        match op:
            case Add():
                return op.m in self._models
            case Drop():
                return not self._models.isdisjoint(op.ms)
            case Title():
                return TITLE in self.places
            case RootAdd() | RootRemove() | Roots():
                return ROOTS in self.places or getattr(op, "m", None) in self._whole
            case Msg():
                return op.m in self._whole
            case _:
                return (op.m, str(op.p[0])) in self.places or op.m in self._whole
