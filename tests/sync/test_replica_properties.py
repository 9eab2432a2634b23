"""Whatever comes in whatever order, a replica shows what is confirmed and its own edits on top."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.apply import apply, attempt, placed
from syncline.core.columns import Columns
from syncline.core.errors import Gone
from syncline.core.ops import Del, Msg, Op, Set, Splice, Stream, Title, Write
from syncline.core.state import PlainState
from syncline.core.transform import transform
from syncline.core.values import clone, equal
from syncline.sync.outcome import Decision, Outcome
from syncline.sync.replica import Commit, Replica
from tests.sync.told import Watched, snapshot

DELAYS = 12
Fold = dict[str, Any]


def fold(state: PlainState) -> Fold:
    """Return a copy of what a state holds."""
    models: Fold = {m: clone(props) for m, _, props in state.items()}
    return {"title": state.title, "models": models}


def same(a: Fold, b: Fold) -> bool:
    return bool(a["title"] == b["title"] and equal(a["models"], b["models"]))


class Server:
    """Commits in order; what it has to say waits until a test lets it arrive."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.state = source()
        self.log: list[list[Op]] = []
        self.folds = [fold(self.state)]
        self.mail: deque[Callable[[], None]] = deque()

    def others(self, op: Op) -> None:
        """Commit an edit of somebody else, where it resolves."""
        ops = self._apply([op])
        if ops:
            rev = self._log(ops)
            self.mail.append(lambda: self.replica.patch([Commit(rev, clone_ops(ops), "c9", 1)]))

    def decide(self, how: int) -> None:
        """Decide what a client has sent: as it is, adjusted, in part or not at all."""
        batch = self.replica.submit()
        base = self.replica.rev
        carried = clone_ops(batch.submitted)
        for committed in self.log[base:]:
            _, carried = transform(committed, carried)
        if how == 0:
            carried = []
        elif how == 1:
            carried = [adjusted(op) for op in carried]
        ops = self._apply(carried)
        since = len(self.log)
        rev = self._log(ops) if ops else since
        error = ("invalid-value", "no", None) if how == 0 else None
        decision = Decision(batch.seq, since, rev, clone_ops(ops), (), error)
        self.mail.append(lambda: self.replica.outcome(decision))

    def resync(self) -> None:
        """Answer with a snapshot, after which nothing older arrives."""
        assert self.replica.in_flight is None, "its outcome would be lost with the mail"
        self.mail.clear()
        new, rev = PlainState(self.state.title), len(self.log)
        for m, type, props in self.state.items():
            new.add(m, type, props)
        self.mail.append(lambda: self.replica.replace(new, "e1", rev))

    def _apply(self, ops: list[Op]) -> list[Op]:
        done: list[Op] = []
        for op in ops:
            try:
                op = placed(self.state, op)  # type: ignore[arg-type]
            except Gone:
                continue
            if attempt(self.state, op) is not None:
                done.append(op)
        return done

    def _log(self, ops: list[Op]) -> int:
        self.log.append(ops)
        self.folds.append(fold(self.state))
        return len(self.log)


def adjusted(op: Op) -> Op:
    return Set(op.m, op.p, "adjusted") if isinstance(op, Set) and op.p == ["value"] else op


def clone_ops(ops: list[Op]) -> list[Op]:
    return [type(op)(**{n: clone(getattr(op, n)) for n in op.__struct_fields__}) for op in ops]


def source() -> PlainState:
    state = snapshot()
    apply(state, Set("m", ["data"], Columns("g", {"x": np.arange(3.0)})))
    return state


numbers = st.integers(0, 5)
values = st.one_of(
    numbers, st.lists(numbers, max_size=3), st.dictionaries(st.sampled_from("ab"), numbers)
)


def rows(at: int, n: int, roll: int | None) -> Op:
    return Stream("m", ["data"], "g", at, n, {"x": np.full(n, float(at))}, roll)


def cells(at: int, n: int) -> Op:
    return Write("m", ["data"], at, np.full(n, -1.0), "g", "x")


edits = st.one_of(
    st.builds(lambda v: Set("m", ["value"], v), values),
    st.builds(lambda k, v: Set("m", ["d", k], v), st.sampled_from("ab"), values),
    st.builds(lambda k, i, v: Set("m", ["d", k, i], v), st.sampled_from("ab"), numbers, numbers),
    st.builds(lambda k: Del("m", ["d", k]), st.sampled_from("ab")),
    st.builds(lambda v: Set("m", ["d"], v), st.dictionaries(st.sampled_from("ab"), values)),
    st.builds(lambda i, v: Set("m", ["items", i], v), numbers, values),
    st.builds(
        lambda i, d, v: Splice("m", ["items"], i, d, v),
        st.none() | numbers,
        st.integers(0, 2),
        st.lists(numbers, max_size=3),
    ),
    st.builds(rows, st.integers(3, 12), st.integers(1, 3), st.none() | st.integers(1, 6)),
    st.builds(cells, st.integers(0, 9), st.integers(1, 3)),
    st.builds(Title, st.sampled_from("xyz")),
    st.builds(lambda: Msg("m", "click")),
)
steps = st.one_of(
    st.tuples(st.just("mine"), edits),
    st.tuples(st.just("mine"), edits),
    st.tuples(st.just("together"), st.lists(edits, max_size=3)),
    st.tuples(st.just("undone"), st.lists(edits, max_size=3)),
    st.tuples(st.just("others"), edits),
    st.tuples(st.just("sent"), st.integers(0, 4)),
    st.tuples(st.just("arrives"), st.integers(1, 3)),
    st.tuples(st.just("snapshot"), st.just(0)),
)


class Run:
    """A replica, its server, and what is checked after every step."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.outcomes: list[Outcome] = []
        self.view = Watched()
        self.replica = Replica(source(), self._report, view=self.view)
        self.replica.client, self.replica.epoch = "c1", "e1"
        assert isinstance(self.replica.state, PlainState)
        self.state = self.view.state = self.replica.state
        self.server = Server(self.replica)

    def _report(self, kind: str, detail: Any) -> None:
        self.told.append((kind, detail))

    def step(self, what: str, how: Any) -> None:
        match what:
            case "mine":
                self.edit(how)
            case "together" | "undone":
                outcome = self.replica.begin()
                for op in how:
                    self.edit(op)
                if what == "undone":
                    self.replica.rollback()
                else:
                    self.replica.commit()
                    self.outcomes.append(outcome)
            case "others":
                self.server.others(clone_ops([how])[0])
            case "sent":
                if self.replica.take() is not None:
                    self.server.decide(how)
            case "arrives":
                for _ in range(how):
                    if self.server.mail:
                        self.server.mail.popleft()()
            case "snapshot":
                if self.replica.in_flight is None:
                    self.server.resync()

    def edit(self, op: Op) -> None:
        with contextlib.suppress(Gone, ValueError):
            self.replica.local(clone_ops([op])[0])

    def check(self) -> None:
        shown = fold(self.state)
        self.replica.edits.withdraw()
        confirmed = fold(self.state)
        self.replica.edits.reapply()
        expected = self.server.folds[self.replica.rev]
        assert same(confirmed, expected), f"confirmed is {confirmed}, not {expected}"
        assert same(fold(self.state), shown), "taken back and done again, it shows something else"

    def settle(self) -> None:
        for _ in range(DELAYS):
            while self.server.mail:
                self.server.mail.popleft()()
                self.check()
            if self.replica.take() is not None:
                self.server.decide(2)
        assert self.replica.pending == []
        assert same(fold(self.state), self.server.folds[-1])
        assert all(outcome.settled for outcome in self.outcomes)


@settings(max_examples=400, deadline=None)
@given(st.lists(steps, max_size=25))
def test_what_is_confirmed_is_the_fold_of_the_commits(story: list[tuple[str, Any]]) -> None:
    run = Run()
    for what, how in story:
        run.step(what, how)
        run.check()
    run.settle()


@settings(max_examples=200, deadline=None)
@given(st.lists(edits, max_size=20))
def test_edits_that_wait_as_few_are_undone_as_many(ops: list[Op]) -> None:
    run = Run()
    before = fold(run.state)
    for op in ops:
        run.edit(op)
    shown = fold(run.state)
    plain = source()
    for op in run.replica.pending:
        apply(plain, clone_ops([op])[0])
    assert same(fold(plain), shown), "few make the same as many"
    run.replica.edits.withdraw()
    assert same(fold(run.state), before)
