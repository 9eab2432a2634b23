"""The writer itself: transactions of this process (SPEC 5.1 and 5.8)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Add, RootAdd, Set
from syncline.core.values import Ref
from tests.sync.speaker import props

if TYPE_CHECKING:
    from syncline.sync.session import Session


def test_a_session_is_known_by_its_documents_id(session: Session) -> None:
    assert (session.id, session.name) == ("doc", None)


def test_what_was_not_begun_cannot_be_ended(session: Session) -> None:
    with pytest.raises(RuntimeError, match="no transaction"):
        session.commit()
    with pytest.raises(RuntimeError, match="no transaction"):
        session.rollback()


async def test_a_transaction_does_not_span_an_await(session: Session) -> None:
    async def intrude() -> None:
        with pytest.raises(RuntimeError, match="another task"):
            session.local(Set("py-1", ["value"], 9))
        with pytest.raises(RuntimeError, match="another task"):
            session.enter([Add("py-2", "t/T@1", {})], [])
        with pytest.raises(RuntimeError, match="another task"):
            session.begin()

    session.begin()
    session.local(Set("py-1", ["value"], 2))
    await asyncio.create_task(intrude())
    session.commit()
    assert (props(session)["value"], session.rev) == (2, 2)


def test_a_nested_transaction_joins_and_undoes_only_its_own(session: Session) -> None:
    session.begin()
    session.local(Set("py-1", ["value"], 2))
    session.begin()
    session.local(Set("py-1", ["value"], 3))
    session.rollback()
    session.begin()
    assert session.commit() is None
    assert session.commit() == 2
    assert (props(session)["value"], session.rev) == (2, 2)
    session.begin()
    session.local(Set("py-1", ["value"], 4))
    session.rollback()
    assert (props(session)["value"], session.rev) == (2, 2)


def test_a_transaction_without_an_effect_takes_no_revision(session: Session) -> None:
    session.begin()
    session.commit()
    assert session.rev == 1


def test_models_that_enter_together_are_counted_and_leave_with_the_transaction(
    session: Session,
) -> None:
    adds = [Add("py-8", "t/T@1", {"to": [Ref("py-9")]}), Add("py-9", "t/T@1", {})]
    before = dict(session.graph.counts)
    session.begin()
    session.enter(adds, [Ref("py-9")])
    session.rollback()
    assert not session.state.has("py-8")
    assert not session.state.has("py-9")
    assert dict(session.graph.counts) == before
    session.begin()
    session.enter(adds, [Ref("py-9")])
    session.local(RootAdd("py-8"))
    session.commit()
    rev = session.rev
    assert dict(session.graph.counts) == {**before, "py-8": 1, "py-9": 1}
    assert [entry.ops for entry in session.log.after(rev - 1)] == [[*adds, RootAdd("py-8")]]
    session.collect()
    assert session.rev == rev


def test_models_enter_in_a_transaction_only(session: Session) -> None:
    with pytest.raises(RuntimeError, match="no transaction"):
        session.enter([], [])
