"""A replica without a carrier: a test says what the server says, and hears what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Set, Splice
from syncline.core.state import PlainModel, PlainState
from syncline.sync.outcome import Decision
from syncline.sync.replica import Commit, Replica
from syncline.sync.view import Blind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncline.core.apply import Undo
    from syncline.core.ops import Msg, Op
    from syncline.sync.messages import Conflict
    from syncline.sync.pending import Batch

Before = dict[tuple[str, str], Any]


class Watched(Blind):
    """A view that notes what it is told."""

    def __init__(self) -> None:
        self.state = PlainState()
        self.applied_ops: list[tuple[str, list[Op]]] = []
        self.changes: list[tuple[str, str, Any, Any]] = []
        self.messages: list[tuple[str, str]] = []

    def applied(self, by: str, ops: Sequence[Op], undo: Sequence[Undo]) -> None:
        assert len(ops) == len(undo)
        self.applied_ops.append((by, list(ops)))

    def changing(self, places: Iterable[tuple[str, str]] | None) -> Before:
        if places is None:
            models = self.state.models
            places = [(m, name) for m in models for name in models[m].props]
        return {place: self._value(*place) for place in places}

    def changed(self, by: str, ops: Sequence[Op], before: Before) -> None:
        for (m, name), old in before.items():
            new = self._value(m, name)
            if new != old:
                self.changes.append((by, name, old, new))

    def message(self, by: str, op: Msg) -> None:
        self.messages.append((by, op.name))

    def _value(self, m: str, name: str) -> Any:
        model = self.state.models.get(m)
        return None if model is None else repr(model.props.get(name))


class Told:
    """A replica of a document with one model, and what it reported."""

    def __init__(self, **options: Any) -> None:
        self.reports: list[tuple[str, Any]] = []
        self.view = Watched()
        self.replica = Replica(
            snapshot(),
            lambda kind, detail: self.reports.append((kind, detail)),
            view=self.view,
            **options,
        )
        self.view.state = self.replica.state  # type: ignore[assignment]
        self.replica.client, self.replica.epoch = "c1", "e1"

    def commit(
        self, *ops: Op, by: str = "py", seq: int | None = None, conflicts: bool = False
    ) -> None:
        self.replica.patch([Commit(self.replica.rev + 1, list(ops), by, seq, conflicts)])

    def ok(self, rev: int, ops: list[Op] | None, *conflicts: Conflict) -> None:
        flight = self.replica.in_flight
        assert flight is not None
        self.replica.outcome(Decision(flight.seq, rev - 1, rev, ops, conflicts))

    def refuse(self, code: str, text: str = "", op: int | None = None) -> None:
        flight, rev = self.replica.in_flight, self.replica.rev
        assert flight is not None
        self.replica.outcome(Decision(flight.seq, rev, rev, [], (), (code, text, op)))

    def send(self) -> Batch:
        """Put what is queued in flight, as a link does."""
        assert self.replica.take() is not None
        return self.replica.submit()

    def told(self, kind: str) -> list[Any]:
        return [detail for name, detail in self.reports if name == kind]

    @property
    def queue(self) -> list[Op]:
        return [op for batch in self.replica.edits.queue for op in batch.ops]

    @property
    def plain(self) -> PlainState:
        state = self.replica.state
        assert isinstance(state, PlainState)
        return state

    @property
    def props(self) -> dict[str, Any]:
        return self.plain.models["m"].props


def snapshot(**props: Any) -> PlainState:
    """Return a document with a model `m`."""
    state = PlainState("t")
    known = {"value": 1, "items": [1, 2, 3], "d": {}}
    state.models["m"] = PlainModel("t/T@1", known | props)
    return state


def value(v: Any) -> Set:
    return Set("m", ["value"], v)


def append(*values: Any) -> Splice:
    return Splice("m", ["items"], None, 0, list(values))


def splice(i: int, d: int, *values: Any) -> Splice:
    return Splice("m", ["items"], i, d, list(values))
