"""Who holds the lock of a session or of a replica, and who is told when it is given back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from syncline.core.errors import Gone
from syncline.core.ops import Add, Drop, Op, Set
from syncline.core.state import PlainModel, PlainState
from syncline.sync.replica import Replica
from tests.sync.speaker import live, plain_session, put

if TYPE_CHECKING:
    from syncline.sync.session import Session

VALUE = Set("py-1", ["value"], 2)
Engine = Any


def replica() -> Replica:
    state = PlainState()
    state.models["py-1"] = PlainModel("t/T@1", {"value": 1})
    return Replica(state)


def free(engine: Engine) -> bool:
    """Tell whether another thread could take the lock."""
    found: list[bool] = []

    def attempt() -> None:
        found.append(engine.lock.acquire(blocking=False))
        if found[0]:
            engine.lock.release()

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture(params=[plain_session, replica], ids=["session", "replica"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_transaction_has_the_lock_until_its_outermost_level_ends(
    engine: Engine, end: str
) -> None:
    engine.begin()
    engine.begin()
    assert not free(engine)
    getattr(engine, end)()
    assert not free(engine)
    getattr(engine, end)()
    assert free(engine)


def test_an_edit_of_its_own_leaves_the_lock_free(engine: Engine) -> None:
    engine.local(VALUE)
    assert free(engine)
    with pytest.raises(Gone):
        engine.local(Set("none", ["value"], 1))
    assert free(engine)


def test_who_is_refused_a_transaction_does_not_keep_the_lock(engine: Engine) -> None:
    async def run() -> None:
        engine.begin()

        async def other() -> None:
            with pytest.raises(RuntimeError):
                engine.begin()

        await asyncio.create_task(other())
        engine.commit()

    asyncio.run(run())
    assert free(engine)


def test_nothing_can_be_closed_that_is_not_open(engine: Engine) -> None:
    for end in (engine.commit, engine.rollback):
        with pytest.raises(RuntimeError):
            end()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_session_settles_once_for_each_outermost_transaction(session: Session, end: str) -> None:
    settled: list[bool] = []
    session.on_settled = lambda: settled.append(free(session))
    session.begin()
    session.begin()
    getattr(session, end)()
    assert settled == []
    getattr(session, end)()
    assert settled == [True]
    session.local(VALUE)
    assert settled == [True, True]


def test_a_replica_tells_of_a_change_once_for_each_outermost_transaction() -> None:
    made, told = replica(), []
    made.report = lambda kind, detail: told.append((kind, free(made)))
    made.begin()
    made.begin()
    made.local(VALUE)
    made.commit()
    assert told == []
    made.commit()
    made.local(VALUE)
    made.hold()
    assert made.take() is None
    made.release()
    assert told == [("change", True)] * 3
    made.begin()
    made.rollback()
    assert told == [("change", True)] * 4
    assert made.take() is not None


def test_a_busy_session_does_not_hold_less(session: Session) -> None:
    session.local(VALUE)
    weight = session.log.weight
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session.lock:
            holding.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()
    session.shrink(0)
    assert session.log.weight == weight
    done.set()
    thread.join()
    session.shrink(0)
    assert session.log.weight < weight
    assert free(session)


def test_a_session_that_holds_less_forgets_its_dead(session: Session) -> None:
    session.local(Add("py-2", "t/T@1", {}))
    session.collect()
    session.local(VALUE)
    assert set(session.graveyard) == {"py-2"}
    session.shrink(0)
    assert (session.graveyard, session.feed.weight) == ({}, 0)


def test_who_listens_is_woken_for_each_commit_until_it_ends_that(session: Session) -> None:
    woken: list[str] = []
    ends: list[Callable[[], None]] = [
        session.listen(lambda: woken.append("first")),
        session.listen(lambda: woken.append("second")),
    ]
    session.local(VALUE)
    ends[0]()
    session.local(VALUE)
    assert woken == ["first", "second", "second"]


def test_while_it_holds_a_session_wakes_nobody(session: Session) -> None:
    woken: list[int] = []
    session.listen(lambda: woken.append(session.rev))
    session.hold()
    session.hold()
    session.local(VALUE)
    session.release()
    assert woken == []
    session.release()
    assert woken == [2]
    session.hold()
    session.end("gone")
    assert woken == [2, 2]


def test_an_operation_without_an_effect_is_not_part_of_a_commit(session: Session) -> None:
    session.local(Drop(["none"]))
    assert session.rev == 1
    speaker = live(session)
    speaker.edit({"op": "del", "m": "py-1", "p": ["d", "none"]}, put(5))
    ops: list[Op] = list(session.log.entries[-1].ops)
    assert ops == [Set("py-1", ["value"], 5)]


def test_a_moment_without_work_leaves_the_lock_free(session: Session) -> None:
    session.idle()
    assert free(session)
