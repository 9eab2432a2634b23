"""What a replica tells its application at the end of a step (SPEC 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.apply import resolve
from syncline.core.errors import Gone
from syncline.core.ops import Addressed, Op
from syncline.core.values import clone

from .outcome import ConflictEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.core.state import State

    from .outcome import Decision, Outcome
    from .pending import Batch, Lost


class Reports:
    """Conflicts, outcomes and other events of a step, in order."""

    def __init__(self) -> None:
        self._events: list[tuple[str, Any]] = []
        self._settled: list[tuple[Batch, int | None]] = []

    def add(self, kind: str, detail: Any) -> None:
        """Tell an event."""
        self._events.append((kind, detail))

    def settle(self, batch: Batch, rev: int | None) -> None:
        """Tell the outcome of a transaction: committed in `rev`, or not at all."""
        self._settled.append((batch, rev))

    def decide(self, batch: Batch, decision: Decision | None) -> None:
        """Tell what became of a transaction, as the server says; None where it did not say."""
        if decision is None or decision.seq != batch.seq:
            self.settle(batch, None)
            return
        for conflict in decision.conflicts:
            event = ConflictEvent(conflict.kind, rev=conflict.rev, by=conflict.by)
            self._conflict_at(event, batch, conflict.op)
        if decision.error is not None:
            code, text, op = decision.error
            self._conflict_at(ConflictEvent("refused", code=code, text=text), batch, op)
        self.settle(batch, decision.rev if decision.committed else None)

    def lose(self, lost: Sequence[Lost]) -> None:
        """Tell what lost its place before the server could see it."""
        for edit, kind in lost:
            self._conflict(ConflictEvent(kind), edit.op, edit.outcome)

    def refuse(self, batch: Batch, code: str, text: str) -> None:
        """Tell that the edits of a transaction are given up."""
        for edit in batch.edits:
            self._conflict(ConflictEvent("refused", code=code, text=text), edit.op, edit.outcome)

    def discard(self, batch: Batch, code: str, text: str) -> None:
        """Tell that a transaction is given up."""
        self.refuse(batch, code, text)
        self.settle(batch, None)

    def finish(self, state: State) -> list[tuple[str, Any]]:
        """Settle what is decided, and return the events: the state is what it will be."""
        events, self._events = self._events, []
        settled, self._settled = self._settled, []
        for _, detail in events:
            if isinstance(detail, ConflictEvent):
                detail.current = _current(state, detail.op)
        for batch, rev in settled:
            batch.settle(rev)
        return events

    def _conflict_at(self, event: ConflictEvent, batch: Batch, index: int | None) -> None:
        if index is not None and 0 <= index < len(batch.submitted):
            self._conflict(event, batch.submitted[index], batch.owners[index])
        else:
            self._conflict(event, None, *batch.outcomes)

    def _conflict(self, event: ConflictEvent, op: Op | None, *outcomes: Outcome | None) -> None:
        event.op, event.local = op, getattr(op, "v", None)
        for outcome in outcomes:
            if outcome is not None:
                outcome.conflicts.append(event)
        self.add("conflict", event)


def _current(state: State, op: Op | None) -> Any:
    """Return what stands where an operation would have changed something."""
    if not isinstance(op, Addressed):
        return None
    try:
        return clone(resolve(state, op.m, op.p))
    except Gone:
        return None
