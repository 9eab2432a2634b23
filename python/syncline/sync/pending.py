"""A client's edits that are not acknowledged yet: one transaction in flight, and a queue."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncline.core.apply import Undo, apply, attempt
from syncline.core.ops import Op, Splice
from syncline.core.rename import Ids, renamed_op
from syncline.core.transform import overlaps, reason, transform, xf

from .coalesce import coalesce
from .spots import Spots

if TYPE_CHECKING:
    from syncline.core.state import State

    from .engine import Mode
    from .messages import Limits
    from .outcome import Outcome

Lost = tuple["Edit", str]
"""An edit that a rebase dropped, and the kind of the conflict."""


class Edit:
    """One operation, and what undoes it in the view."""

    __slots__ = ("op", "outcome", "undo", "weight")

    def __init__(
        self, op: Op, undo: Undo | None, weight: int = 0, outcome: Outcome | None = None
    ) -> None:
        self.op = op
        self.undo = undo
        """None while it does not resolve: it waits outside the view."""
        self.weight = weight
        self.outcome = outcome

    @property
    def shown(self) -> Op:
        """The operation with the index at which the view shows an append: so it is committed."""
        op = self.op
        if isinstance(op, Splice) and op.i is None and self.undo:
            return Splice(op.m, op.p, self.undo[0].i, op.d, op.v)  # type: ignore[union-attr]
        return op


class Batch:
    """Edits that travel as one transaction."""

    __slots__ = (
        "broken",
        "client",
        "edits",
        "label",
        "lost",
        "mode",
        "outcomes",
        "owners",
        "seq",
        "submitted",
    )

    def __init__(self, mode: Mode = "merge", label: str | None = None) -> None:
        self.mode: Mode = mode
        self.label = label
        self.broken = False
        """Whether others have taken a part of what is committed whole or not at all, or, where it
        is strict, what it stands on: nothing of it may be sent."""
        self.edits: list[Edit] = []
        self.outcomes: list[Outcome] = []
        self.client = ""
        self.seq = 0
        self.submitted: list[Op] = []
        """Exactly what was sent: `verbatim` means these (SPEC 5.2, two copies)."""
        self.owners: list[Outcome | None] = []
        self.lost: list[Lost] = []
        """What was dropped by a rebase after it was sent: the server tells of it, unless the rest
        is sent again."""

    @property
    def ops(self) -> list[Op]:
        """What it consists of now."""
        return [edit.op for edit in self.edits]

    def add(self, edit: Edit) -> int:
        """Append an edit, or join it with one before; return the growth in weight."""
        outcome = edit.outcome
        if outcome is not None and (not self.outcomes or self.outcomes[-1] is not outcome):
            outcome.expect()
            self.outcomes.append(outcome)
        grown = coalesce(self.edits, edit)
        if grown is not None:
            return grown
        self.edits.append(edit)
        return edit.weight

    def submit(self) -> list[Lost]:
        """Fix what is sent; return what was lost since it was sent before."""
        self.submitted = self.ops
        self.owners = [edit.outcome for edit in self.edits]
        lost, self.lost = self.lost, []
        return lost

    def settle(self, rev: int | None) -> None:
        """Tell those whose edits it has what it came to."""
        for outcome in self.outcomes:
            outcome.settle(rev)

    def fitting(self, ops: int, bytes: int) -> int:
        """Return how many of its edits may go at once: all of one that may not be split."""
        if self.mode != "merge":
            return len(self.edits)
        sums = itertools.accumulate(edit.weight for edit in self.edits[:ops])
        return max(1, sum(total <= bytes for total in sums))

    def split(self, count: int) -> Batch:
        """Take off about the first `count` edits, whole transactions where possible."""
        cut = count
        while cut > 1 and self.edits[cut].outcome is self.edits[cut - 1].outcome is not None:
            cut -= 1
        head, rest = Batch(self.mode, self.label), self.edits[cut if cut > 1 else count :]
        head.edits = self.edits[: len(self.edits) - len(rest)]
        staying = {edit.outcome for edit in rest}
        moving = {edit.outcome for edit in head.edits}
        head.outcomes = [one for one in self.outcomes if one in moving or one not in staying]
        self.outcomes = [one for one in self.outcomes if one in staying]
        for outcome in staying & moving - {None}:
            outcome.expect()  # type: ignore[union-attr]
        self.edits = rest
        return head


class Pending:
    """What is in flight and what waits behind it, over the state that shows them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.in_flight: Batch | None = None
        self.queue: list[Batch] = []
        self.weight = 0
        """Estimated bytes of what waits to be sent."""
        self._spots: Spots | None = Spots()

    @property
    def edits(self) -> list[Edit]:
        """Every edit, in order."""
        return [edit for batch in self._batches() for edit in batch.edits]

    def _batches(self) -> Iterator[Batch]:
        return itertools.chain((self.in_flight,) if self.in_flight else (), self.queue)

    def put(self, edits: Sequence[Edit], mode: Mode = "merge", label: str | None = None) -> None:
        """Queue edits that are in the view already, with what waits where that may be."""
        last = self.queue[-1] if self.queue else None
        if last is None or mode != "merge" or last.mode != mode or last.label != label:
            last = Batch(mode, label)
            self.queue.append(last)
        for edit in edits:
            self.weight += last.add(edit)
            if self._spots is not None:
                self._spots.add(edit.op)

    def take(self, client: str, seq: int, limits: Limits) -> Batch:
        """Move the next transaction in flight, as much of it as the limits allow."""
        first = self.queue[0]
        limit = first.fitting(limits.ops, limits.frame)
        batch = first.split(limit) if len(first.edits) > limit else self.queue.pop(0)
        batch.client, batch.seq = client, seq
        self.in_flight = batch
        self._weigh()
        return batch

    def _weigh(self) -> None:
        self.weight = sum(edit.weight for batch in self.queue for edit in batch.edits)

    def unsend(self) -> None:
        """Let what is in flight be the first that waits."""
        if self.in_flight is not None:
            self.queue.insert(0, self.in_flight)
            self.in_flight = None
            self._weigh()

    def done(self) -> Batch:
        """Forget what is in flight: it is decided."""
        batch = self.in_flight
        assert batch is not None, "something is in flight"
        self.in_flight = self._spots = None
        return batch

    def near(self, ops: Sequence[Op]) -> bool:
        """Tell whether committed operations may concern a place that pending edits touch."""
        if self.in_flight is None and not self.queue:
            return False
        if self._spots is None:
            self._spots = Spots(edit.op for edit in self.edits)
        return any(map(self._spots.near, ops))

    # The view

    def withdraw(self) -> None:
        """Undo all edits: the state is now what is confirmed."""
        for edit in reversed(self.edits):
            self.revert(edit)

    def revert(self, edit: Edit) -> None:
        """Take one edit out of the view; those after it are out already."""
        for op in edit.undo or ():
            apply(self.state, op)
        edit.undo = None

    def reapply(self) -> None:
        """Show again what resolves."""
        for edit in self.edits:
            edit.undo = attempt(self.state, edit.op)

    def rename(self, ids: Ids) -> None:
        """Let the edits mean models by their new ids."""
        for edit in self.edits:
            edit.op = renamed_op(edit.op, ids)
            edit.undo = edit.undo and [renamed_op(op, ids) for op in edit.undo]
        self._spots = None

    def clear(self) -> list[Batch]:
        """Forget all transactions, and return them."""
        gone = list(self._batches())
        self.in_flight, self.queue, self.weight, self._spots = None, [], 0, None
        return gone

    # Rebase

    def rebase(self, ops: Sequence[Op]) -> list[Lost]:
        """Carry withdrawn edits over committed operations; return what is lost and never sent."""
        carried = list(ops)
        if self.in_flight is not None:
            carried, lost = _carry(self.in_flight, carried)
            self.in_flight.lost += lost
        return self.carry(carried)

    def carry(self, ops: Sequence[Op]) -> list[Lost]:
        """Carry the queue alone."""
        carried = list(ops)
        told: list[Lost] = []
        for batch in self.queue:
            carried, lost = _carry(batch, carried)
            told += lost
        self._spots = None
        self._weigh()
        return told

    def give_up(self, inverse: Sequence[Op]) -> list[Lost]:
        """Forget the edits in flight, which are withdrawn; carry the queue over their absence.

        Returns what is lost of the queue by that.
        """
        assert self.in_flight is not None, "something is in flight"
        self.in_flight.edits = []
        return self.carry(inverse)

    def prune(self) -> list[Batch]:
        """Drop and return the transactions of which nothing is left to send."""
        empty = [batch for batch in self.queue if not batch.edits]
        self.queue = [batch for batch in self.queue if batch.edits]
        return empty


def _carry(batch: Batch, ops: list[Op]) -> tuple[list[Op], list[Lost]]:
    """Carry a transaction over operations; return these carried over it, and what is lost."""
    kept: list[Edit] = []
    lost: list[Lost] = []
    spots = Spots(ops)
    for edit in batch.edits:
        if not spots.near(edit.op):
            kept.append(edit)
            continue
        batch.broken = batch.broken or _breaks(batch, edit.op, ops)
        before = ops
        ops, left = transform(ops, [edit.op])
        if not left:
            lost.append((edit, _cause(edit.op, before)))
        kept += [edit if op is edit.op else _piece(edit, op) for op in left]
    batch.edits = kept
    return ops, lost


def _breaks(batch: Batch, op: Op, ops: Sequence[Op]) -> bool:
    """Tell whether committed operations leave a transaction less than it was meant as."""
    if batch.mode == "merge":
        return False
    strict = batch.mode == "strict" and any(overlaps(op, b) for b in ops)
    return strict or not transform(ops, [op])[1]


def _piece(edit: Edit, op: Op) -> Edit:
    return Edit(op, None, edit.weight, edit.outcome)


def _cause(op: Op, ops: Sequence[Op]) -> str:
    """Name the conflict: the first operation that leaves nothing of `op`, else the last."""
    return reason(op, next((b for b in ops if not xf(op, b)), ops[-1]))
