"""Coming back: snapshots, another epoch, another client id (SPEC 3.1 and 5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from syncline.core.ops import Add, Msg, RootAdd, Set, Splice
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Ref
from syncline.sync.match import match
from syncline.sync.messages import Conflict
from syncline.sync.outcome import ConflictEvent, Decision, NewEpoch, Resynced
from syncline.sync.replica import Commit, Recovery
from tests.sync.told import Told, append, snapshot, splice, value


@pytest.fixture
def told() -> Told:
    return Told()


def rebuilt(id: str = "m", **props: Any) -> PlainState:
    """Return the document as another incarnation has it: its root has another id."""
    state = snapshot(**props)
    state.models[id] = state.models.pop("m")
    state.roots = [id]
    return state


def test_a_snapshot_tells_how_many_events_were_lost(told: Told) -> None:
    told.commit(Msg("m", "click"))
    told.replica.replace(snapshot(value=9), "e1", 8, messages=4)
    assert told.told("resynced") == [Resynced(1, 8, 3)]
    assert told.view.changes == [("py", "value", "1", "9")]
    assert told.replica.messages == 4


def test_the_first_snapshot_is_no_news() -> None:
    told = Told()
    told.replica.epoch = ""
    told.replica.replace(snapshot(), "e1", 8, messages=4)
    assert told.told("resynced") == told.told("epoch") == []


def test_a_snapshot_keeps_the_order_of_the_roots(told: Told) -> None:
    state = snapshot()
    state.models["n"] = PlainModel("t/T@1", {})
    state.roots = ["n", "m"]
    told.commit(RootAdd("m"))
    told.replica.replace(state, "e1", 8)
    assert told.replica.state.roots == ["n", "m"]


def test_a_refusal_in_a_snapshot_is_told_and_its_edits_are_gone(told: Told) -> None:
    told.replica.local(splice(0, 0, "mine"))
    told.send()
    told.replica.local(Set("m", ["items", 0], "better"))
    refused = Decision(1, 5, 5, [], (), ("invalid-value", "no", 0))
    told.replica.replace(snapshot(), "e1", 8, last_seq=1, decision=refused)
    assert told.props["items"] == [1, 2, 3]
    assert [one.kind for one in told.told("conflict")] == ["target-gone", "refused"]


def test_what_was_committed_where_this_state_has_no_place_moves_nothing(told: Told) -> None:
    told.replica.local(append("sent"))
    told.send()
    told.replica.local(append("a", "b", "c"))
    told.replica.local(splice(2, 4))
    committed = Decision(1, 5, 6, [splice(4, 0, "sent")])
    new = snapshot()
    new.models["m"].props["items"] = [1, 2, 3, 4, "sent"]
    told.replica.replace(new, "e1", 8, last_seq=1, decision=committed)
    assert told.props["items"] == [1, 2, 4, "sent", "c"]


def test_a_spent_transaction_without_a_result_just_ends(told: Told) -> None:
    outcome = told.replica.begin()
    told.replica.local(value(2))
    told.replica.commit()
    told.send()
    told.replica.catch_up([Commit(1, [value(9)], "py")], 5, 1, None)
    assert (told.props["value"], told.replica.rev, outcome.settled) == (9, 5, True)


def test_what_is_not_spent_stays_in_flight(told: Told) -> None:
    told.replica.local(value(2))
    told.send()
    told.replica.catch_up([], 5, 0, None)
    assert told.replica.in_flight is not None
    told.replica.replace(snapshot(), "e1", 8, last_seq=0)
    assert told.replica.in_flight is not None
    assert told.props["value"] == 2


def test_a_result_after_my_commit_in_a_delta_tells_its_conflicts(told: Told) -> None:
    told.replica.local(value(9))
    told.send()
    result = Decision(1, 0, 1, [value(5)], [Conflict(0, "adjusted")])
    told.replica.catch_up([Commit(1, [value(5)], "c1", 1, True)], 1, 1, result)
    assert told.told("conflict") == [ConflictEvent("adjusted", value(9), 9, 5)]
    assert told.replica.waiting is None


# Another epoch


def test_pending_edits_are_carried_to_another_epoch(told: Told) -> None:
    told.commit(RootAdd("m"))
    told.replica.local(splice(3, 0, "mine"))
    told.send()
    told.replica.local(Set("m", ["d", "k"], 1))
    told.replica.replace(rebuilt("py-7", items=[0, 1, 2, 3]), "e2", 3)
    props = told.plain.models["py-7"].props
    assert props["items"] == [0, 1, 2, 3, "mine"]
    assert props["d"] == {"k": 1}
    assert told.replica.pending == [
        Splice("py-7", ["items"], 4, 0, ["mine"]),
        Set("py-7", ["d", "k"], 1),
    ]
    assert told.told("epoch") == [NewEpoch("e1", "e2", "replay")]
    assert told.told("resynced") == [Resynced(0, 3, 0)]
    assert told.replica.epoch == "e2"


def test_an_id_that_means_another_model_now_is_not_taken_for_it(told: Told) -> None:
    told.commit(RootAdd("m"))
    told.replica.local(value(2))
    state = rebuilt("n")
    state.models["m"] = PlainModel("t/Other@1", {"value": 7})
    told.replica.replace(state, "e2", 3)
    assert told.plain.models["m"].props == {"value": 7}
    assert told.plain.models["n"].props["value"] == 2


def test_edits_of_what_is_not_there_any_more_are_told(told: Told) -> None:
    told.replica.local(value(2))
    state = PlainState("t")
    state.models["m"] = PlainModel("t/Other@1", {"value": 7})
    told.replica.replace(state, "e2", 3)
    assert told.plain.models["m"].props == {"value": 7}
    assert [one.kind for one in told.told("conflict")] == ["model-gone"]


def test_pending_edits_may_be_discarded_with_the_epoch() -> None:
    told = Told(policy="discard")
    outcome = told.replica.begin()
    told.replica.local(value(2))
    told.replica.commit()
    told.send()
    told.replica.local(append(4))
    told.replica.replace(rebuilt(), "e2", 3)
    assert told.replica.pending == []
    assert told.props == {"value": 1, "items": [1, 2, 3], "d": {}}
    assert [(one.kind, one.code) for one in told.told("conflict")] == [
        ("refused", "stale-epoch")
    ] * 2
    assert outcome.settled
    assert told.told("epoch") == [NewEpoch("e1", "e2", "discard")]


def test_an_application_may_decide_what_becomes_of_its_edits() -> None:
    asked: list[Recovery] = []

    def decide(recovery: Recovery) -> Any:
        asked.append(recovery)
        return "replay"

    told = Told(policy=decide)
    told.commit(RootAdd("m"))
    told.replica.replace(rebuilt(), "e2", 3)
    assert asked == [], "nothing is pending"
    told.replica.local(value(2))
    told.replica.replace(rebuilt(), "e3", 3)
    assert [(one.old, one.new, one.ops) for one in asked] == [("e2", "e3", [value(2)])]
    assert told.props["value"] == 2


def test_a_forgotten_client_asks_about_what_the_server_may_have_seen() -> None:
    told = Told(policy="discard")
    told.replica.local(splice(0, 0, "mine"))
    told.send()
    told.replica.local(Set("m", ["items", 1], "later"))
    told.replica.replace(snapshot(), "e1", 8, forgotten=True)
    assert told.replica.in_flight is None
    assert told.props["items"] == ["later", 2, 3]
    assert [one.code for one in told.told("conflict")] == ["stale-epoch"]


def test_a_forgotten_client_sends_again_by_default(told: Told) -> None:
    told.replica.local(value(2))
    told.send()
    told.replica.replace(snapshot(), "e1", 8, forgotten=True)
    told.replica.rename("c2")
    told.replica.renumber()
    again = told.send()
    assert (again.client, again.seq, again.submitted) == ("c2", 1, [value(2)])


# Another client id


def test_new_models_take_the_new_id_of_their_maker(told: Told) -> None:
    told.replica.local(Add("c1-1", "t/T@1", {"next": [Ref("c1-1"), Ref("m")]}))
    told.replica.local(Set("m", ["d", "new"], {"k": (Ref("c1-1"), 1)}))
    told.replica.local(Set("c1-1", ["next", 1], 5))
    told.send()
    told.replica.local(RootAdd("c1-1"))
    told.replica.rename("c10")
    told.replica.renumber()
    assert told.replica.pending == [
        Add("c10-1", "t/T@1", {"next": [Ref("c10-1"), Ref("m")]}),
        Set("m", ["d", "new"], {"k": (Ref("c10-1"), 1)}),
        Set("c10-1", ["next", 1], 5),
        RootAdd("c10-1"),
    ]
    assert told.plain.models["c10-1"].props == {"next": [Ref("c10-1"), 5]}
    assert told.replica.state.roots == ["c10-1"]
    told.replica.edits.withdraw()
    assert list(told.plain.models) == ["m"]


def test_what_was_lost_in_flight_is_told_with_the_new_id(told: Told) -> None:
    told.replica.local(Set("m", ["items", 1], "mine"))
    told.send()
    told.commit(splice(1, 1))
    told.replica.rename("c2")
    told.replica.renumber()
    assert [one.kind for one in told.told("conflict")] == ["target-gone"]


def test_a_commit_under_the_old_id_is_known_as_mine(told: Told) -> None:
    told.replica.local(append(4))
    told.send()
    told.replica.client = "c2"
    told.commit(splice(3, 0, 4), by="c1", seq=1)
    assert told.props["items"] == [1, 2, 3, 4]
    assert told.replica.in_flight is None


# Which model is which


def graph(*ids: str, types: str = "aab", keys: dict[str, str] | None = None) -> PlainState:
    state = PlainState()
    for m, type in zip(ids, types, strict=True):
        key = (keys or {}).get(m)
        state.models[m] = PlainModel(f"t/{type}@1", {"key": key} if key else {})
    first, second, third = ids
    state.models[first].props |= {
        "next": Ref(second),
        "all": [Ref(third), 1],
        "d": {"k": Ref(first)},
    }
    state.roots = [first]
    return state


def test_models_match_by_place_and_type_never_by_id() -> None:
    assert match(graph("a", "b", "c"), graph("x", "a", "b")) == {"a": "x", "b": "a", "c": "b"}
    assert match(graph("a", "b", "c"), graph("a", "b", "c", types="axb")) == {"a": "a", "c": "c"}


def test_a_key_goes_before_the_place() -> None:
    old = graph("a", "b", "c", keys={"b": "left", "c": "right"})
    new = graph("x", "y", "z", types="abb", keys={"z": "right", "y": "left"})
    assert match(old, new) == {"a": "x", "c": "z"}


def test_references_that_lead_nowhere_match_nothing() -> None:
    old, new = graph("a", "b", "c"), graph("x", "y", "z")
    del old.models["b"]
    assert match(old, new) == {"a": "x", "c": "z"}


def test_in_another_incarnation_a_client_counts_anew(told: Told) -> None:
    told.commit(RootAdd("m"))
    told.replica.seq = 37
    told.replica.local(value(2))
    assert told.send().seq == 38
    told.replica.local(append(4))
    told.replica.replace(rebuilt(), "e2", 3)
    first = told.send()
    assert (first.seq, first.submitted[0]) == (1, value(2))
    assert told.replica.seq == 1


def test_a_new_name_is_not_taken_for_that_of_a_model_which_is_gone() -> None:
    told = Told()
    told.commit(Add("c5-1", "t/T@1", {"value": 1}))
    told.replica.local(Add("c1-1", "t/T@1", {"value": 2}))
    told.replica.local(Set("c5-1", ["value"], 3))
    told.replica.local(Set("c1-1", ["value"], 4))
    new = rebuilt()
    new.models["c1-1"] = PlainModel("u/U@1", {"value": 5})
    told.replica.replace(new, "e2", 1, client="c5")
    assert [one.kind for one in told.told("conflict")] == ["model-gone"]
    assert told.replica.pending == [
        Add("c5-1", "t/T@1", {"value": 2}),
        Set("c5-1", ["value"], 4),
    ]
    assert told.plain.models["c5-1"].props == {"value": 4}
    assert told.plain.models["c1-1"].props == {"value": 5}
    told.replica.edits.withdraw()
    assert "c5-1" not in told.plain.models
