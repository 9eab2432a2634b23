"""What goes into one transaction, who waits for it, and what weighs what (SPEC 5.2)."""

from __future__ import annotations

from syncline.core.ops import Add, Msg, Set
from syncline.core.state import PlainModel, PlainState
from syncline.sync.messages import Limits
from syncline.sync.outcome import NewEpoch, Outcome
from syncline.sync.pending import Batch, Edit, Pending
from tests.sync.told import Told, append, snapshot, splice, value


def batch(*outcomes: Outcome | None, weight: int = 10) -> Batch:
    made = Batch()
    for outcome in outcomes:
        made.add(Edit(append(1), [], weight, outcome))
    return made


def pending() -> Pending:
    state = PlainState()
    state.models["m"] = PlainModel("t/T@1", {"value": 1, "items": [1, 2, 3]})
    return Pending(state)


def test_as_many_edits_go_at_once_as_fit_and_one_at_least() -> None:
    assert batch(None, None, None).fitting(9, 20) == 2
    assert batch(None, None, None).fitting(9, 19) == 1
    assert batch(None, None, None).fitting(9, 5) == 1
    assert batch(None, None, None).fitting(2, 99) == 2


def test_who_waits_for_a_part_waits_for_no_other() -> None:
    first, second = Outcome(), Outcome()
    rest = batch(first, first, second)
    head = rest.split(2)
    assert (head.outcomes, rest.outcomes) == ([first], [second])


def test_who_waits_for_two_parts_waits_for_both() -> None:
    one = Outcome()
    rest = batch(one, one, one)
    head = rest.split(2)
    assert (head.outcomes, rest.outcomes) == ([one], [one])
    head.settle(5)
    assert not one.settled
    rest.settle(6)
    assert (one.settled, one.rev) == (True, 6)


def test_what_waits_is_weighed_and_what_flies_is_not() -> None:
    made = pending()
    assert made.weight == 0
    made.put([Edit(value(2), [value(1)], 10), Edit(splice(1, 0, 9), [splice(1, 1)], 7)])
    assert made.weight == 17
    made.take("c1", 1, Limits())
    assert made.weight == 0
    made.unsend()
    assert made.weight == 17
    made.withdraw()
    made.carry([splice(0, 3)])
    assert made.weight == 17
    made.carry([Set("m", ["items"], [])])
    assert made.weight == 10
    made.clear()
    assert made.weight == 0


def test_what_is_near_is_asked_anew_under_another_name() -> None:
    made = pending()
    made.put([Edit(Add("c1-1", "t/T@1", {}), [], 1), Edit(Set("c1-1", ["value"], 1), [], 1)])
    assert made.near([Set("c1-1", ["value"], 2)])
    made.rename({"c1-1": "c2-1"})
    assert made.near([Set("c2-1", ["value"], 2)])
    made.clear()
    assert not made.near([Set("c2-1", ["value"], 2)])


def test_my_own_events_count_once_they_are_committed() -> None:
    told = Told()
    told.replica.local(Msg("m", "click"))
    told.send()
    assert told.replica.messages == 0
    told.ok(1, None)
    assert told.replica.messages == 1


def test_a_transaction_of_which_nothing_is_known_ends_with_the_snapshot() -> None:
    told = Told()
    told.replica.local(value(2))
    told.send()
    told.replica.replace(snapshot(value=3), "e1", 8, last_seq=1)
    assert told.replica.in_flight is None
    assert told.props["value"] == 3


def test_a_rebuilt_document_is_told_of_also_where_nothing_waits() -> None:
    told = Told()
    told.replica.replace(snapshot(), "e2", 1)
    assert told.told("epoch") == [NewEpoch("e1", "e2", "replay")]


def test_as_many_operations_as_are_allowed_may_be_one_transaction() -> None:
    told = Told()
    told.replica.limits.ops = 2
    told.replica.begin(mode="atomic")
    told.replica.local(value(2))
    told.replica.local(append(4))
    told.replica.commit()
    assert len(told.send().submitted) == 2
