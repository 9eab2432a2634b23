"""A mirror of a document: what is confirmed, and this client's own edits on top (SPEC 5.2).

There is one state, the view. What is confirmed is the view with the pending edits undone, which is
why every pending edit keeps what undoes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from syncline.core.apply import Undo, apply, attempt
from syncline.core.diff import diff
from syncline.core.ops import Drop, Op, RootAdd, RootRemove, Roots, Set, Splice, Title, same_ops
from syncline.core.state import PlainState
from syncline.core.transform import overlaps, reason, transform, xf

from .messages import Conflict

Report = Callable[[str, Any], None]


class InFlight:
    """The one transaction that is sent and not answered yet."""

    __slots__ = ("rebased", "seq", "submitted")

    def __init__(self, seq: int, ops: list[Op]) -> None:
        self.seq = seq
        self.submitted = ops
        """Exactly what was sent: `verbatim` means these."""
        self.rebased = ops
        """The same, over what was committed since: for the view and for sending again."""


class Commit:
    """A committed transaction as a replica needs it."""

    __slots__ = ("by", "ops", "rev", "seq")

    def __init__(
        self, rev: int, ops: list[Op], by: str | None = None, seq: int | None = None
    ) -> None:
        self.rev = rev
        self.ops = ops
        self.by = by
        self.seq = seq


class Replica:
    """The client's copy of a document."""

    def __init__(self, state: PlainState | None = None, report: Report | None = None) -> None:
        self.state = state or PlainState()
        self.lock = threading.RLock()
        self.client = ""
        self.epoch = ""
        self.rev = 0
        self.seq = 0
        """Number of the last transaction sent."""
        self.in_flight: InFlight | None = None
        self.queue: list[Op] = []
        self.report: Report = report or (lambda kind, detail: None)
        """Called with `conflict`, `refused`, `resynced` or `change`, and the detail."""
        self._undo: list[Undo | None] = []
        self._lost: list[Conflict] = []
        self._marks: list[int] = []
        """Length of the queue where each open transaction began."""

    @property
    def pending(self) -> list[Op]:
        """The edits that are not acknowledged, in order."""
        return [*(self.in_flight.rebased if self.in_flight else ()), *self.queue]

    # Writing

    def begin(self) -> None:
        """Take the lock; what follows is sent together."""
        self.lock.acquire()
        self._marks.append(len(self.queue))

    def commit(self) -> None:
        """Release the lock; at the outermost level the edits may be sent."""
        self._marks.pop()
        done = not self._marks
        self.lock.release()
        if done:
            self.report("change", None)

    def rollback(self) -> None:
        """Undo the edits since the matching `begin`."""
        mark = self._marks.pop()
        while len(self.queue) > mark:
            self.queue.pop()
            self._revert(self._undo.pop())
        self.lock.release()

    def local(self, op: Op) -> None:
        """Apply an edit to the view and queue it. Raises Gone where it does not resolve."""
        with self.lock:
            undo = apply(self.state, op)
            if not self._coalesce(op):
                self.queue.append(op)
                self._undo.append(undo)
            done = not self._marks
        if done:
            self.report("change", None)

    def _coalesce(self, op: Op) -> bool:
        """Let a `set` replace an earlier one of its address, which nothing in between touches.

        What an open transaction may have to undo is left alone, and so is a `set` that did not
        resolve: it has nothing that undoes it.
        """
        if not isinstance(op, Set):
            return False
        first = self._marks[-1] if self._marks else 0
        sent = len(self._undo) - len(self.queue)
        for index in range(len(self.queue) - 1, first - 1, -1):
            queued = self.queue[index]
            if isinstance(queued, Set) and queued.m == op.m and queued.p == op.p:
                if self._undo[sent + index] is None:
                    return False
                self.queue[index] = op
                return True
            if not isinstance(queued, Set) or overlaps(op, queued):
                return False
        return False

    def take(self) -> InFlight | None:
        """Move the queue in flight; None where there is nothing to send or one is under way."""
        if self.in_flight is not None or not self.queue or self._marks:
            return None
        self.seq += 1
        self.in_flight = InFlight(self.seq, self.queue)
        self.queue = []
        return self.in_flight

    # What is committed

    def patch(self, commits: Sequence[Commit]) -> None:
        """Apply committed transactions beyond `rev`; mine among them end what is in flight."""
        with self.lock:
            for commit in commits:
                if commit.rev <= self.rev:
                    continue
                if self._mine(commit):
                    self._settle(commit.ops)
                else:
                    self._committed(commit.ops)
                self.rev = commit.rev
        self.tell([])

    def _mine(self, commit: Commit) -> bool:
        return (
            self.in_flight is not None
            and commit.by == self.client
            and commit.seq == self.in_flight.seq
        )

    def ok(self, rev: int, ops: list[Op] | None, conflicts: list[Conflict]) -> None:
        """End what is in flight with its commit; `ops` None means as submitted."""
        with self.lock:
            if self.in_flight is None:
                return
            committed = self.in_flight.submitted if ops is None else ops
            if rev > self.rev:
                self._settle(committed)
                self.rev = rev
            else:
                self._settle([])
        self.tell(conflicts)

    def conclude(self, ops: list[Op]) -> None:
        """End what is in flight: committed are `ops`."""
        with self.lock:
            if self.in_flight is not None:
                self._settle(ops)

    def error(self, code: str, text: str, conflicts: list[Conflict]) -> None:
        """End what is in flight: it is refused for good."""
        self.conclude([])
        self.tell(conflicts)
        self.report("refused", (code, text))

    def tell(self, conflicts: list[Conflict]) -> None:
        """Report the conflicts of a transaction of mine."""
        lost, self._lost = self._lost, []
        for conflict in [*conflicts, *lost]:
            self.report("conflict", conflict)
        self.report("change", None)

    def _committed(self, ops: list[Op]) -> None:
        pending = self.pending
        if not any(_near(op, mine) for op in ops for mine in pending):
            for op in ops:
                apply(self.state, op)
            return
        self._withdraw()
        for op in ops:
            apply(self.state, op)
        self._rebase(ops)
        self._reapply()

    def _settle(self, ops: list[Op]) -> None:
        """Put the committed operations in the place of what is in flight."""
        mine = self.in_flight
        assert mine is not None, "something is in flight"
        undo = self._undo[: len(mine.rebased)]
        shown = [_placed(op, back) for op, back in zip(mine.rebased, undo, strict=True)]
        self.in_flight = None
        if same_ops(ops, shown) and None not in undo:  # type: ignore[arg-type]
            self._undo = self._undo[len(mine.rebased) :]
            return
        self._withdraw()
        for op in ops:
            apply(self.state, op)
        self._requeue(ops, shown, undo)
        self._reapply()

    def _requeue(self, ops: list[Op], shown: list[Op], undo: list[Undo | None]) -> None:
        """Carry the queue, made on top of what was `shown`, over to what was committed instead."""
        if len(ops) == len(shown) and all(map(_congruent, ops, shown)):
            return
        inverse = [op for back in reversed(undo) for op in back or ()]
        self._carry(inverse)
        self._carry(ops)

    def _withdraw(self) -> None:
        """Undo all pending edits: the state is now what is confirmed."""
        while self._undo:
            self._revert(self._undo.pop())

    def _revert(self, undo: Undo | None) -> None:
        for op in undo or ():
            apply(self.state, op)

    def _rebase(self, ops: list[Op]) -> None:
        carried: list[Op] = ops
        if self.in_flight is not None:
            carried, self.in_flight.rebased = transform(carried, self.in_flight.rebased)
        self._carry(carried)

    def _carry(self, ops: list[Op]) -> None:
        """Carry the queue over `ops`; what loses its place is never sent, so it is told here."""
        queue: list[Op] = []
        for index, op in enumerate(self.queue):
            ahead, left = transform(ops, [op])
            if not left:
                cause = next(b for b in ops if not xf(op, b) or b is ops[-1])
                self._lost.append(Conflict(index, reason(op, cause)))
            queue += left
            ops = ahead
        self.queue = queue

    def _reapply(self) -> None:
        self._undo = [attempt(self.state, op) for op in self.pending]

    # Resuming

    def replace(
        self, new: PlainState, epoch: str, rev: int, spent: bool, committed: list[Op] | None
    ) -> None:
        """Take a snapshot in the place of what is confirmed, and rebase what is pending.

        `spent` says that the transaction in flight is decided, `committed` what it became where it
        was committed.
        """
        with self.lock:
            mine, undo = self.in_flight, list(self._undo)
            self._withdraw()
            if spent and mine is not None:
                ops = list(committed or ())
                shown = [_placed(op, back) for op, back in zip(mine.rebased, undo, strict=False)]
                for op in ops:
                    attempt(self.state, op)
                self.in_flight = None
                self._requeue(ops, shown, undo[: len(shown)])
            self._rebase(diff(self.state, new))
            self.state.title, self.state.roots, self.state.models = new.title, new.roots, new.models
            self.epoch, self.rev = epoch, rev
            self._reapply()
        self.report("resynced", rev)
        self.tell([])

    def renumber(self, client: str) -> None:
        """Take a new client id: what is pending becomes unsent."""
        with self.lock:
            if self.in_flight is not None:
                self.queue = self.pending
                self.in_flight = None
            self.client, self.seq = client, 0


def _placed(op: Op, undo: Undo | None) -> Op:
    """Return an append with the index at which the view shows it, as it will be committed."""
    if isinstance(op, Splice) and op.i is None and undo and isinstance(undo[0], Splice):
        return Splice(op.m, op.p, undo[0].i, op.d, op.v)
    return op


def _congruent(a: Op, b: Op) -> bool:
    """Tell whether two operations move every address alike, whatever values they bring."""
    if isinstance(a, Splice) and isinstance(b, Splice):
        return (a.m, a.p, a.i, a.d, len(a.v)) == (b.m, b.p, b.i, b.d, len(b.v))
    return (isinstance(a, Set) and isinstance(b, Set) and (a.m, a.p) == (b.m, b.p)) or a == b


def _near(a: Op, b: Op) -> bool:
    """Tell whether two operations may concern one property, the roots or the title."""
    if isinstance(a, RootAdd | RootRemove | Roots) and isinstance(b, RootAdd | RootRemove | Roots):
        return True
    if isinstance(a, Title) or isinstance(b, Title):
        return type(a) is type(b)
    if isinstance(a, Drop) or isinstance(b, Drop):
        return True
    path_a, path_b = getattr(a, "p", None), getattr(b, "p", None)
    if getattr(a, "m", None) != getattr(b, "m", None):
        return False
    return path_a is None or path_b is None or path_a[0] == path_b[0]
