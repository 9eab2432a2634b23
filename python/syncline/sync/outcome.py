"""What becomes of a client's transaction, and what its application is told (SPEC 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from syncline.core.ops import Op

from .messages import Conflict


class ConflictEvent(msgspec.Struct, omit_defaults=True):
    """An edit of this client that was not simply committed."""

    kind: str
    op: Op | None = None
    """The operation as it was submitted."""
    local: Any = None
    """What it would have set."""
    current: Any = None
    """What stands in its place now."""
    rev: int | None = None
    by: str | None = None
    code: str | None = None
    """Of a refusal, like `text`."""
    text: str | None = None


class Decision:
    """What the server says of a transaction: OK, or an ERROR that spends its `seq`."""

    __slots__ = ("conflicts", "error", "ops", "rev", "seq", "since")

    def __init__(
        self,
        seq: int,
        since: int,
        rev: int,
        ops: list[Op] | None = None,
        conflicts: Sequence[Conflict] = (),
        error: tuple[str, str, int | None] | None = None,
    ) -> None:
        self.seq = seq
        self.since = since
        self.rev = rev
        self.ops = ops
        """What was committed; None says exactly what was submitted."""
        self.conflicts = conflicts
        self.error = error
        """Code, text, and the index of the operation at fault."""

    @property
    def committed(self) -> bool:
        """Whether it has a revision."""
        return self.rev > self.since


class Resynced(msgspec.Struct):
    """The document was replaced by a snapshot."""

    since: int
    """The revision before, in the same epoch."""
    rev: int
    lost_messages: int
    """How many events of others were committed in between and never delivered."""


class NewEpoch(msgspec.Struct):
    """The document is another incarnation of itself (SPEC 5.6)."""

    old: str
    new: str
    choice: str
    """What became of the pending edits: `replay` or `discard`."""


class Outcome:
    """What a transaction came to. Settled once the server has decided all parts of it."""

    __slots__ = ("_parts", "_then", "conflicts", "rev", "settled")

    def __init__(self) -> None:
        self.rev: int | None = None
        """The revision it was committed in (its last part, if it was split), or None."""
        self.conflicts: list[ConflictEvent] = []
        self.settled = False
        self._parts = 0
        self._then: list[Callable[[Outcome], None]] = []

    def then(self, fn: Callable[[Outcome], None]) -> None:
        """Call `fn` with this once it is settled; at once where it is."""
        if self.settled:
            fn(self)
        else:
            self._then.append(fn)

    def expect(self) -> None:
        """Wait for one more part."""
        self._parts += 1

    def settle(self, rev: int | None) -> None:
        """Note that a part is decided: committed in `rev`, or not at all."""
        self._parts -= 1
        if rev is not None:
            self.rev = max(rev, self.rev or 0)
        if self._parts > 0 or self.settled:
            return
        self.settled = True
        waiting, self._then = self._then, []
        for fn in waiting:
            fn(self)

    def __repr__(self) -> str:
        return f"<Outcome rev={self.rev} conflicts={self.conflicts} settled={self.settled}>"
