"""Small promises of replicas and sessions that are easily broken without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Add, Set
from syncline.core.state import PlainModel
from syncline.core.values import BadValue
from syncline.sync.messages import Conflict
from syncline.sync.outcome import Decision
from tests.sync.speaker import Speaker, live, props, put
from tests.sync.told import Told, append, snapshot, splice, value

if TYPE_CHECKING:
    from syncline.sync.session import Session


def test_every_step_of_a_replica_tells_of_a_change() -> None:
    told = Told()
    told.commit(value(2))
    assert told.reports == [("change", None)]


def test_what_the_committed_form_of_mine_replaces_is_told() -> None:
    told = Told()
    told.replica.local(splice(0, 0, "mine"))
    told.send()
    told.replica.local(splice(4, 0, "behind"))
    told.ok(1, [Set("m", ["items"], [9])])
    assert [one.kind for one in told.told("conflict")] == ["container-replaced"]
    assert told.props["items"] == [9]


def echoed() -> Told:
    """Return a replica whose commit came as a patch, and whose OK is still to tell conflicts."""
    told = Told()
    told.replica.local(value(2))
    told.send()
    told.commit(value(2), by="c1", seq=1, conflicts=True)
    assert told.replica.waiting == 1
    return told


def test_a_snapshot_tells_the_conflicts_of_a_commit_that_came_before_it() -> None:
    told = echoed()
    decision = Decision(1, 0, 1, [value(2)], [Conflict(0, "concurrent", 0, "c2")])
    told.replica.replace(snapshot(value=2), "e1", 8, decision=decision)
    assert [one.kind for one in told.told("conflict")] == ["concurrent"]
    assert told.replica.waiting is None


def test_behind_a_snapshot_no_ok_is_waited_for() -> None:
    told = echoed()
    told.replica.replace(snapshot(value=2), "e1", 8)
    assert told.replica.waiting is None


def test_who_waits_for_edits_that_a_snapshot_leaves_no_place_is_told() -> None:
    told = Told()
    outcome = told.replica.begin()
    told.replica.local(Set("m", ["items", 0], 9))
    told.replica.commit()
    told.replica.replace(snapshot(items=[]), "e1", 8)
    assert outcome.settled
    assert told.replica.pending == []


def test_an_edit_is_not_carried_to_a_model_that_has_its_id_by_chance() -> None:
    told = Told()
    told.commit(Add("n", "t/Other@1", {"value": 1}))
    told.replica.local(Set("n", ["value"], 2))
    new = snapshot()
    new.models["n"] = PlainModel("u/U@1", {"value": 5})
    told.replica.replace(new, "e2", 1)
    assert told.plain.models["n"].props == {"value": 5}
    assert [one.kind for one in told.told("conflict")] == ["model-gone"]


def test_a_transaction_of_exactly_the_most_bytes_may_go() -> None:
    told = Told()
    told.replica.begin()
    told.replica.local(append("x" * 100))
    told.replica.commit()
    told.replica.limits.max_document_in = told.replica.edits.weight
    told.replica.edits.clear()
    told.replica.begin(mode="atomic")
    told.replica.local(append("x" * 100))
    told.replica.commit()
    told.replica.begin(mode="atomic")
    told.replica.local(append("x" * 50))
    told.replica.local(append("x" * 50))
    with pytest.raises(BadValue):
        told.replica.commit()


def test_a_number_that_was_given_away_is_not_taken(session: Session) -> None:
    first = live(session)
    second = Speaker(session)
    second.pull(client=first.client, resume_key=first.key)
    second.edit(put(2), seq=1)
    assert second.answer().content["code"] == "seq-gap"
    second.edit(put(3), seq=2)
    assert props(session)["value"] == 3


def test_what_cannot_be_read_waits_too_while_a_transaction_is_open(session: Session) -> None:
    speaker = live(session)
    session.begin()
    speaker.edit({"op": "none"})
    assert speaker.answer().content["retry"] == "later"
    session.commit()
    speaker.edit(put(2), seq=1)
    assert props(session)["value"] == 2
