from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
import weakref
from typing import TYPE_CHECKING

import pytest

import syncline as sl
from syncline.apps import ApplicationContext, AppLoadError, Request, application_for
from syncline.hosting import Sessions, Stopping, TooManySessions, maker
from syncline.hosting import sessions as module
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from syncline.document import Document

COUNTED = 100
MOST_BYTES = 24_000
"""Twice what one takes: what keeps something large for each session is over that."""


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
    session = await sessions.create(APP)
    assert sessions.get(session.id, "app") is session
    assert session.document.session.name == session.id
    assert sessions.get(session.id, "other") is None
    assert sessions.get("x", "app") is None
    assert sessions.get(None, "app") is None


async def test_a_session_lives_its_time_after_the_last_viewer(
    sessions: Sessions, clock: Clock
) -> None:
    session = await sessions.create(APP)
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
    session = await sessions.create(APP)
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
    await sessions.create(APP)
    clock.now = module.UNSEEN_TTL + 1
    sessions.expire()
    assert len(sessions) == 0


async def test_a_session_that_ended_has_closed_its_document(sessions: Sessions) -> None:
    doc = (await sessions.create(APP)).document
    assert sl.document.find_document(doc.id) is doc
    await sessions.close()
    assert sl.document.find_document(doc.id) is None


async def test_an_app_that_raises_leaves_no_session(sessions: Sessions) -> None:
    def broken(doc: sl.Document) -> None:
        raise ValueError

    with pytest.raises(AppLoadError):
        await sessions.create(ApplicationContext("broken", application_for(broken)))
    assert len(sessions) == 0


async def test_there_is_a_limit(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "most", 2)
    await sessions.create(APP)
    await sessions.create(APP)
    with pytest.raises(TooManySessions):
        await sessions.create(APP)


async def test_an_observer_runs_with_its_own_document_current(sessions: Sessions) -> None:
    seen = []

    def app(doc: sl.Document) -> None:
        slider = sl.Slider(value=1.0)
        slider.observe(lambda event: seen.append(sl.curdoc()), "value")
        doc.add_root(slider)

    doc = (await sessions.create(ApplicationContext("app", application_for(app)))).document
    (slider,) = doc.roots
    assert isinstance(slider, sl.Slider)
    slider.value = 2.0
    assert seen == [doc]


class Gate:
    """An app whose code waits until it is let go."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()
        self.documents: list[sl.Document] = []
        self.threads: list[str] = []
        self.context = ApplicationContext("gate", application_for(self.app))

    def app(self, doc: sl.Document) -> None:
        self.documents.append(doc)
        self.threads.append(threading.current_thread().name)
        self.began.set()
        assert self.go.wait(30)
        doc.add_root(sl.Markdown(text="x"))


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


async def test_an_apps_code_runs_beside_the_loop(sessions: Sessions, gate: Gate) -> None:
    making = asyncio.ensure_future(sessions.create(gate.context))
    await until(gate.began.is_set)
    assert gate.threads == ["syncline-pool"]
    other = await sessions.create(APP)
    assert list(sessions) == [other]
    gate.go.set()
    session = await making
    assert set(sessions) == {session, other}
    assert gate.context.sessions == (session.context,)


async def test_those_who_ask_with_one_place_at_once_get_one_session(
    sessions: Sessions, gate: Gate
) -> None:
    asked = [asyncio.ensure_future(sessions.create(gate.context, place="ann")) for _ in range(3)]
    other = asyncio.ensure_future(sessions.create(gate.context, place="bob"))
    await until(lambda: len(gate.documents) == 2)
    asked[0].cancel()
    gate.go.set()
    one, two = await asyncio.gather(*asked[1:])
    assert one is two
    assert await other is not one
    assert len(sessions) == 2
    assert await sessions.create(gate.context, place="ann") is one is sessions.at("ann")
    sessions.discard(one)
    assert sessions.at("ann") is None


@pytest.mark.parametrize("place", [None, "ann"])
async def test_whoever_leaves_meanwhile_leaves_nothing_behind(
    sessions: Sessions, gate: Gate, place: str | None
) -> None:
    making = asyncio.ensure_future(sessions.create(gate.context, place=place))
    await until(gate.began.is_set)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    gate.go.set()
    (doc,) = gate.documents
    await until(lambda: doc.session.ended)
    assert len(sessions) == 0
    assert gate.context.sessions == ()


async def test_who_comes_while_an_abandoned_one_is_made_gets_it(
    sessions: Sessions, gate: Gate
) -> None:
    first = asyncio.ensure_future(sessions.create(gate.context, place="ann"))
    await until(gate.began.is_set)
    first.cancel()
    second = asyncio.ensure_future(sessions.create(gate.context, place="ann"))
    await asyncio.sleep(0)
    gate.go.set()
    session = await second
    await asyncio.sleep(0)
    assert list(sessions) == [session]
    assert len(gate.documents) == 1


async def test_a_server_that_ends_does_not_wait_for_an_apps_code(
    sessions: Sessions, gate: Gate
) -> None:
    making = asyncio.ensure_future(sessions.create(gate.context))
    await until(gate.began.is_set)
    await sessions.close()
    with pytest.raises(Stopping):
        await making
    assert gate.documents[0].session.ended
    gate.go.set()


async def test_what_is_being_made_counts_for_the_limit(
    sessions: Sessions, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "most", 1)
    making = asyncio.ensure_future(sessions.create(gate.context))
    await until(gate.began.is_set)
    with pytest.raises(TooManySessions):
        await sessions.create(APP)
    gate.go.set()
    await making


async def test_a_script_that_takes_long_keeps_other_apps_waiting_on_no_thread(
    sessions: Sessions,
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(pool, "most", 2)
    monkeypatch.setattr(maker, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(sl, "gate", gate, raising=False)
    (tmp_path / "app.py").write_text("import syncline as sl\nsl.gate.app(sl.curdoc())")
    script = ApplicationContext("script", application_for(tmp_path / "app.py"))
    making = [asyncio.ensure_future(sessions.create(script)) for _ in range(5)]
    await until(gate.began.is_set)
    await sessions.create(APP)
    assert len(gate.documents) == 1, "scripts have their surroundings to themselves"
    assert "script: its script has been running for 0 s" in caplog.text
    gate.go.set()
    await asyncio.gather(*making)
    assert len(sessions) == 6


async def test_a_session_knows_its_context_while_its_code_runs(sessions: Sessions) -> None:
    seen: list[object] = []
    app = ApplicationContext(
        "app", application_for(lambda doc: seen.append(doc.session_context.request))
    )
    request = Request(arguments={"n": ("1",)}, user="ann")
    session = await sessions.create(app, request)
    assert seen == [request]
    assert session.context.user == "ann"
    await sessions.close()
    assert session.context.destroyed


async def test_an_async_callback_that_the_apps_code_causes_runs_in_the_loop(
    sessions: Sessions,
) -> None:
    seen: list[object] = []

    def app(doc: sl.Document) -> None:
        slider = sl.Slider(value=1.0)

        async def follow(event: sl.Event) -> None:
            await asyncio.sleep(0)
            seen.extend((event.new, threading.current_thread().name, sl.curdoc() is doc))

        slider.observe(follow, "value")
        doc.add_root(slider)
        slider.value = 2.0

    await sessions.create(ApplicationContext("app", application_for(app)))
    await until(lambda: seen)
    assert seen == [2.0, "MainThread", True]


def busy(doc: Document) -> None:
    """An app with all that may keep a document alive: observers, links, a circle, timers."""
    slider, note = sl.Slider(value=0.0, min=0.0, max=9.0), sl.Markdown(text="")
    field = sl.Slider(value=0.0, min=0.0, max=9.0)
    slider.observe(lambda event: setattr(note, "text", f"{doc.rev}"), "value")
    sl.link((slider, "value"), (field, "value"))
    doc.add_root(sl.Column(slider, field, note))
    doc.add_periodic_callback(lambda: setattr(slider, "value", (slider.value + 1) % 9), 1)
    doc.add_timeout_callback(lambda: doc, 60_000)
    doc.on_session_destroyed(lambda context: doc)


async def test_a_session_that_ended_is_freed_with_all_it_had(sessions: Sessions) -> None:
    session = await sessions.create(ApplicationContext("busy", application_for(busy)))
    document, ticked = session.document, asyncio.Event()
    document.on_session_destroyed(lambda context: ticked.set())
    alive = [weakref.ref(each) for each in (session, document, *document.models.values())]
    assert len(alive) == 6
    while document.rev < 5:
        await asyncio.sleep(0.001)
    sessions.discard(session)
    await ticked.wait()
    await sessions.close()
    del session, document
    # The loop still has to forget the timers.
    async with asyncio.timeout(20):
        while any(each() is not None for each in alive):
            await asyncio.sleep(0.001)
            gc.collect()


def small(doc: Document) -> None:
    slider, text = sl.Slider(value=0.0), sl.Markdown(text="0")
    slider.observe(lambda event: setattr(text, "text", f"{slider.value:g}"), "value")
    doc.add_root(sl.Column(slider, text))


async def test_a_session_at_rest_takes_little_memory(sessions: Sessions) -> None:
    context = ApplicationContext("app", application_for(small))
    await sessions.create(context)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(COUNTED):
            await sessions.create(context)
        gc.collect()
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / COUNTED < MOST_BYTES
