"""When what has changed is saved: soon, and never more than a share of the time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

import syncline as sl
from syncline.apps import Application, ApplicationContext
from syncline.hosting import keeper as module
from syncline.hosting.keeper import REST_SECONDS, Keeper
from syncline.hosting.session import ServerSession
from syncline.hosting.sessions import Sessions
from syncline.hosting.store import MemoryStore


class Clock:
    """A clock that only goes on where a test, or the store, says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Slow(MemoryStore):
    """A store in which a save takes its time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._steady = clock
        self.seconds = 0.0
        self.saves = 0

    def save(self, *arguments: Any) -> bool:
        self.saves += 1
        self._steady.now += self.seconds
        return super().save(*arguments)


def notes(doc: sl.Document) -> None:
    doc.add_root(sl.Markdown(key="note"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock, time=time.time))
    return clock


@pytest.fixture
def store(clock: Clock) -> Slow:
    return Slow(clock)


@pytest.fixture
async def sessions(store: Slow) -> AsyncIterator[Sessions]:
    sessions = Sessions()
    sessions.keep_in(store, "s" * 40)
    yield sessions
    await sessions.close()


async def opened(sessions: Sessions, place: str = "here") -> ServerSession:
    """Return a session that somebody has looked at."""
    session = await sessions.create(ApplicationContext("notes", Application(notes)), place=place)
    session.seen = True
    return session


def change(session: ServerSession) -> None:
    (note,) = session.document.roots
    note.text += "x"  # type: ignore[attr-defined]


def keeper_of(sessions: Sessions) -> Keeper:
    assert sessions.keeper is not None
    return sessions.keeper


async def test_what_is_saved_at_once_is_saved_after_every_change(
    sessions: Sessions, store: Slow
) -> None:
    session, keeper = await opened(sessions), keeper_of(sessions)
    for count in range(1, 5):
        change(session)
        change(session)
        await keeper.beat()
        await keeper.beat()
        assert store.saves == count


@pytest.mark.parametrize(("seconds", "rest"), [(0.1, 0.9), (5.0, REST_SECONDS)])
async def test_what_takes_long_to_save_is_saved_less_often(
    sessions: Sessions, store: Slow, clock: Clock, seconds: float, rest: float
) -> None:
    store.seconds = seconds
    session, keeper = await opened(sessions), keeper_of(sessions)
    await keeper.beat()
    change(session)
    clock.now += rest - 0.01
    await keeper.beat()
    assert store.saves == 1
    clock.now += 0.02
    await keeper.beat()
    assert store.saves == 2


async def test_many_that_change_share_the_time(
    sessions: Sessions, store: Slow, clock: Clock
) -> None:
    store.seconds = 0.01
    all, keeper = [await opened(sessions, f"at {n}") for n in range(10)], keeper_of(sessions)
    await keeper.beat()
    for session in all:
        change(session)
    clock.now += 0.89
    await keeper.beat()
    assert store.saves == 10
    clock.now += 0.02
    await keeper.beat()
    assert store.saves == 20
