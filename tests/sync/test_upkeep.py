"""What a session keeps for those who come late, and when it makes it anew (SPEC 5.6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Add, Msg, RootAdd, Set
from syncline.core.state import PlainState
from syncline.sync import session as sessions
from syncline.sync.session import Session
from tests.sync.speaker import live

if TYPE_CHECKING:
    from collections.abc import Iterable

VALUE = Set("py-1", ["value"], 2)


def orphan(m: str = "py-2") -> Add:
    return Add(m, "t/T@1", {})


def test_a_snapshot_holds_nothing_that_nobody_refers_to(session: Session) -> None:
    session.local(orphan())
    assert b"py-2" not in session.snapshot().content(b'"kind":"snapshot"')


def test_a_snapshot_serves_until_the_next_commit(session: Session) -> None:
    assert math.isinf(session.snapshot_bytes)
    first = session.snapshot()
    assert session.snapshot_bytes == first.size
    assert session.snapshot() is first
    session.local(VALUE)
    assert session.snapshot() is not first


def test_what_is_held_is_the_log_and_what_was_made_of_it(session: Session) -> None:
    speaker = live(session)
    session.local(VALUE)
    speaker.hear()
    assert session.feed.weight > 0
    assert session.weight == session.log.weight + session.feed.weight
    session.shrink(0)
    assert session.feed.weight == 0


def test_garbage_is_taken_away_before_a_transaction_and_never_within(session: Session) -> None:
    session.local(orphan())
    session.begin()
    assert not session.state.has("py-2")
    session.local(orphan("py-3"))
    session.collect()
    assert session.state.has("py-3")
    session.commit()
    session.collect()
    assert not session.state.has("py-3")


def test_the_dead_stand_in_the_order_of_their_last_drop(session: Session) -> None:
    for m in ("py-2", "py-3", "py-2"):
        session.local(orphan(m))
        session.collect()
    assert list(session.graveyard) == ["py-3", "py-2"]


def test_events_that_may_get_lost_wake_those_who_listen(session: Session) -> None:
    woken: list[int] = []
    session.listen(lambda: woken.append(session.rev))
    session.whisper([Msg("py-1", "hover")])
    assert woken == [1]


def test_the_budget_is_balanced_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    balanced: list[int] = []

    class Counting:
        def join(self, session: Session) -> None:
            pass

        def balance(self) -> None:
            balanced.append(1)

    monkeypatch.setattr(sessions, "STEP_BYTES", 1000)
    keys: Iterable[str] = iter("abc")
    made = Session(
        PlainState(),
        id="doc",
        epoch="e",
        new_key=lambda: next(iter(keys)),
        budget=Counting(),  # type: ignore[arg-type]
    )
    made.begin()
    made.local(orphan("py-1"))
    made.local(RootAdd("py-1"))
    made.commit()
    for n in range(40):
        made.local(Set("py-1", ["value"], n))
    assert made.log.total > 2000
    assert 1 < len(balanced) <= 1 + made.log.total // 1000
