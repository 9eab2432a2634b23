"""Transactions of a client: limits, modes, outcomes, and what costs nothing (SPEC 5.2 and 5.5)."""

from __future__ import annotations

import asyncio
import sys

import numpy as np
import pytest

from syncline.core.ops import Add, Drop, Msg, Op, RootAdd, RootRemove, Set, Title
from syncline.core.values import BadValue, Ref
from syncline.sync.engine import current_task
from syncline.sync.messages import Conflict
from syncline.sync.outcome import ConflictEvent, Decision, Outcome
from syncline.sync.pending import Pending
from syncline.sync.replica import Commit, Replica
from syncline.sync.spots import Spots
from tests.sync.told import Told, append, snapshot, splice, value


@pytest.fixture
def told() -> Told:
    return Told()


def transact(told: Told, *ops: Op, **how: str) -> Outcome:
    outcome = told.replica.begin(how.get("label"), how.get("mode", "merge"))  # type: ignore[arg-type]
    for op in ops:
        told.replica.local(op)
    told.replica.commit()
    return outcome


def test_a_transaction_tells_its_revision_and_its_conflicts(told: Told) -> None:
    heard: list[Outcome] = []
    outcome = transact(told, value(2), append(4))
    outcome.then(heard.append)
    told.send()
    assert not heard
    told.ok(1, [value(2), splice(3, 0, 4)], Conflict(0, "concurrent", 1, "c2"))
    assert heard == [outcome]
    assert outcome.rev == 1
    assert outcome.conflicts == [ConflictEvent("concurrent", value(2), 2, 2, rev=1, by="c2")]
    outcome.then(heard.append)
    assert len(heard) == 2
    assert "rev=1" in repr(outcome)


def test_edits_of_one_kind_travel_together_each_with_its_own_conflicts(told: Told) -> None:
    first, second = transact(told, value(2)), transact(told, Set("m", ["d", "k"], 1))
    batch = told.send()
    assert batch.submitted == [value(2), Set("m", ["d", "k"], 1)]
    told.ok(1, batch.submitted, Conflict(1, "concurrent"), Conflict(9, "concurrent"))
    assert first.rev == second.rev == 1
    assert [one.kind for one in second.conflicts] == ["concurrent", "concurrent"]
    assert len(first.conflicts) == 1, "what names no operation is told to all"


def test_a_strict_transaction_travels_alone(told: Told) -> None:
    told.replica.local(value(2))
    strict = transact(told, Set("m", ["d", "k"], 1), mode="strict", label="check")
    told.replica.local(value(3))
    assert [told.send().mode] == ["merge"]
    told.ok(1, None)
    batch = told.send()
    assert (batch.mode, batch.label, batch.submitted) == (
        "strict",
        "check",
        [Set("m", ["d", "k"], 1)],
    )
    told.refuse("conflict", "somebody was first", 0)
    assert strict.settled
    assert strict.rev is None
    assert [one.kind for one in strict.conflicts] == ["refused"]
    assert told.props == {"value": 3, "items": [1, 2, 3], "d": {}}


WHOLES: list[tuple[str, list[Op], Op, list[str]]] = [
    # A part has lost its place.
    ("atomic", [splice(0, 0, "a"), Set("m", ["items", 2], "b")], splice(1, 1), ["target-gone"]),
    # Somebody has changed what it stands on, above, at or below.
    ("strict", [splice(0, 0, "a"), value(2)], value(9), []),
    ("strict", [splice(0, 0, "a"), Set("m", ["d", "k"], 1)], Set("m", ["d", "k", "x"], 0), []),
    ("strict", [splice(0, 0, "a"), Set("m", ["d", "k"], 1)], Set("m", ["d"], {}), []),
]


@pytest.mark.parametrize(("mode", "ops", "committed", "kinds"), WHOLES)
def test_of_what_is_committed_whole_or_not_at_all_nothing_is_sent_once_it_is_broken(
    told: Told, mode: str, ops: list[Op], committed: Op, kinds: list[str]
) -> None:
    told.commit(Set("m", ["d", "k"], {"x": 1}))
    told.replica.local(Title("first"))
    told.send()
    outcome = transact(told, *ops, mode=mode)
    # On top of it: this is the first item of the others.
    told.replica.local(Set("m", ["items", 1], "mine"))
    told.commit(committed)
    told.ok(3, None)
    assert told.send().submitted == []
    refused = ["refused"] * (len(ops) - len(kinds))
    assert [one.kind for one in outcome.conflicts] == kinds + refused
    assert outcome.conflicts[-1].code == "conflict"
    assert told.props["items"][0] == "mine"
    told.replica.outcome(Decision(2, 3, 3, []))
    assert outcome.settled
    assert outcome.rev is None
    assert told.send().submitted == [Set("m", ["items", 0], "mine")]


def test_what_others_do_elsewhere_breaks_nothing(told: Told) -> None:
    told.replica.local(Title("first"))
    told.send()
    strict, atomic = [value(2)], [splice(0, 0, "a")]
    transact(told, *strict, mode="strict")
    transact(told, *atomic, mode="atomic")
    told.commit(splice(1, 1))
    told.ok(2, None)
    assert told.send().submitted == strict
    told.ok(3, None)
    assert told.send().submitted == atomic


def test_what_need_not_be_whole_is_sent_again_without_what_is_lost(told: Told) -> None:
    transact(told, value(2), Set("m", ["items", 1], "b"))
    told.send()
    told.commit(splice(1, 1))
    assert told.replica.submit().submitted == [value(2)]
    assert told.props["value"] == 2


def test_what_is_in_flight_is_sent_again_whole_or_not_at_all(told: Told) -> None:
    outcome = transact(told, value(2), Set("m", ["items", 1], "b"), mode="atomic")
    assert len(told.send().submitted) == 2
    told.commit(splice(1, 1))
    assert told.told("conflict") == []
    assert told.replica.submit().submitted == []
    assert told.props["value"] == 1
    assert ("py", "value", "2", "1") in told.view.changes
    assert {one.kind for one in outcome.conflicts} == {"refused", "target-gone"}


def test_another_label_is_another_transaction(told: Told) -> None:
    transact(told, value(2), label="drag")
    transact(told, append(4), label="drag")
    told.replica.local(value(3))
    assert [batch.label for batch in told.replica.edits.queue] == ["drag", None]


def test_a_transaction_without_an_edit_is_settled_at_once(told: Told) -> None:
    assert transact(told).settled
    assert told.replica.take() is None


def test_an_edit_without_effect_is_not_sent(told: Told) -> None:
    told.replica.local(RootRemove("m"))
    assert told.replica.pending == []
    told.replica.local(Msg("m", "click"))
    assert told.replica.pending == [Msg("m", "click")]


def test_a_long_queue_goes_in_transactions_that_stay_whole(told: Told) -> None:
    told.replica.limits.ops = 3
    first = transact(told, *[Set("m", ["d", f"a{n}"], n) for n in range(2)])
    second = transact(told, *[Set("m", ["d", f"b{n}"], n) for n in range(2)])
    assert len(told.send().edits) == 2
    told.ok(1, None)
    assert first.settled
    assert not second.settled
    assert len(told.send().edits) == 2
    told.ok(2, None)
    assert second.rev == 2


def test_a_transaction_over_the_limit_is_split_and_settled_by_its_last_part(told: Told) -> None:
    told.replica.limits.ops = 2
    outcome = transact(told, *[Set("m", ["d", f"a{n}"], n) for n in range(5)])
    for rev, count in enumerate((2, 2, 1), start=1):
        assert not outcome.settled
        assert len(told.send().edits) == count
        told.ok(rev, None)
    assert outcome.rev == 3


def test_a_heavy_queue_is_split_by_its_bytes(told: Told) -> None:
    told.replica.limits.frame = 500
    for n in range(4):
        told.replica.local(Set("m", ["d", f"a{n}"], "x" * 150))
    told.replica.local(Set("m", ["d", "heavy"], "x" * 600))
    for rev, count in enumerate((2, 2, 1), start=1):
        assert len(told.send().edits) == count
        told.ok(rev, None)


def test_plain_edits_are_split_at_the_limit(told: Told) -> None:
    told.replica.limits.ops = 2
    for n in range(3):
        told.replica.local(Set("m", ["d", f"a{n}"], n))
    assert len(told.send().edits) == 2


def test_a_transaction_that_may_not_be_split_is_refused_whole(told: Told) -> None:
    told.replica.limits.ops = 2
    told.replica.begin(mode="atomic")
    for n in range(3):
        told.replica.local(Set("m", ["d", f"a{n}"], n))
    with pytest.raises(BadValue, match="3 operations"):
        told.replica.commit()
    assert told.props["d"] == {}
    assert told.replica.pending == []
    transact(told, value(2))
    assert told.props["value"] == 2


def test_what_is_over_a_limit_is_refused_before_it_shows(told: Told) -> None:
    limits = told.replica.limits
    limits.depth, limits.string, limits.max_document_in = 3, 200, 1000
    with pytest.raises(BadValue, match="path of 4"):
        told.replica.local(Set("m", ["d", "a", "b", "c"], 1))
    long = "x" * 201
    for v in (long, [long], {"k": long}, {long: 1}, (long,)):
        with pytest.raises(BadValue, match="text of 201"):
            told.replica.local(value(v))
    with pytest.raises(BadValue, match="text of 201"):
        told.replica.local(Add("c1-1", "t/T@1", {"p": long}))
    with pytest.raises(BadValue, match="over the limit of 1000"):
        told.replica.local(value(["x" * 190] * 6))
    told.replica.local(value(["x" * 190] * 2))
    assert told.replica.pending == [value(["x" * 190] * 2)]


def test_the_queue_is_bounded_and_a_single_edit_is_not_too_much_for_it(told: Told) -> None:
    told.replica.limits.pending = 300
    for n in range(100):
        told.replica.local(value(n))
    told.replica.local(value("x" * 1000))
    with pytest.raises(BadValue, match="wait to be sent"):
        told.replica.local(append("more"))
    told.send()
    told.replica.local(append("more"))
    assert told.replica.edits.weight < 300


def test_nothing_is_sent_while_held(told: Told) -> None:
    told.replica.hold()
    told.replica.local(value(2))
    assert told.replica.take() is None
    told.replica.release()
    assert told.replica.take() is not None


def test_a_transaction_ends_once() -> None:
    with pytest.raises(RuntimeError, match="no transaction"):
        Told().replica.commit()


def test_a_nested_transaction_joins_and_cannot_be_stricter(told: Told) -> None:
    told.replica.begin(mode="atomic")
    told.replica.begin()
    told.replica.local(value(2))
    told.replica.commit()
    with pytest.raises(RuntimeError, match="cannot join"):
        told.replica.begin(mode="strict")
    told.replica.commit()
    assert told.send().mode == "atomic"


def test_a_transaction_left_open_is_undone_when_the_document_goes_on(told: Told) -> None:
    told.replica.begin()
    told.replica.local(append(4))
    told.commit(value(9))
    assert told.props == {"value": 9, "items": [1, 2, 3], "d": {}}
    with pytest.raises(RuntimeError, match="spanned an await"):
        told.replica.local(value(2))
    with pytest.raises(RuntimeError, match="spanned an await"):
        told.replica.commit()
    assert told.replica.pending == []
    told.replica.local(value(2))
    assert told.props["value"] == 2


def test_a_broken_transaction_rolls_back_once(told: Told) -> None:
    told.replica.begin()
    told.replica.local(append(4))
    told.replica.begin()
    told.commit(value(9))
    told.replica.rollback()
    told.replica.rollback()
    assert told.props == {"value": 9, "items": [1, 2, 3], "d": {}}


async def test_a_transaction_does_not_leave_its_task(told: Told) -> None:
    told.replica.begin()

    async def join() -> None:
        told.replica.begin()

    with pytest.raises(RuntimeError, match="another task"):
        await asyncio.create_task(join())
    told.replica.rollback()


def test_a_rebase_may_leave_nothing_to_send(told: Told) -> None:
    outcome = transact(told, Set("m", ["items", 1], "mine"))
    told.commit(splice(1, 1))
    assert outcome.settled
    assert outcome.rev is None
    assert [one.kind for one in outcome.conflicts] == ["target-gone"]
    assert told.replica.take() is None


def test_what_is_lost_in_flight_is_told_by_the_server_or_when_sent_again(told: Told) -> None:
    told.replica.local(Set("m", ["items", 1], "mine"))
    told.send()
    told.commit(splice(1, 1))
    assert told.told("conflict") == []
    again = told.replica.submit()
    assert again.submitted == []
    assert [one.kind for one in told.told("conflict")] == ["target-gone"]
    told.replica.submit()
    assert len(told.told("conflict")) == 1


def test_what_touches_no_pending_place_leaves_pending_alone(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.replica.local(value(2))
    told.replica.local(Msg("m", "click"))
    told.replica.local(Title("mine"))
    calls: list[str] = []
    monkeypatch.setattr(Pending, "withdraw", lambda self: calls.append("withdrawn"))
    told.commit(Set("m", ["d", "k"], 1), Msg("m", "click"), RootAdd("m"))
    told.commit(Add("py-2", "t/T@1", {}), Drop(["py-2"]))
    assert calls == []
    assert [by for by, _ in told.view.applied_ops] == ["c1", "c1", "c1", "py", "py"]
    told.commit(value(9))
    assert calls == ["withdrawn"]


@pytest.mark.parametrize(
    ("mine", "theirs", "near"),
    [
        (value(1), value(2), True),
        (value(1), append(2), False),
        (Add("m", "t/T@1", {}), value(2), True),
        (Add("m", "t/T@1", {}), Msg("m", "click"), True),
        (Drop(["m"]), value(2), True),
        (value(1), Drop(["n", "m"]), True),
        (Msg("m", "click"), Drop(["m"]), True),
        (RootAdd("m"), Drop(["m"]), True),
        (RootAdd("m"), RootRemove("n"), True),
        (Add("m", "t/T@1", {}), RootAdd("m"), True),
        (value(1), RootAdd("m"), False),
        (Title("a"), Title("b"), True),
        (value(1), Title("b"), False),
        (value(1), Add("m", "t/T@1", {}), True),
        (value(1), Add("n", "t/T@1", {}), False),
    ],
)
def test_places_tell_what_may_concern_them(mine: Op, theirs: Op, near: bool) -> None:
    assert Spots([mine]).near(theirs) is near


def test_the_view_hears_each_author_and_never_twice(told: Told) -> None:
    told.replica.local(value(2))
    told.send()
    told.ok(1, None)
    assert told.view.applied_ops == [("c1", [value(2)])]
    told.commit(append(4), Msg("m", "ping"), by="c9")
    assert told.view.applied_ops[1:] == [("c9", [append(4), Msg("m", "ping")])]
    assert told.view.messages == [("c9", "ping")]
    assert told.view.changes == []


def test_the_view_hears_what_a_refusal_falls_back_to(told: Told) -> None:
    told.replica.local(value(2))
    told.send()
    told.commit(value(7), by="c9")
    assert told.view.changes == []
    told.refuse("invalid-value")
    assert told.view.changes == [("py", "value", "2", "7")]


def test_my_own_events_are_not_delivered_to_me(told: Told) -> None:
    told.replica.local(Msg("m", "click"))
    told.send()
    told.commit(Msg("m", "click"), by="c1", seq=1)
    told.replica.volatile("c9", [Msg("m", "hover"), value(3)])
    told.replica.volatile("c1", [Msg("m", "hover")])
    assert told.view.messages == [("c9", "hover")]
    assert told.replica.messages == 1


def test_the_conflicts_of_my_commit_in_a_patch_come_with_its_ok(told: Told) -> None:
    outcome = transact(told, value(9))
    told.send()
    told.commit(value(5), by="c1", seq=1, conflicts=True)
    assert not outcome.settled
    assert told.replica.waiting == 1
    told.replica.outcome(decision(1, "adjusted"))
    assert (outcome.rev, [one.kind for one in outcome.conflicts]) == (1, ["adjusted"])
    told.replica.outcome(decision(1, "adjusted"))
    assert len(outcome.conflicts) == 1


def test_nothing_is_sent_before_the_ok_of_what_a_patch_committed(told: Told) -> None:
    outcome = transact(told, value(9))
    told.send()
    told.commit(value(9), by="c1", seq=1, conflicts=True)
    transact(told, value(10))
    told.replica.outcome(decision(7, "adjusted"))
    assert told.replica.take() is None
    assert (outcome.settled, told.replica.waiting) == (False, 1)
    told.replica.outcome(decision(1, "adjusted"))
    assert (outcome.settled, [one.kind for one in outcome.conflicts]) == (True, ["adjusted"])
    assert told.send().seq == 2


def test_a_lost_ok_settles_with_the_reply_to_the_next_pull(told: Told) -> None:
    outcome = transact(told, value(9))
    told.send()
    told.commit(value(9), by="c1", seq=1, conflicts=True)
    told.replica.catch_up([], 1, 1, None)
    assert (outcome.settled, outcome.rev) == (True, 1)


def test_a_commit_without_conflicts_is_its_outcome(told: Told) -> None:
    outcome = transact(told, value(9))
    told.send()
    transact(told, value(10))
    told.commit(value(9), by="c1", seq=1)
    assert (outcome.settled, outcome.rev, outcome.conflicts) == (True, 1, [])
    assert told.send().seq == 2


def decision(seq: int, kind: str) -> Decision:
    return Decision(seq, 0, 1, [value(5)], [Conflict(0, kind)])


def test_references_keep_their_order_behind_a_new_model(told: Told) -> None:
    transact(told, value(1), Add("c1-1", "t/T@1", {}), value(Ref("c1-1")))
    assert [type(op) for op in told.queue] == [Set, Add, Set]
    assert snapshot().models["m"].props["value"] == 1


def test_large_arrays_are_no_text(told: Told) -> None:
    told.replica.limits.string = 100
    told.replica.local(value([np.zeros(100), b"x" * 200, {"k": "x"}]))
    told.replica.local(Set("m", ["image"], np.zeros(100)))
    assert len(told.replica.pending) == 2


def test_a_refused_root_is_taken_back_under_the_title_behind_it(told: Told) -> None:
    told.replica.local(RootAdd("m"))
    told.send()
    told.replica.local(Title("mine"))
    told.refuse("read-only")
    assert told.replica.state.roots == []
    assert told.queue == [Title("mine")]


def test_an_operation_nobody_looks_at_is_applied_all_the_same() -> None:
    replica = Replica(snapshot())
    replica.local(value(2))
    replica.patch([Commit(1, [value(3), Msg("m", "click")])])
    assert replica.pending == [value(2)]


def test_without_asyncio_there_is_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "asyncio")
    assert current_task() is None


def test_what_was_squashed_has_no_author_and_counts_as_pythons(told: Told) -> None:
    told.replica.patch([Commit(told.replica.rev + 1, [value(4)], None, None, False)])
    assert told.view.applied_ops == [("py", [value(4)])]
