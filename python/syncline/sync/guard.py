"""What decides whether a client may do what it asks for (SPEC 5.1, step 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from syncline.core.ops import WireOp


class Guard(Protocol):
    """Decides what a client's operation may do, with the types of the models in mind."""

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        """Return the operation as to be committed. Raises Refused.

        A trusted client may write what Python may; values are checked all the same.
        """
        ...


class Open:
    """Admits everything: the guard of plain documents in tests and tools."""

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        return op
