"""Garbage that refers to itself goes when there is nothing else to do (SPEC 5.1, GC)."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Add, Set
from syncline.core.values import Ref
from syncline.sync.peer import IDLE_SECONDS
from syncline.sync.sweep import PAUSE_SECONDS, SLICE_SECONDS
from tests.sync.speaker import later, live, put

if TYPE_CHECKING:
    from syncline.sync.session import Session


def ring(session: Session, size: int) -> list[str]:
    """Let models enter that refer to each other in a circle, and cut it off."""
    ids = [f"py-{number + 100}" for number in range(size)]
    session.begin()
    for m, after in zip(ids, [*ids[1:], ids[0]], strict=True):
        session.local(Add(m, "t/T@1", {"next": Ref(after)}))
    session.local(Set("py-1", ["value"], Ref(ids[0])))
    session.commit()
    session.local(Set("py-1", ["value"], None))
    return ids


def test_a_circle_that_nothing_refers_to_is_dropped_when_idle(session: Session) -> None:
    client = live(session)
    ids = ring(session, 3)
    assert all(map(session.state.has, ids))
    client.peer.tick()
    assert not any(map(session.state.has, ids))
    assert session.state.has("py-1")
    assert client.answer().content["txs"][-1] == {
        "rev": session.rev,
        "by": "gc",
        "ops": [{"op": "drop", "ms": ids}],
    }
    assert session.graveyard.keys() == set(ids)


def test_a_search_goes_in_slices_and_pauses_for_longer_than_it_took(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ring(session, 1000)
    times = itertools.count(5000)
    monkeypatch.setattr(session, "clock", lambda: next(times) * SLICE_SECONDS / 4)
    slices = 1
    while session.idle():
        slices += 1
        assert slices < 100
    assert slices > 5
    assert not any(map(session.state.has, ids))
    ids = ring(session, 3)
    assert not session.idle()
    assert all(map(session.state.has, ids))
    monkeypatch.setattr(session, "clock", lambda: next(times) * SLICE_SECONDS + 1000)
    session.idle()
    assert not any(map(session.state.has, ids))


def test_a_peer_asks_again_soon_while_a_search_goes_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = live(session)
    ring(session, 1000)
    times = itertools.count(500_000)
    monkeypatch.setattr(session, "clock", lambda: next(times) * SLICE_SECONDS / 4)
    assert client.peer.tick() == IDLE_SECONDS


def test_what_a_client_attaches_meanwhile_stays(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = live(session)
    ids = ring(session, 500)
    times = itertools.count(500_000)
    monkeypatch.setattr(session, "clock", lambda: next(times) * SLICE_SECONDS / 4)
    assert session.idle()
    client.edit(put({"$": "ref", "id": ids[250]}))
    while session.idle():
        pass
    assert all(map(session.state.has, ids))


def test_nothing_is_searched_in_the_middle_of_a_transaction_or_while_somebody_works(
    session: Session,
) -> None:
    ids = ring(session, 3)
    session.begin()
    assert not session.idle()
    idle: list[bool] = []
    thread = threading.Thread(target=lambda: idle.append(session.idle()))
    thread.start()
    thread.join()
    session.commit()
    assert idle == [False]
    assert all(map(session.state.has, ids))
    session.idle()
    assert not any(map(session.state.has, ids))


def test_without_a_suspicion_nothing_is_searched(session: Session) -> None:
    session.local(Set("py-1", ["value"], 2))
    assert not session.idle()
    ring(session, 2)
    session.idle()
    later(session, PAUSE_SECONDS)
    assert not session.idle()
    assert session.state.has("py-1")


def test_a_search_that_finds_nothing_commits_nothing(session: Session) -> None:
    session.begin()
    session.local(Add("py-2", "t/T@1", {}))
    session.local(Set("py-1", ["items"], [Ref("py-2"), Ref("py-2")]))
    session.commit()
    session.local(Set("py-1", ["items"], [Ref("py-2")]))
    before = session.rev
    session.idle()
    assert (session.rev, session.state.has("py-2")) == (before, True)
