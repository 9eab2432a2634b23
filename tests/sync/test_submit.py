"""What becomes of a client's transaction (SPEC 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncline.core.ops import Add, Del, Drop, RootAdd, Set, Splice, WireOp
from syncline.sync.errors import Code, Refused
from tests.sync.speaker import Heard, Speaker, live, props, put, splice

if TYPE_CHECKING:
    from syncline.sync.session import Session


def ok(heard: Heard) -> dict[str, Any]:
    assert heard.type == "OK", heard
    return heard.content


def error(heard: Heard, code: str, retry: str = "never") -> dict[str, Any]:
    assert heard.type == "ERROR", heard
    assert (heard.content["code"], heard.content["retry"]) == (code, retry), heard
    return heard.content


class Capped:
    """Adjusts numbers above five, refuses text, fails at lists."""

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        if isinstance(op, Set) and op.p == ["value"]:
            if isinstance(op.v, str):
                raise Refused(Code.INVALID_VALUE, "value: expected a number")
            if isinstance(op.v, list):
                raise ZeroDivisionError
            return Set(op.m, op.p, min(op.v, 5)) if op.v > 5 else op
        return op


def test_an_edit_on_head_is_committed_verbatim(session: Session) -> None:
    client = live(session)
    client.edit(put(7))
    answer = client.answer()
    assert ok(answer) == {"verbatim": True}
    assert answer.header["seq"] == 1
    assert (answer.header["since"], answer.header["rev"]) == (1, 2)
    assert answer.header["reqid"] == "c-2"
    assert props(session)["value"] == 7


def test_the_others_get_it_as_a_patch_and_the_author_does_not(session: Session) -> None:
    author, other = live(session), live(session)
    author.edit(put(7))
    assert [heard.type for heard in author.hear()] == ["OK"]
    patch = other.answer()
    assert patch.header["msgid"] == "r1-2"
    assert (patch.header["since"], patch.header["rev"]) == (1, 2)
    assert patch.content == {"txs": [{"rev": 2, "ops": [put(7)], "by": author.client, "seq": 1}]}


def test_patches_before_an_ok_come_before_it_and_later_ones_after(session: Session) -> None:
    client = live(session)
    session.local(Set("py-1", ["d", "a"], 1))
    client.edit(put(7), base=1)
    session.local(Set("py-1", ["d", "b"], 2))
    heard = client.hear()
    assert [(one.type, one.header["since"], one.header["rev"]) for one in heard] == [
        ("PATCH-DOC", 1, 2),
        ("OK", 2, 3),
        ("PATCH-DOC", 3, 4),
    ]


def test_an_adjusted_value_is_answered_with_what_was_committed(session: Session) -> None:
    session.guard = Capped()
    client = live(session)
    client.edit(put(9))
    content = ok(client.answer())
    assert content == {"ops": [put(5)], "conflicts": [{"op": 0, "kind": "adjusted"}]}
    assert props(session)["value"] == 5


def test_a_refusal_spends_the_seq_changes_nothing_and_the_next_is_taken(session: Session) -> None:
    session.guard = Capped()
    client = live(session)
    client.edit(put(3), put("text"))
    answer = client.answer()
    content = error(answer, "invalid-value")
    assert content["op"] == 1
    assert (answer.header["since"], answer.header["rev"]) == (1, 1)
    assert props(session)["value"] == 1
    client.edit(put(4))
    assert ok(client.answer()) == {"verbatim": True}
    assert client.seq == 2


def test_a_check_that_fails_undoes_everything_and_spends_the_seq(session: Session) -> None:
    session.guard = Capped()
    client = live(session)
    client.edit(put(3), put([]))
    error(client.answer(), "internal")
    assert props(session)["value"] == 1
    client.edit(put(4))
    ok(client.answer())


@pytest.mark.parametrize(
    "op",
    [
        {"op": "stream", "m": "py-1", "p": ["value"]},
        {"op": "roots", "ids": []},
        {"op": "set", "m": "py-1", "p": [], "v": 1},
        {"op": "set", "m": "py-1", "p": [0], "v": 1},
        {"op": "set", "m": "py-1", "p": ["value"], "v": {"$": "num", "v": "many"}},
        {"op": "set", "m": "py-1", "p": ["value"], "v": {"$": "bytes", "buf": 0}},
        {"op": "set", "m": 3, "p": ["value"], "v": 1},
        {"op": "splice", "m": "py-1", "p": ["items"], "i": "x", "d": 0, "v": []},
    ],
)
def test_what_cannot_be_read_spends_its_seq_and_the_next_is_taken(
    session: Session, op: dict[str, Any]
) -> None:
    client = live(session)
    client.edit(op)
    answer = client.answer()
    error(answer, "bad-message")
    assert answer.header["seq"] == 1
    client.edit(put(2))
    assert ok(client.answer()) == {"verbatim": True}


def test_a_transaction_without_a_base_spends_its_seq(session: Session) -> None:
    client = live(session)
    client.edit(put(2), base=None)
    error(client.answer(), "bad-message")
    client.edit(put(2))
    ok(client.answer())


@pytest.mark.parametrize("ops", [[put(2)] * 3, [put(2, *["d"] * 5)]])
def test_a_transaction_over_the_limits_is_too_large(session: Session, ops: list[Any]) -> None:
    session.limits.ops, session.limits.depth = 2, 4
    client = live(session)
    client.edit(*ops)
    error(client.answer(), "too-large")
    client.edit(put(2))
    ok(client.answer())


def test_a_viewer_is_refused_and_stays_connected(session: Session) -> None:
    client = live(session, may_write=False)
    for _ in range(2):
        client.edit(put(2))
        error(client.answer(), "read-only")
    assert session.rev == 1
    assert client.peer.close_code is None


def test_a_duplicate_is_answered_again_with_ops_and_committed_once(session: Session) -> None:
    client = live(session)
    client.edit(put(7))
    client.answer()
    client.edit(put(8), seq=1)
    answer = client.answer()
    assert ok(answer) == {"ops": [put(7)]}
    assert (answer.header["since"], answer.header["rev"]) == (1, 2)
    assert session.rev == 2


def test_a_duplicate_of_a_refusal_is_refused_again(session: Session) -> None:
    client = live(session)
    for _ in range(2):
        client.edit({"op": "nothing"}, seq=1)
        error(client.answer(), "bad-message")


def test_one_that_is_decided_long_ago_is_pulled_for(session: Session) -> None:
    client = live(session)
    for number in range(3):
        client.edit(put(number))
    client.hear()
    client.edit(put(9), seq=1)
    error(client.answer(), "seq-gap", "resume")
    assert props(session)["value"] == 2


def test_a_gap_in_the_numbers_is_not_committed(session: Session) -> None:
    client = live(session)
    client.edit(put(2))
    client.hear()
    client.edit(put(3), seq=3)
    error(client.answer(), "seq-gap", "resume")
    assert session.rev == 2
    client.edit(put(3), seq=2)
    ok(client.answer())


def test_the_first_seq_of_a_client_may_be_any(session: Session) -> None:
    client = live(session)
    client.edit(put(2), seq=31)
    ok(client.answer())
    client.edit(put(2), seq=33)
    error(client.answer(), "seq-gap", "resume")


@pytest.mark.parametrize("base", [5, -1])
def test_a_base_outside_the_log_is_stale_and_its_seq_not_spent(session: Session, base: int) -> None:
    client = live(session)
    client.edit(put(2), base=base)
    error(client.answer(), "stale-base", "resume")
    client.edit(put(2), seq=1)
    ok(client.answer())


def test_an_edit_of_another_epoch_is_stale(session: Session) -> None:
    client = live(session)
    client.edit(put(2), epoch="before")
    error(client.answer(), "stale-epoch", "resume")
    assert session.rev == 1


def test_another_clients_id_is_not_yours(session: Session) -> None:
    client, other = live(session), live(session)
    client.edit(put(2), client=other.client)
    refused = client.answer()
    error(refused, "not-yours")
    assert "seq" not in refused.header, "with one it would be spent"
    assert session.rev == 1


def test_a_model_id_of_somebody_else_is_not_yours(session: Session) -> None:
    client = live(session)
    client.edit({"op": "add", "m": "py-7", "type": "t/T@1", "props": {}})
    error(client.answer(), "not-yours")
    assert not session.state.has("py-7")


def test_adding_a_live_model_is_invalid(session: Session) -> None:
    session.open_roots = True
    client = live(session)
    add = {"op": "add", "m": f"{client.client}-1", "type": "t/T@1", "props": {}}
    client.edit(add, {"op": "root+", "m": add["m"]})
    ok(client.answer())
    client.edit(add)
    error(client.answer(), "invalid-op")


def test_an_append_gets_its_real_index_and_is_never_verbatim(session: Session) -> None:
    client = live(session)
    session.local(Splice("py-1", ["items"], 0, 0, [0]))
    client.edit(splice(None, 0, 9), base=1)
    content = ok(client.hear()[-1])
    assert content == {"ops": [splice(4, 0, 9)]}
    assert props(session)["items"] == [0, 1, 2, 3, 9]


def test_an_insert_lands_where_it_was_meant(session: Session) -> None:
    client = live(session)
    session.local(Splice("py-1", ["items"], 0, 1, []))
    client.edit(splice(3, 0, 9), base=1)
    assert ok(client.hear()[-1]) == {"ops": [splice(2, 0, 9)]}
    assert props(session)["items"] == [2, 3, 9]


def test_overwriting_what_one_had_not_seen_is_concurrent(session: Session) -> None:
    client = live(session)
    session.local(Set("py-1", ["value"], 3))
    client.edit(put(7), base=1)
    assert ok(client.hear()[-1]) == {
        "verbatim": True,
        "conflicts": [{"op": 0, "kind": "concurrent", "rev": 2, "by": "py"}],
    }


def test_merge_skips_what_does_not_resolve_and_says_so(session: Session) -> None:
    client = live(session)
    session.local(Splice("py-1", ["items"], 1, 1, []))
    client.edit(put(9, "items", 1), put(7), base=1)
    assert ok(client.hear()[-1]) == {
        "ops": [put(7)],
        "conflicts": [{"op": 0, "kind": "target-gone", "rev": 2, "by": "py"}],
    }
    assert props(session)["items"] == [1, 3]


def test_what_has_lost_its_place_is_carried_no_further(session: Session) -> None:
    client = live(session)
    session.local(Splice("py-1", ["items"], 1, 1, []))
    session.local(Splice("py-1", ["items"], 0, 1, []))
    client.edit(put(9, "items", 1), put(7, "items", 2), base=1)
    assert ok(client.hear()[-1]) == {
        "ops": [put(7, "items", 0)],
        "conflicts": [{"op": 0, "kind": "target-gone", "rev": 2, "by": "py"}],
    }


class Completing:
    """Completes what is added."""

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        if not isinstance(op, Add):
            return op
        return Add(op.m, op.type, {"value": 0, **op.props, "name": op.props.get("name", "")[:3]})


@pytest.mark.parametrize(
    ("given", "conflicts"),
    [({}, {}), ({"name": "abcd"}, {"conflicts": [{"op": 0, "kind": "adjusted"}]})],
)
def test_that_an_add_is_completed_is_no_conflict(
    session: Session, given: dict[str, Any], conflicts: dict[str, Any]
) -> None:
    session.guard = Completing()
    client = live(session)
    m = f"{client.client}-1"
    entering = put({"$": "ref", "id": m}, "d", "k")
    client.edit({"op": "add", "m": m, "type": "t/T@1", "props": given}, entering)
    content = ok(client.answer())
    whole = {"value": 0, "name": given.get("name", "")[:3]}
    add = {"op": "add", "m": m, "type": "t/T@1", "props": whole}
    assert content == {"ops": [add, entering], **conflicts}


def test_nothing_left_to_commit_takes_no_revision(session: Session) -> None:
    client = live(session)
    client.edit({"op": "del", "m": "py-1", "p": ["d", "none"]})
    answer = client.answer()
    assert ok(answer) == {"ops": []}
    assert (answer.header["since"], answer.header["rev"], session.rev) == (1, 1, 1)


def test_atomic_commits_all_or_nothing(session: Session) -> None:
    client = live(session)
    client.edit(put(7), put(9, "items", 8), mode="atomic")
    content = error(client.answer(), "conflict")
    assert content["conflicts"] == [{"op": 1, "kind": "target-gone"}]
    assert props(session)["value"] == 1
    client.edit(put(7), mode="atomic")
    ok(client.answer())


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (Set("py-1", ["d"], {}), True),
        (Set("py-1", ["d", "k"], {"below": 1}), True),
        (Set("py-1", ["d", "other"], 1), False),
        (Set("py-1", ["value"], 1), False),
    ],
)
def test_strict_refuses_over_any_change_of_the_place(
    session: Session, change: Set, refused: bool
) -> None:
    client = live(session)
    session.local(change)
    client.edit(put(1, "d", "k"), base=1, mode="strict")
    answer = client.hear()[-1]
    if refused:
        conflict = {"op": 0, "kind": "concurrent", "rev": 2, "by": "py"}
        assert error(answer, "conflict")["conflicts"] == [conflict]
    else:
        assert ok(answer) == {"verbatim": True}


def reference(m: str) -> dict[str, str]:
    return {"$": "ref", "id": m}


def leave(session: Session) -> None:
    """Let a second model enter and leave again."""
    session.begin()
    session.local(Add("py-2", "t/T@1", {"value": 5, "of": []}))
    session.local(RootAdd("py-2"))
    session.commit()
    session.state.roots.remove("py-2")
    session.graph.counts.pop("py-2")
    session.graph.suspects.add("py-2")
    session.collect()


def test_a_model_that_nothing_refers_to_is_dropped_by_gc(session: Session) -> None:
    client = live(session)
    leave(session)
    txs = client.answer().content["txs"]
    assert [tx["by"] for tx in txs] == ["py", "gc"]
    assert txs[1]["ops"] == [{"op": "drop", "ms": ["py-2"]}]
    assert not session.state.has("py-2")


def test_replacing_the_last_reference_drops_the_model_and_what_it_held(session: Session) -> None:
    client = live(session)
    a, b = f"{client.client}-1", f"{client.client}-2"
    client.edit(
        {"op": "add", "m": b, "type": "t/T@1", "props": {}},
        {"op": "add", "m": a, "type": "t/T@1", "props": {"of": [reference(b)]}},
        put([reference(a)], "d", "all"),
    )
    ok(client.answer())
    session.collect()
    assert session.state.has(b)
    client.edit(put([], "d", "all"))
    session.collect()
    assert not session.state.has(a)
    assert not session.state.has(b)


def test_a_reference_to_a_dropped_model_brings_it_back_as_it_was(session: Session) -> None:
    client = live(session)
    leave(session)
    client.edit(put(reference("py-2"), "d", "again"))
    ops = ok(client.hear()[-1])["ops"]
    assert [op["op"] for op in ops] == ["add", "set"]
    assert ops[0]["props"] == {"value": 5, "of": []}
    assert props(session, "py-2")["value"] == 5


def test_a_reference_to_nothing_is_skipped(session: Session) -> None:
    client = live(session)
    client.edit(put(reference("nobody")), put(3, "d", "k"))
    assert ok(client.answer())["conflicts"] == [{"op": 0, "kind": "bad-ref"}]
    assert props(session) == {"value": 1, "items": [1, 2, 3], "d": {"k": 3}}


def test_an_edit_of_a_dropped_model_is_model_gone(session: Session) -> None:
    client = live(session)
    before = session.rev
    leave(session)
    client.edit(put(3, m="py-2"), base=before + 1)
    assert ok(client.hear()[-1])["conflicts"][0]["kind"] == "model-gone"


def test_a_refused_transaction_leaves_no_trace_in_the_reference_counts(session: Session) -> None:
    client = live(session)
    counts = dict(session.graph.counts)
    client.edit(put(reference("py-1"), "d", "k"), put(9, "items", 8), mode="atomic")
    error(client.answer(), "conflict")
    assert dict(session.graph.counts) == counts


def test_while_this_thread_is_in_a_transaction_a_client_is_told_to_wait(session: Session) -> None:
    client = live(session)
    session.begin()
    session.local(Set("py-1", ["value"], 2))
    client.edit(put(7))
    error(client.answer(), "internal", "later")
    session.commit()
    client.edit(put(7), seq=1)
    assert ok(client.hear()[-1])["verbatim"]


def test_arrays_go_through_buffers_both_ways(session: Session) -> None:
    author, other = live(session), live(session)
    array = {"$": "nd", "dtype": "u1", "shape": [3], "buf": 0}
    author.edit(put(array), buffers=[b"\x01\x02\x03"])
    assert ok(author.answer())["verbatim"]
    assert props(session)["value"].tolist() == [1, 2, 3]
    patch = other.answer()
    assert patch.buffers == [b"\x01\x02\x03"]
    assert patch.content["txs"][0]["nbuf"] == 1
    snapshot = Speaker(session).pull()
    assert snapshot.buffers == [b"\x01\x02\x03"]
    assert snapshot.content["doc"]["models"]["py-1"]["props"]["value"] == array


def test_undoing_a_drop_and_a_delete_restores_them(session: Session) -> None:
    session.begin()
    session.local(Set("py-1", ["d", "k"], 1))
    session.begin()
    session.local(Del("py-1", ["d", "k"]))
    session.local(Drop(["py-1"]))
    session.rollback()
    session.commit()
    assert props(session)["d"] == {"k": 1}
    assert session.log.entries[-1].ops == [Set("py-1", ["d", "k"], 1)]
