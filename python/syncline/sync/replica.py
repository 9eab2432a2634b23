"""A mirror of a document: what is confirmed, and this client's own edits on top (SPEC 5.2).

There is one state, the view. What is confirmed is the view with the pending edits undone, which is
why every pending edit keeps what undoes it. It changes by committed operations in the order of
their revisions, and by a snapshot, and by nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from syncline.core.apply import Undo, apply, attempt, resolve
from syncline.core.diff import diff
from syncline.core.errors import Gone
from syncline.core.ops import Add, Addressed, Msg, Op, Set, Splice, Stream, Write, same_ops
from syncline.core.rename import made
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import BadValue, clone

from .admit import admit
from .engine import Mode, current_task
from .match import match
from .messages import Limits
from .outcome import ConflictEvent, Decision, NewEpoch, Outcome, Resynced
from .pending import Batch, Edit, Lost, Pending
from .spots import Spots
from .view import Blind, View

if TYPE_CHECKING:
    from syncline.core.state import State

Report = Callable[[str, Any], None]
Choice = Literal["replay", "discard"]
Policy = Choice | Callable[["Recovery"], Choice]


class Recovery:
    """What a policy decides on: edits that the server may have seen or may never accept."""

    __slots__ = ("new", "old", "ops")

    def __init__(self, old: str, new: str, ops: list[Op]) -> None:
        self.old = old
        """Epoch in which the edits were made."""
        self.new = new
        """Epoch of the document now; the same where only this client was forgotten."""
        self.ops = ops


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


class Open:
    """A transaction that this process has begun."""

    __slots__ = ("edits", "label", "marks", "mode", "outcome", "task")

    def __init__(self, mode: Mode, label: str | None) -> None:
        self.mode: Mode = mode
        self.label = label
        self.task = current_task()
        self.outcome = Outcome()
        self.edits: list[Edit] = []
        self.marks: list[int] = []
        """How many edits there were when each level began."""


class Replica:
    """The client's copy of a document. Thread-safe through `lock`."""

    def __init__(
        self,
        state: State | None = None,
        report: Report | None = None,
        *,
        view: View | None = None,
        policy: Policy = "replay",
    ) -> None:
        self.state: State = state or PlainState()
        self.view: View = view or Blind()
        self.policy: Policy = policy
        """What becomes of pending edits when the document is rebuilt (SPEC 5.6)."""
        self.limits = Limits()
        self.lock = threading.RLock()
        self.client = ""
        self.epoch = ""
        self.rev = 0
        self.seq = 0
        """Number of the last transaction sent."""
        self.messages: int = 0
        """How many events were committed, as far as this replica knows."""
        self.edits = Pending(self.state)
        self.report: Report = report or (lambda kind, detail: None)
        """Called outside the lock with `conflict`, `resynced`, `epoch`, `status` or `change`, and
        the detail."""
        self._reports: list[tuple[str, Any]] = []
        self._decided: list[tuple[Batch, int | None]] = []
        self._open: Open | None = None
        self._echoed: tuple[Batch, int] | None = None
        """My last transaction that a patch has committed: its OK is still to tell the conflicts."""
        self._held = 0

    @property
    def pending(self) -> list[Op]:
        """The edits that are not acknowledged, in order."""
        return [edit.op for edit in self.edits.edits]

    @property
    def in_flight(self) -> Batch | None:
        """The transaction that is sent and not answered yet."""
        return self.edits.in_flight

    @property
    def waiting(self) -> int | None:
        """Number of the transaction whose outcome is not known in full."""
        batch = self.edits.in_flight or (self._echoed and self._echoed[0])
        return batch.seq if batch else None

    # Writing

    def begin(self, label: str | None = None, mode: Mode = "merge") -> Outcome:
        """Take the lock and open a transaction, or join the one that is open; return its outcome.

        Raises RuntimeError where that belongs to another task, or cannot be of this mode.
        """
        self.lock.acquire()
        open = self._open
        if open is None:
            open = self._open = Open(mode, label)
        elif open.task is not current_task() or mode not in ("merge", open.mode):
            self.lock.release()
            if open.task is not current_task():
                raise RuntimeError("a transaction of another task is open: none may span an await")
            raise RuntimeError(f"a transaction {open.mode!r} is open: {mode!r} cannot join it")
        open.marks.append(len(open.edits))
        return open.outcome

    def commit(self) -> None:
        """Close the transaction; at the outermost level its edits may be sent.

        Raises BadValue, and undoes it, where it may not be split and has too many operations.
        """
        open = self._opened()
        try:
            open.marks.pop()
            done = not open.marks
            if done:
                self._open = None
                self._enqueue(open)
        finally:
            self.lock.release()
        if done:
            self.report("change", None)

    def rollback(self) -> None:
        """Undo the edits since the matching `begin`."""
        open = self._opened()
        try:
            self._undo(open, open.marks.pop())
            if not open.marks:
                self._open = None
        finally:
            self.lock.release()

    def local(self, op: Op) -> None:
        """Apply an edit to the view and queue it.

        Raises Gone where it does not resolve, BadValue where it is over a limit.
        """
        with self.lock:
            weight = admit(op, self.limits, self.edits.weight)
            undo = apply(self.state, op)
            open = self._open
            if undo or isinstance(op, Msg):
                edit = Edit(op, undo, weight)
                if open is None:
                    self.edits.put([edit])
                    self.view.applied(self.client, (op,), (undo,))
                else:
                    edit.outcome = open.outcome
                    open.edits.append(edit)
        if open is None:
            self.report("change", None)

    def hold(self) -> None:
        """Send nothing until as many calls of `release` have come."""
        with self.lock:
            self._held += 1

    def release(self) -> None:
        """End a `hold`."""
        with self.lock:
            self._held -= 1
        self.report("change", None)

    def _opened(self) -> Open:
        if self._open is None:
            raise RuntimeError("no transaction is open")
        return self._open

    def _undo(self, open: Open, keep: int) -> None:
        while len(open.edits) > keep:
            self.edits.revert(open.edits.pop())

    def _enqueue(self, open: Open) -> None:
        if not open.edits:
            open.outcome.settle(None)
            return
        count, limit = len(open.edits), self.limits.ops
        if open.mode != "merge" and count > limit:
            self._undo(open, 0)
            raise BadValue(f"{count} operations in one transaction, of at most {limit}")
        ops = [edit.op for edit in open.edits]
        undo = [edit.undo or [] for edit in open.edits]
        self.edits.put(open.edits, open.mode, open.label)
        self.view.applied(self.client, ops, undo)

    def take(self) -> Batch | None:
        """Move what is queued in flight; None where nothing is to be sent now."""
        with self.lock:
            edits = self.edits
            if edits.in_flight or not edits.queue or self._open or self._held:
                return None
            self.seq += 1
            return edits.take(self.client, self.seq, self.limits.ops)

    def submit(self) -> Batch:
        """Fix and return what is in flight as it is to be sent now, again or for the first time."""
        with self.step():
            batch = self.edits.in_flight
            assert batch is not None, "something is in flight"
            self._lose(batch.submit())
            return batch

    # Steps

    @contextmanager
    def step(self) -> Iterator[None]:
        """Change what is confirmed under the lock; tell the application afterwards."""
        with self.lock:
            if self._open is not None:
                raise RuntimeError("a transaction of this thread is open: none may span an await")
            yield
            for kind, detail in self._reports:
                if kind == "conflict":
                    detail.current = self._current(detail.op)
            decided, self._decided = self._decided, []
            for batch, rev in decided:
                batch.settle(rev)
        reports, self._reports = self._reports, []
        for kind, detail in reports:
            self.report(kind, detail)
        self.report("change", None)

    @contextmanager
    def _redo(self, by: str, ops: Sequence[Op]) -> Iterator[None]:
        """Undo what is pending, let what is confirmed change, and show again what is then left."""
        spots = Spots([*ops, *self.pending])
        before = self.view.changing(spots.places)
        self.edits.withdraw()
        yield
        self._decided += [(batch, None) for batch in self.edits.prune()]
        self.edits.reapply()
        self.view.changed(by, before)

    def _run(self, ops: Sequence[Op]) -> list[Undo]:
        """Apply committed operations. Raises Gone where the state is not what it should be."""
        for op in ops:
            if isinstance(op, Add):
                self.state.expect(op.m, op.type)
        return [apply(self.state, op) for op in ops]

    # What is committed

    def patch(self, commits: Sequence[Commit]) -> None:
        """Apply committed transactions beyond `rev`; mine among them end what is in flight."""
        with self.step():
            self._play(commits)

    def catch_up(
        self, commits: Sequence[Commit], rev: int, last_seq: int | None, decision: Decision | None
    ) -> None:
        """Apply what was missed up to `rev`; `last_seq` and `decision` tell what became of mine."""
        with self.step():
            self._play(commits)
            self.rev = max(self.rev, rev)
            mine = self.edits.in_flight
            if mine is not None and (last_seq or 0) >= mine.seq:
                # Nothing of it is left to apply: what was committed of it came with the delta.
                self._conclude([])
                self._tell(mine, decision)
            self._tell_echoed(decision)
            self._echo(None)

    def _play(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            if commit.rev <= self.rev:
                continue
            self._count(commit.ops)
            mine = self.edits.in_flight
            if mine is not None and (commit.by, commit.seq) == (mine.client, mine.seq):
                self._conclude(commit.ops)
                self._echo(mine, commit.rev)
            else:
                self._committed(commit.by or "py", commit.ops)
            self.rev = commit.rev

    def outcome(self, decision: Decision) -> None:
        """End what is in flight by its OK or final ERROR, or tell more of what a patch ended."""
        with self.step():
            mine = self.edits.in_flight
            if mine is not None and mine.seq == decision.seq:
                news = decision.rev > self.rev
                ops = decision.ops if decision.ops is not None else mine.submitted
                self._count(ops if news else ())
                self._conclude(ops if news else [])
                self.rev = max(self.rev, decision.rev)
                self._tell(mine, decision)
            else:
                self._tell_echoed(decision)

    def _tell_echoed(self, decision: Decision | None) -> None:
        batch = self._echoed[0] if self._echoed else None
        if batch is not None and decision is not None and batch.seq == decision.seq:
            self._tell(batch, decision)
            self._echoed = None

    def _echo(self, batch: Batch | None, rev: int = 0) -> None:
        """Await the OK of `batch`, and no longer that of the one before."""
        if self._echoed is not None:
            self._decided.append(self._echoed)
        self._echoed = (batch, rev) if batch is not None else None

    def volatile(self, by: str, ops: Sequence[Op]) -> None:
        """Deliver events that have no place in the order."""
        with self.step():
            for op in ops:
                if isinstance(op, Msg) and by != self.client:
                    self.view.message(by, op)

    def _committed(self, by: str, ops: list[Op]) -> None:
        if self.edits.near(ops):
            with self._redo(by, ops):
                self._run(ops)
                self._lose(self.edits.rebase(ops))
        else:
            self.view.applied(by, ops, self._run(ops))
        for op in ops:
            if isinstance(op, Msg):
                self.view.message(by, op)

    def _conclude(self, ops: list[Op]) -> None:
        """Put committed operations in the place of what is in flight."""
        mine = self.edits.in_flight
        assert mine is not None, "something is in flight"
        shown = [edit.shown for edit in mine.edits]
        undo = [edit.undo for edit in mine.edits]
        if None not in undo and same_ops(ops, shown):  # type: ignore[arg-type]
            self.edits.done()
        else:
            with self._redo("py", ops):
                self._run(ops)
                self.edits.done()
                self._requeue(ops, shown, undo)

    def _requeue(self, ops: list[Op], shown: list[Op], undo: list[Undo | None]) -> None:
        """Carry the queue, made on top of what was `shown`, over to what was committed instead."""
        if len(ops) == len(shown) and all(map(_congruent, ops, shown)):
            return
        inverse = [op for back in reversed(undo) for op in back or ()]
        self._lose(self.edits.carry(inverse))
        self._lose(self.edits.carry(ops))

    def _count(self, ops: Sequence[Op]) -> None:
        self.messages += sum(isinstance(op, Msg) for op in ops)

    # Resuming (SPEC 5.6)

    def replace(
        self,
        new: PlainState,
        epoch: str,
        rev: int,
        *,
        last_seq: int | None = None,
        decision: Decision | None = None,
        messages: int | None = None,
        forgotten: bool = False,
    ) -> None:
        """Take a snapshot in the place of what is confirmed, and rebase what is pending over it.

        `forgotten` says that the server no longer knows this client, so that what is in flight may
        or may not have been committed.
        """
        with self.step():
            mine, edits = self.edits.in_flight, self.edits
            shown = [edit.shown for edit in mine.edits] if mine else []
            undo = [edit.undo for edit in mine.edits] if mine else []
            before = self.view.changing(None)
            edits.withdraw()
            if self.epoch and epoch != self.epoch:
                self._rebuilt(new, epoch)
            elif mine is not None and (last_seq or 0) >= mine.seq:
                self._conclude_unseen(mine, decision, shown, undo)
            elif mine is not None and forgotten and self._choose(epoch) == "discard":
                self._requeue([], shown, undo)
                self._discard([edits.done()])
            self._take_over(new)
            self._tell_echoed(decision)
            self._echo(None)
            self._resynced(epoch, rev, messages)
            self._decided += [(batch, None) for batch in edits.prune()]
            edits.reapply()
            self.view.changed("py", before)

    def _conclude_unseen(
        self, mine: Batch, decision: Decision | None, shown: list[Op], undo: list[Undo | None]
    ) -> None:
        """End what is in flight where its commit is in a snapshot: it is no news for the queue."""
        ops = decision.ops or [] if decision is not None and decision.committed else []
        for op in ops:
            attempt(self.state, op)
        self.edits.done()
        self._requeue(ops, shown, undo)
        self._tell(mine, decision)

    def _take_over(self, new: PlainState) -> None:
        changes = diff(plain(self.state), new)
        self._run(changes)
        self.state.title = new.title
        self.state.roots[:] = new.roots
        self._lose(self.edits.rebase(changes))

    def _resynced(self, epoch: str, rev: int, messages: int | None) -> None:
        if self.epoch:
            same = epoch == self.epoch
            lost = (messages or 0) - self.messages if same else messages or 0
            since = self.rev if same else 0
            self._reports.append(("resynced", Resynced(since, rev, max(0, lost))))
        self.messages = messages if messages is not None else self.messages
        self.epoch, self.rev = epoch, rev

    def _choose(self, epoch: str) -> Choice:
        if not callable(self.policy):
            return self.policy
        return self.policy(Recovery(self.epoch, epoch, self.pending))

    def _rebuilt(self, new: PlainState, epoch: str) -> None:
        """Carry what is pending to another incarnation of the document, or let it go."""
        choice = self._choose(epoch) if self.pending else "replay"
        if choice == "discard":
            self._discard(self.edits.clear())
        self._reports.append(("epoch", NewEpoch(self.epoch, epoch, choice)))
        ids = match(self.state, new)
        # An id that now means another model must not be taken for it.
        strays = {m for m, _, _ in self.state.items() if m not in ids and new.has(m)}
        ids |= {m: f"{self.epoch}~{m}" for m in strays}
        ids = {old: id for old, id in ids.items() if old != id}
        if ids:
            self.state.rename(ids)
            self.edits.rename(ids)

    def _discard(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            text = "the document was rebuilt; edits made before are discarded"
            for edit in batch.edits:
                event = ConflictEvent("refused", code="stale-epoch", text=text)
                self._report(event, edit.op, edit.outcome)
            self._decided.append((batch, None))

    def renumber(self, client: str) -> None:
        """Take a new client id: what is pending becomes unsent, what it makes gets new ids."""
        with self.step():
            old = f"{self.client}-"
            mine = [m for m in made(self.pending) if m.startswith(old)]
            ids = {m: f"{client}-{m.removeprefix(old)}" for m in mine}
            if ids:
                self.state.rename(ids)
                self.edits.rename(ids)
            if self.edits.in_flight is not None:
                self._lose(self.edits.in_flight.lost)
            self.edits.unsend()
            self.client, self.seq = client, 0

    # What is told

    def _tell(self, batch: Batch, decision: Decision | None) -> None:
        """Note what became of a transaction, as the server says."""
        if decision is None or decision.seq != batch.seq:
            self._decided.append((batch, None))
            return
        for conflict in decision.conflicts:
            event = ConflictEvent(conflict.kind, rev=conflict.rev, by=conflict.by)
            self._report_at(event, batch, conflict.op)
        if decision.error is not None:
            code, text, op = decision.error
            self._report_at(ConflictEvent("refused", code=code, text=text), batch, op)
        self._decided.append((batch, decision.rev if decision.committed else None))

    def _report_at(self, event: ConflictEvent, batch: Batch, index: int | None) -> None:
        if index is not None and 0 <= index < len(batch.submitted):
            self._report(event, batch.submitted[index], batch.owners[index])
        else:
            self._report(event, None, *batch.outcomes)

    def _lose(self, lost: Sequence[Lost]) -> None:
        """Note what lost its place before the server could see it."""
        for edit, kind in lost:
            self._report(ConflictEvent(kind), edit.op, edit.outcome)

    def _report(self, event: ConflictEvent, op: Op | None, *outcomes: Outcome | None) -> None:
        event.op, event.local = op, getattr(op, "v", None)
        for outcome in outcomes:
            if outcome is not None:
                outcome.conflicts.append(event)
        self._reports.append(("conflict", event))

    def _current(self, op: Op | None) -> Any:
        """Return what stands where an operation would have changed something."""
        if not isinstance(op, Addressed):
            return None
        try:
            return clone(resolve(self.state, op.m, op.p))
        except Gone:
            return None


def plain(state: State) -> PlainState:
    """Return a state as plain values, which it may share."""
    if isinstance(state, PlainState):
        return state
    found = PlainState(state.title)
    found.roots = list(state.roots)
    found.models = {m: PlainModel(type, props) for m, type, props in state.items()}
    return found


def _congruent(a: Op, b: Op) -> bool:
    """Tell whether two operations move every address alike, whatever values they bring."""
    if isinstance(a, Splice) and isinstance(b, Splice):
        return (a.m, a.p, a.i, a.d, len(a.v)) == (b.m, b.p, b.i, b.d, len(b.v))
    if isinstance(a, Set) and isinstance(b, Set):
        return (a.m, a.p) == (b.m, b.p)
    if isinstance(a, Stream) and isinstance(b, Stream):
        return (a.m, a.p, a.gen, a.at, a.n, a.roll) == (b.m, b.p, b.gen, b.at, b.n, b.roll)
    if isinstance(a, Write) and isinstance(b, Write):
        return True
    return type(a) is type(b) and same_ops([a], [b])  # type: ignore[list-item]
