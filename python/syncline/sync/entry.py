"""One committed transaction in the log (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Add, Drop, Msg, WireOp, to_wire, touches, weight

from .frames import encode
from .messages import Tx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncline.core.arrays import Buffer


class Entry:
    """A committed transaction, encoded at most once."""

    __slots__ = (
        "_buffers",
        "_encoded",
        "_models",
        "adds",
        "at",
        "by",
        "conflicts",
        "drops",
        "messages",
        "ops",
        "rev",
        "schema",
        "seq",
        "total",
        "weight",
        "whole",
    )

    def __init__(
        self, rev: int, by: str, seq: int | None, ops: list[WireOp], at: float = 0.0
    ) -> None:
        self.rev = rev
        self.by = by
        self.seq = seq
        self.ops = ops
        self.at = at
        """When it was committed, in seconds of the session's clock."""
        self.messages = total = 0
        self.drops = self.adds = False
        for op in ops:
            total += weight(op)
            kind = type(op)
            if kind is Add:
                self.adds = True
            elif kind is Msg:
                self.messages += 1
            elif kind is Drop:
                self.drops = True
        self.weight = total
        self.total = 0
        """The weight of all that was ever committed, up to this."""
        self.whole = self.messages > 0
        """Whether it must reach everybody as it is: it is never squashed (SPEC 5.7)."""
        self.conflicts = False
        """Whether its author's OK tells conflicts."""
        self.schema: dict[str, Any] | None = None
        """Entries of the types that this transaction is the first to use (SPEC 5.9)."""
        self._models: frozenset[str | None] | None = None
        self._encoded: bytes | None = None
        self._buffers: Sequence[Buffer] = ()

    @property
    def models(self) -> frozenset[str | None]:
        """Models it changes or drops; None among them stands for the document's title."""
        if self._models is None:
            self._models = concerned(self.ops)
        return self._models

    def encoded(self, *, inline: bool = False) -> tuple[bytes, Sequence[Buffer]]:
        """Return the JSON of the transaction and its buffers; `inline` has the arrays inside."""
        if inline:
            return self._encode(None), ()
        if self._encoded is None:
            buffers: list[Buffer] = []
            self._encoded, self._buffers = self._encode(buffers), buffers or ()
        return self._encoded, self._buffers

    def _encode(self, buffers: list[Buffer] | None) -> bytes:
        wire = [to_wire(op, buffers) for op in self.ops]
        count = len(buffers or ())
        tx = Tx(self.rev, wire, self.by, self.seq, count, None, self.schema, self.conflicts)
        return encode(tx)


def concerned(ops: Iterable[WireOp]) -> frozenset[str | None]:
    """Return the models that operations change or drop; None stands for the title."""
    found: set[str | None] = set()
    for op in ops:
        if type(op) is Drop:
            found.update(op.ms)
        else:
            found.add(touches(op))
    return frozenset(found)
