"""A mirror of a document: what is confirmed, and this client's own edits on top (SPEC 5.2).

There is one state, the view. What is confirmed is the view with the pending edits undone, which is
why every pending edit keeps what undoes it. It changes by committed operations in the order of
their revisions, and by a snapshot, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from syncline.core.apply import Undo, apply, attempt
from syncline.core.diff import diff
from syncline.core.ops import Add, Msg, Op, Splice, Stream, Title, Write, same_ops
from syncline.core.rename import made
from syncline.core.state import PlainModel, PlainState

from .errors import Code
from .match import match
from .outcome import Decision, NewEpoch, Resynced
from .reports import Reports
from .spots import Spots
from .writer import Report, Writer

if TYPE_CHECKING:
    from syncline.core.state import State

    from .pending import Batch
    from .view import View

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

    __slots__ = ("by", "conflicts", "ops", "rev", "seq")

    def __init__(
        self,
        rev: int,
        ops: list[Op],
        by: str | None = None,
        seq: int | None = None,
        conflicts: bool = False,
    ) -> None:
        self.rev = rev
        self.ops = ops
        self.by = by
        self.seq = seq
        self.conflicts = conflicts
        """Whether its author's OK tells conflicts."""


class Replica(Writer):
    """The client's copy of a document."""

    def __init__(
        self,
        state: State | None = None,
        report: Report | None = None,
        *,
        view: View | None = None,
        policy: Policy = "replay",
    ) -> None:
        super().__init__(state, report, view)
        self.policy: Policy = policy
        """What becomes of pending edits when the document is rebuilt (SPEC 5.6)."""
        self.epoch = ""
        self.rev = 0
        self.seq = 0
        """Number of the last transaction sent."""
        self.messages = 0
        """How many events were committed, as far as this replica knows."""
        self._reports = Reports()
        self._echoed: tuple[Batch, int] | None = None
        """What was in flight until a patch showed its commit, with conflicts that its OK is still
        to tell: nothing else is sent before."""

    @property
    def in_flight(self) -> Batch | None:
        """The transaction that is sent and not answered yet."""
        return self.edits.in_flight

    @property
    def waiting(self) -> int | None:
        """Number of the transaction whose outcome is not known in full."""
        batch = self.edits.in_flight or (self._echoed and self._echoed[0])
        return batch.seq if batch else None

    # Sending

    def take(self) -> Batch | None:
        """Move what is queued in flight; None where nothing is to be sent now."""
        with self.lock:
            edits = self.edits
            if self.waiting is not None or not edits.queue or self._open or self._held:
                return None
            self.seq += 1
            return edits.take(self.client, self.seq, self.limits)

    def submit(self) -> Batch:
        """Fix and return what is in flight as it is to be sent now, again or for the first time."""
        with self.step():
            batch = self.edits.in_flight
            assert batch is not None, "something is in flight"
            if batch.broken:
                self._give_up(batch)
            self._reports.lose(batch.submit())
            return batch

    def _give_up(self, batch: Batch) -> None:
        """Send nothing of it: its number is spent by a transaction without an operation."""
        text = "others have changed what it stands on"
        self._reports.refuse(batch, Code.CONFLICT, text)
        inverse = [op for edit in reversed(batch.edits) for op in edit.undo or ()]
        with self._redo("py", inverse):
            self._reports.lose(self.edits.give_up(inverse))

    # Steps

    @contextmanager
    def step(self) -> Iterator[None]:
        """Change what is confirmed under the lock; tell the application afterwards."""
        with self.lock:
            self._interrupt()
            yield
            events = self._reports.finish(self.state)
        for kind, detail in events:
            self.report(kind, detail)
        self.report("change", None)

    @contextmanager
    def _redo(self, by: str, ops: Sequence[Op]) -> Iterator[None]:
        """Undo what is pending, let what is confirmed change, and show again what is then left."""
        spots = Spots([*ops, *self.pending])
        before = self.view.changing(spots.places)
        self.edits.withdraw()
        yield
        self._prune()
        self.edits.reapply()
        self.view.changed(by, ops, before)

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
                self._reports.decide(mine, decision)
            self._tell_echoed(decision)
            self._settle_echoed()

    def _play(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            if commit.rev <= self.rev:
                continue
            self._count(commit.ops)
            mine = self.edits.in_flight
            if mine is not None and (commit.by, commit.seq) == (mine.client, mine.seq):
                self._conclude(commit.ops)
                if commit.conflicts:
                    self._echoed = mine, commit.rev
                else:
                    self._reports.settle(mine, commit.rev)
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
                self._reports.decide(mine, decision)
            else:
                self._tell_echoed(decision)

    def _tell_echoed(self, decision: Decision | None) -> None:
        batch = self._echoed[0] if self._echoed else None
        if batch is not None and decision is not None and batch.seq == decision.seq:
            self._reports.decide(batch, decision)
            self._echoed = None

    def _settle_echoed(self) -> None:
        """A reply had all there was to tell of what a patch has committed."""
        if self._echoed is not None:
            self._reports.settle(*self._echoed)
        self._echoed = None

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
                self._reports.lose(self.edits.rebase(ops))
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
        brought = {op.m for op in shown if isinstance(op, Add)}
        # What comes back from the graveyard moves nothing.
        ops = [op for op in ops if not isinstance(op, Add) or op.m in brought]
        pairs = zip(map(_moves, ops), map(_moves, shown), strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        inverse = [op for back in reversed(undo[same:]) for op in back or ()]
        self._reports.lose(self.edits.carry(inverse))
        self._reports.lose(self.edits.carry(ops[same:]))

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
        client: str | None = None,
        forgotten: bool = False,
    ) -> None:
        """Take a snapshot in the place of what is confirmed, and rebase what is pending over it.

        `client` is the id in another incarnation of the document. `forgotten` says that the server
        no longer knows this client, so that what is in flight may or may not have been committed.
        """
        with self.step():
            mine, edits = self.edits.in_flight, self.edits
            shown = [edit.shown for edit in mine.edits] if mine else []
            undo = [edit.undo for edit in mine.edits] if mine else []
            before = self.view.changing(None)
            edits.withdraw()
            # Before all else: of an epoch that was restored it tells in the names it had there.
            if mine is not None and (last_seq or 0) >= mine.seq:
                self._conclude_unseen(mine, decision, shown, undo)
                mine = None
            if self.epoch and epoch != self.epoch:
                self._rebuilt(new, epoch)
            elif mine is not None and forgotten and self._choose(epoch) == "discard":
                self._requeue([], shown, undo)
                self._discard([edits.done()])
            changes = self._take_over(new)
            self._tell_echoed(decision)
            self._settle_echoed()
            self._resynced(epoch, rev, messages)
            self._prune()
            if client is not None:
                # Only now: before, the new names may have been those of models that are gone.
                edits.rename(self._names(client))
                self.client = client
            edits.reapply()
            self.view.changed("py", changes, before)

    def _conclude_unseen(
        self, mine: Batch, decision: Decision | None, shown: list[Op], undo: list[Undo | None]
    ) -> None:
        """End what is in flight where its commit is in a snapshot: it is no news for the queue."""
        committed = decision.ops or [] if decision is not None and decision.committed else []
        # They were committed on another state than this: what has no place here moves nothing.
        ops = [op for op in committed if attempt(self.state, op) is not None]
        self.edits.done()
        self._requeue(ops, shown, undo)
        self._reports.decide(mine, decision)

    def _take_over(self, new: PlainState) -> list[Op]:
        changes = diff(plain(self.state), new)
        self._run(changes)
        self.state.title = new.title
        self.state.roots[:] = new.roots
        self._reports.lose(self.edits.rebase(changes))
        return changes

    def _resynced(self, epoch: str, rev: int, messages: int | None) -> None:
        if self.epoch:
            same = epoch == self.epoch
            lost = (messages or 0) - self.messages if same else messages or 0
            since = self.rev if same else 0
            self._reports.add("resynced", Resynced(since, rev, max(0, lost)))
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
        self._reports.add("epoch", NewEpoch(self.epoch, epoch, choice))
        self._recount()
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
            self._reports.discard(batch, Code.STALE_EPOCH, text)

    def _prune(self) -> None:
        """End the transactions of which nothing is left."""
        for batch in self.edits.prune():
            self._reports.settle(batch, None)

    def rename(self, client: str) -> None:
        """Take another client id: what is pending makes gets new ids too."""
        with self.step():
            if ids := self._names(client):
                self.state.rename(ids)
                self.edits.rename(ids)
            self.client = client

    def _names(self, client: str) -> dict[str, str]:
        """Return the names that what is pending makes has as another client's."""
        old = f"{self.client}-"
        mine = (m for m in made(self.pending) if m.startswith(old))
        return {m: f"{client}-{m.removeprefix(old)}" for m in mine}

    def renumber(self) -> None:
        """Begin to count anew: what is in flight becomes unsent."""
        with self.step():
            self._recount()

    def _recount(self) -> None:
        if self.edits.in_flight is not None:
            self._reports.lose(self.edits.in_flight.lost)
        self.edits.unsend()
        self.seq = 0


def plain(state: State) -> PlainState:
    """Return a state as plain values, which it may share."""
    if isinstance(state, PlainState):
        return state
    found = PlainState(state.title)
    found.roots = list(state.roots)
    found.models = {m: PlainModel(type, props) for m, type, props in state.items()}
    return found


def _moves(op: Op) -> object:
    """Return what an operation does to the addresses of others, whatever values it brings."""
    match op:
        case Splice():
            return op.m, op.p, op.i, op.d, len(op.v)
        case Stream():
            return op.m, op.p, op.gen, op.at, op.n, op.roll
        case Write() | Title() | Msg():
            return type(op)
        case Add():
            return op.m, op.type
        case _:
            return type(op), getattr(op, "m", None), getattr(op, "p", None)
