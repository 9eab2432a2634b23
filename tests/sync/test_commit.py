"""Committing what a client sends: in full or not at all, and what is told of it (SPEC 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Add, Set, WireOp
from syncline.core.values import Ref
from tests.sync.speaker import live, props, put, splice

if TYPE_CHECKING:
    from syncline.sync.session import Session


def bury(session: Session, m: str, *to: str) -> None:
    """Let a model enter that nobody refers to, and leave again."""
    session.local(Add(m, "t/T@1", {"to": [Ref(other) for other in to]}))


def refer(m: str) -> dict[str, object]:
    return put({"$": "ref", "id": m}, "d", "ref")


def test_garbage_is_gone_before_a_transaction_is_looked_at(session: Session) -> None:
    speaker = live(session)
    bury(session, "py-2")
    speaker.edit(put(2))
    assert [entry.by for entry in session.log.entries][-2:] == ["gc", speaker.client]


def test_an_interrupt_in_a_check_leaves_nothing_of_a_transaction(session: Session) -> None:
    class Interrupting:
        def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
            if isinstance(op, Set) and op.v == "stop":
                raise KeyboardInterrupt
            return op

    session.guard = Interrupting()
    speaker = live(session)
    with pytest.raises(KeyboardInterrupt):
        speaker.edit(put(2), splice(0, 0, 9), put("stop"))
    assert (props(session)["value"], props(session)["items"]) == (1, [1, 2, 3])
    assert session.rev == 1
    speaker.edit(put(3), seq=1)
    assert props(session)["value"] == 3


def test_the_last_one_to_be_overwritten_is_named_and_no_other(session: Session) -> None:
    speaker = live(session)
    session.local(Set("py-1", ["value"], 5))
    session.local(Set("py-1", ["value"], 6))
    session.local(Set("py-1", ["d", "k"], 7))
    speaker.edit(put(2), put(8, "d", "k"), base=1)
    (answer,) = [heard for heard in speaker.hear() if heard.type == "OK"]
    assert answer.content["conflicts"] == [
        {"op": 0, "kind": "concurrent", "rev": 3, "by": "py"},
        {"op": 1, "kind": "concurrent", "rev": 4, "by": "py"},
    ]


def test_what_has_no_effect_makes_a_commit_another_than_was_submitted(session: Session) -> None:
    speaker = live(session)
    speaker.edit({"op": "del", "m": "py-1", "p": ["d", "none"]}, put(2))
    content = speaker.answer().content
    assert "verbatim" not in content
    assert [op["op"] for op in content["ops"]] == ["set"]


def test_what_the_dead_refer_to_comes_back_with_them(session: Session) -> None:
    speaker = live(session)
    bury(session, "py-3")
    session.collect()
    session.begin()
    bury(session, "py-2", "py-3")
    session.commit()
    session.collect()
    speaker.edit(refer("py-2"))
    assert [m for m, _, _ in session.state.items()] == ["py-1", "py-3", "py-2"]


def test_a_root_may_be_made_of_the_dead_where_clients_make_roots(session: Session) -> None:
    session.open_roots = True
    speaker = live(session)
    bury(session, "py-2")
    session.collect()
    speaker.edit({"op": "root+", "m": "py-2"})
    assert session.state.roots == ["py-1", "py-2"]
    speaker.edit({"op": "root+", "m": "py-9"})
    heard = [one for one in speaker.hear() if one.header.get("seq") == 2]
    assert heard[0].content["conflicts"] == [{"op": 0, "kind": "bad-ref"}]
