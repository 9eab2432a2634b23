from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import syncline as sl
from syncline.apps import ApplicationContext, AppLoadError, application_for
from syncline.hosting import Sessions, TooManySessions
from syncline.hosting import sessions as module

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sessions(clock: Clock) -> AsyncIterator[Sessions]:
    made = Sessions(ttl=900, clock=clock)
    yield made
    await made.close()


APP = ApplicationContext("app", application_for(lambda doc: doc.add_root(sl.Markdown(text="x"))))


async def test_a_session_is_found_by_its_id_and_app(sessions: Sessions) -> None:
    session = sessions.create(APP)
    assert sessions.get(session.id, "app") is session
    assert sessions.get(session.id, "other") is None
    assert sessions.get("x", "app") is None
    assert sessions.get(None, "app") is None


async def test_a_session_lives_its_time_after_the_last_viewer(
    sessions: Sessions, clock: Clock
) -> None:
    session = sessions.create(APP)
    with sessions.viewing(session):
        clock.now = 10_000
        sessions.expire()
        assert len(sessions) == 1
    clock.now += 900
    sessions.expire()
    assert len(sessions) == 1
    clock.now += 1
    sessions.expire()
    assert len(sessions) == 0


async def test_a_reload_starts_its_time_over(sessions: Sessions, clock: Clock) -> None:
    session = sessions.create(APP)
    with sessions.viewing(session):
        pass
    clock.now = 800
    sessions.touch(session)
    clock.now = 1600
    sessions.expire()
    assert len(sessions) == 1


async def test_a_session_that_nobody_ever_looks_at_ends_soon(
    sessions: Sessions, clock: Clock
) -> None:
    sessions.create(APP)
    clock.now = module.UNSEEN_TTL + 1
    sessions.expire()
    assert len(sessions) == 0


async def test_a_session_that_ended_has_closed_its_document(sessions: Sessions) -> None:
    doc = sessions.create(APP).document
    assert sl.document.find_document(doc.id) is doc
    await sessions.close()
    assert sl.document.find_document(doc.id) is None


async def test_an_app_that_raises_leaves_no_session(sessions: Sessions) -> None:
    def broken(doc: sl.Document) -> None:
        raise ValueError

    with pytest.raises(AppLoadError):
        sessions.create(ApplicationContext("broken", application_for(broken)))
    assert len(sessions) == 0


async def test_there_is_a_limit(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    sessions.create(APP)
    sessions.create(APP)
    with pytest.raises(TooManySessions):
        sessions.create(APP)


async def test_an_observer_runs_with_its_own_document_current(sessions: Sessions) -> None:
    seen = []

    def app(doc: sl.Document) -> None:
        slider = sl.Slider(value=1.0)
        slider.observe(lambda event: seen.append(sl.curdoc()), "value")
        doc.add_root(slider)

    doc = sessions.create(ApplicationContext("app", application_for(app))).document
    (slider,) = doc.roots
    assert isinstance(slider, sl.Slider)
    slider.value = 2.0
    assert seen == [doc]
