"""The client's rules: what it shows, keeps and reports (SPEC 5.2)."""

from __future__ import annotations

import pytest

import syncline as sl
from syncline.core.errors import Gone
from syncline.core.ops import Add, Del, RootAdd, RootRemove, Set, Splice, Title
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Ref
from syncline.sync.engine import Engine
from syncline.sync.messages import Conflict
from syncline.sync.outcome import ConflictEvent, Decision
from syncline.sync.replica import Commit, Replica
from tests.sync.told import Told, append, snapshot, splice, value


@pytest.fixture
def told() -> Told:
    return Told()


def test_an_edit_shows_at_once_and_one_transaction_flies(told: Told) -> None:
    told.replica.local(value(2))
    first = told.send()
    assert (first.seq, first.submitted) == (1, [value(2)])
    told.replica.local(value(3))
    assert told.replica.take() is None
    assert told.props["value"] == 3


def test_edits_of_one_place_wait_as_one(told: Told) -> None:
    for number in range(60):
        told.replica.local(value(number))
        told.replica.local(Set("m", ["d", "k"], number))
    assert told.queue == [value(59), Set("m", ["d", "k"], 59)]


def test_models_that_enter_together_are_submitted_one_after_the_other(told: Told) -> None:
    adds = [Add("a", "t/T@1", {"value": 1}), Add("b", "t/T@1", {"value": Ref("a")})]
    told.replica.enter(adds, [Ref("a")])
    assert told.queue == adds
    assert told.replica.state.has("b")


def test_an_edit_in_between_keeps_two_sets_apart(told: Told) -> None:
    told.replica.local(Set("m", ["items", 0], 7))
    told.replica.local(Splice("m", ["items"], 0, 0, [0]))
    told.replica.local(Set("m", ["items", 0], 8))
    assert len(told.queue) == 3
    assert told.props["items"] == [8, 7, 2, 3]


def test_what_others_commit_goes_under_what_is_pending(told: Told) -> None:
    told.replica.local(value(2))
    told.commit(value(9), Set("m", ["d", "k"], 1))
    assert told.props == {"value": 2, "items": [1, 2, 3], "d": {"k": 1}}
    told.send()
    told.refuse("invalid-value", "value: expected less")
    assert told.props["value"] == 9
    assert told.told("conflict") == [
        ConflictEvent("refused", code="invalid-value", text="value: expected less")
    ]


def test_an_ok_with_other_values_replaces_what_was_shown(told: Told) -> None:
    told.replica.local(value(9))
    told.send()
    told.ok(1, [value(5)], Conflict(0, "adjusted"))
    assert told.props["value"] == 5
    assert told.told("conflict") == [ConflictEvent("adjusted", value(9), 9, 5)]
    assert told.replica.in_flight is None


def test_verbatim_means_what_was_submitted_whatever_came_since(told: Told) -> None:
    told.replica.local(Splice("m", ["items"], 1, 0, ["x"]))
    told.send()
    told.commit(Splice("m", ["items"], 0, 0, ["y"]))
    assert told.props["items"] == ["y", 1, "x", 2, 3]
    told.ok(2, [Splice("m", ["items"], 2, 0, ["x"])])
    assert told.props["items"] == ["y", 1, "x", 2, 3]
    assert told.replica.rev == 2


def test_an_edit_of_an_item_whose_append_is_in_flight_is_not_lost(told: Told) -> None:
    told.replica.local(append("new"))
    told.send()
    told.replica.local(Set("m", ["items", 3], "better"))
    told.ok(1, [Splice("m", ["items"], 3, 0, ["new"])])
    assert told.props["items"] == [1, 2, 3, "better"]
    assert told.queue == [Set("m", ["items", 3], "better")]


def test_an_edit_of_an_item_whose_insert_was_adjusted_is_not_lost(told: Told) -> None:
    told.replica.local(Splice("m", ["items"], 0, 0, ["new"]))
    told.send()
    told.replica.local(Set("m", ["items", 0], "better"))
    told.ok(1, [Splice("m", ["items"], 0, 0, ["NEW"])])
    assert told.props["items"] == ["better", 1, 2, 3]


def test_my_own_commit_in_a_patch_ends_what_is_in_flight(told: Told) -> None:
    told.replica.local(append(4))
    told.send()
    told.commit(Splice("m", ["items"], 3, 0, [4]), by="c1", seq=1)
    assert told.replica.in_flight is None
    assert told.props["items"] == [1, 2, 3, 4]


def test_an_edit_that_does_not_resolve_meanwhile_waits_outside_the_view(told: Told) -> None:
    told.replica.local(Set("m", ["d", "k"], {}))
    told.send()
    told.replica.local(Set("m", ["d", "k", "deep"], 1))
    told.ok(1, [Set("m", ["d", "k"], 5)], Conflict(0, "adjusted"))
    assert told.props["d"] == {"k": 5}
    assert told.replica.pending == [Set("m", ["d", "k", "deep"], 1)]
    told.commit(Set("m", ["d", "k"], {}))
    assert told.props["d"] == {"k": {"deep": 1}}
    told.replica.edits.withdraw()
    assert told.props["d"] == {"k": {}}


def test_an_edit_that_lost_its_place_is_told(told: Told) -> None:
    told.replica.local(Set("m", ["items", 2], "mine"))
    told.replica.local(value(7))
    told.commit(Splice("m", ["items"], 2, 1, []))
    assert told.replica.pending == [value(7)]
    assert [detail.kind for kind, detail in told.reports if kind == "conflict"] == ["target-gone"]


def test_an_edit_that_does_not_resolve_now_is_refused_at_once(told: Told) -> None:
    with pytest.raises(Gone):
        told.replica.local(Set("m", ["items", 9], 1))
    assert told.replica.pending == []


def test_a_rollback_takes_back_its_own_edits_and_no_earlier_ones(told: Told) -> None:
    told.replica.local(value(2))
    told.replica.begin()
    told.replica.local(value(3))
    told.replica.local(append(4))
    told.replica.begin()
    told.replica.local(value(5))
    told.replica.rollback()
    assert told.props["value"] == 3
    told.replica.rollback()
    assert told.props == {"value": 2, "items": [1, 2, 3], "d": {}}
    assert told.queue == [value(2)]


def test_nothing_is_sent_in_the_middle_of_a_transaction(told: Told) -> None:
    told.replica.begin()
    told.replica.local(value(2))
    assert told.replica.take() is None
    told.replica.commit()
    assert told.replica.take() is not None


def test_pending_edits_survive_a_snapshot(told: Told) -> None:
    told.replica.local(Splice("m", ["items"], 3, 0, ["mine"]))
    told.replica.replace(snapshot(items=[0, 1, 2, 3]), "e1", 9)
    assert told.props["items"] == [0, 1, 2, 3, "mine"]
    assert told.replica.rev == 9
    assert told.queue == [Splice("m", ["items"], 4, 0, ["mine"])]


def test_a_committed_transaction_is_not_shown_twice_after_a_snapshot(told: Told) -> None:
    told.replica.local(append("mine"))
    told.send()
    told.replica.local(append("next"))
    committed = Decision(1, 0, 1, [Splice("m", ["items"], 3, 0, ["mine"])])
    told.replica.replace(snapshot(items=[1, 2, 3, "mine"]), "e1", 9, last_seq=1, decision=committed)
    assert told.props["items"] == [1, 2, 3, "mine", "next"]
    assert told.replica.in_flight is None


def test_an_edit_of_a_spent_append_survives_the_snapshot(told: Told) -> None:
    told.replica.local(append("mine"))
    told.send()
    told.replica.local(Set("m", ["items", 3], "better"))
    committed = Decision(1, 0, 1, [Splice("m", ["items"], 3, 0, ["mine"])])
    told.replica.replace(
        snapshot(items=[0, 1, 2, 3, "mine"]), "e1", 9, last_seq=1, decision=committed
    )
    assert told.props["items"] == [0, 1, 2, 3, "better"]


def test_a_new_id_makes_everything_unsent(told: Told) -> None:
    told.replica.local(value(2))
    told.send()
    told.replica.local(append(4))
    told.replica.rename("c2")
    told.replica.renumber()
    again = told.send()
    assert (again.client, again.seq, again.submitted) == ("c2", 1, [value(2)])
    assert told.queue == [append(4)]


def test_roots_and_title_are_pending_like_the_rest(told: Told) -> None:
    told.replica.local(RootAdd("m"))
    told.replica.local(Title("mine"))
    told.commit(Add("n", "t/T@1", {}), RootAdd("n"), Title("theirs"))
    assert told.replica.state.roots == ["n", "m"]
    assert told.replica.state.title == "mine"
    told.commit(RootRemove("n"))
    assert told.replica.state.roots == ["m"]
    told.send()
    told.refuse("read-only", "")
    assert told.replica.state.roots == []
    assert told.replica.state.title == "theirs"


def test_old_news_changes_nothing(told: Told) -> None:
    told.commit(value(2))
    told.replica.patch([Commit(1, [value(9)])])
    assert told.props["value"] == 2


def test_deleting_and_undoing_a_key_restores_it(told: Told) -> None:
    told.commit(Set("m", ["d", "k"], [1]))
    told.replica.local(Del("m", ["d", "k"]))
    assert told.props["d"] == {}
    told.send()
    told.refuse("conflict", "")
    assert told.props["d"] == {"k": [1]}


def test_a_document_may_stand_on_a_replica_as_on_a_session() -> None:
    engines: list[Engine] = [Replica(), sl.Document().session]
    for engine in engines:
        engine.begin()
        engine.local(Title("together"))
        engine.commit()
    assert engines[0].rev == 0, "a replica confirms nothing by itself"
    assert engines[1].rev == 1


def test_an_edit_of_a_new_model_survives_that_the_server_completes_it(told: Told) -> None:
    told.replica.local(Add("c1-1", "t/T@1", {"items": [1]}))
    told.replica.local(Set("m", ["d", "new"], Ref("c1-1")))
    told.replica.local(Title("new"))
    told.send()
    told.replica.local(Set("c1-1", ["items", 0], 2))
    complete = Add("c1-1", "t/T@1", {"items": [1], "size": 5})
    told.ok(1, [complete, Set("m", ["d", "new"], Ref("c1-1")), Title("new")])
    assert told.plain.models["c1-1"].props == {"items": [2], "size": 5}


def test_an_edit_survives_what_comes_back_from_the_graveyard(told: Told) -> None:
    told.replica.local(Set("m", ["d", "k"], [Ref("py-9"), 1]))
    told.send()
    told.replica.local(Set("m", ["d", "k", 1], 2))
    told.ok(1, [Add("py-9", "t/T@1", {}), Set("m", ["d", "k"], [Ref("py-9"), 1])])
    assert told.props["d"] == {"k": [Ref("py-9"), 2]}


def test_an_edit_survives_that_what_came_after_it_is_skipped(told: Told) -> None:
    told.replica.local(splice(0, 0, "new"))
    told.replica.local(Del("m", ["d"]))
    told.send()
    told.replica.local(Set("m", ["items", 0], "better"))
    told.ok(1, [splice(0, 0, "new")], Conflict(1, "target-gone"))
    assert told.props["items"] == ["better", 1, 2, 3]
    assert told.told("conflict") == [ConflictEvent("target-gone", Del("m", ["d"]), None, {})]


class Sheet(sl.Model, type="told/Sheet@1"):
    items: list[object] = sl.prop(default=[])
    next: object = sl.prop(default=None)


def test_models_are_a_state_like_plain_values() -> None:
    document = sl.Document()
    replica = Replica(document.state)
    state = PlainState()
    for m, other in (("py-1", "py-2"), ("py-2", "py-1")):
        state.models[m] = PlainModel("told/Sheet@1", {"items": [1], "next": Ref(other)})
    state.roots = ["py-1"]
    replica.replace(state, "e1", 1)
    (root,) = document.roots
    assert isinstance(root, Sheet)
    assert root.next.next is root  # type: ignore[attr-defined]
    replica.local(Splice("py-1", ["items"], None, 0, [2]))
    state.models["py-2"].props["items"] = []
    replica.replace(state, "e1", 2)
    assert document.roots == (root,)
    assert (root.items, root.next.items) == ([1, 2], [])
