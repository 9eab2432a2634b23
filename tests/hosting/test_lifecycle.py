"""Lifecycle hooks: when they are called, on what thread, and what becomes of one that raises."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import syncline as sl
from syncline.apps import Application, ApplicationContext, AppLoadError, application_for
from syncline.hosting import Sessions, Stopping, lifecycle

SECONDS = 30.0


@pytest.fixture
async def sessions() -> AsyncIterator[Sessions]:
    made = Sessions(ttl=900)
    yield made
    await made.close()


def noting(seen: list[str], name: str) -> Callable[[Any], None]:
    def hook(context: Any) -> None:
        seen.append(f"{name} {threading.current_thread().name}")

    return hook


async def test_hooks_are_called_in_bokehs_order(sessions: Sessions) -> None:
    seen: list[str] = []

    def app(doc: sl.Document) -> None:
        seen.append("filled")
        doc.on_session_destroyed(lambda context: seen.append("the document's own"))

    application = Application(app)
    for name in (
        "on_server_loaded",
        "on_server_unloaded",
        "on_session_created",
        "on_session_destroyed",
    ):
        getattr(application, name)(lambda context, name=name: seen.append(name))
    context = ApplicationContext("app", application)
    sessions.start([context])
    ready = [sessions.ready]
    await sessions.create(context)
    assert [*ready, sessions.ready] == [False, True]
    await sessions.close()
    assert seen == [
        "on_server_loaded",
        "on_session_created",
        "filled",
        "on_session_destroyed",
        "the document's own",
        "on_server_unloaded",
    ]


async def test_sync_hooks_run_beside_the_loop_and_async_ones_in_it(sessions: Sessions) -> None:
    seen: list[object] = []
    application = Application(lambda doc: None)

    @application.on_session_created
    def sync(context: Any) -> None:
        seen.append((threading.current_thread().name, sl.curdoc() is context.document))

    @application.on_session_created
    async def later(context: Any) -> None:
        await asyncio.sleep(0)
        seen.append((threading.current_thread().name, sl.curdoc() is context.document))

    await sessions.create(ApplicationContext("app", application))
    assert seen == [("syncline-pool", True), ("MainThread", True)]


async def test_a_hook_that_raises_is_logged_with_an_id_and_the_others_are_called(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    application = Application(lambda doc: None)

    @application.on_session_created
    def broken(context: Any) -> None:
        raise ValueError("not for viewers")

    @application.on_session_created
    async def leaving(context: Any) -> None:
        raise SystemExit(3)

    application.on_session_created(noting(seen, "last"))
    await sessions.create(ApplicationContext("app", application))
    assert seen == ["last syncline-pool"]
    assert len(sessions) == 1
    assert "error" in caplog.text
    assert "broken" in caplog.text
    assert "not for viewers" in caplog.text
    assert "leaving" in caplog.text


async def test_nobody_waits_for_a_hook_for_ever(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lifecycle, "HOOK_SECONDS", 0.01)
    application = Application(lambda doc: None)

    @application.on_session_destroyed
    async def endless(context: Any) -> None:
        await asyncio.Event().wait()

    await sessions.create(ApplicationContext("app", application))
    await sessions.close()
    assert "endless" in caplog.text


async def test_a_session_that_ends_is_told_while_its_document_is_there(sessions: Sessions) -> None:
    seen: list[object] = []

    def app(doc: sl.Document) -> None:
        slider = doc.add_root(sl.Slider(value=3.0))

        @doc.on_session_destroyed
        async def save(context: Any) -> None:
            seen.extend((slider.value, context.destroyed, doc.session.ended))  # type: ignore[attr-defined]
            seen.append(await context.with_locked_document(lambda doc: doc.title))

    context = ApplicationContext("app", application_for(app))
    session = await sessions.create(context)
    sessions.discard(session)
    assert len(sessions) == 0
    async with asyncio.timeout(SECONDS):
        while not session.document.session.ended:
            await asyncio.sleep(0.001)
    assert seen == [3.0, True, None, "app"]


async def test_a_session_that_could_not_be_made_is_told_as_well(sessions: Sessions) -> None:
    seen: list[str] = []
    application = Application(lambda doc: 1 / 0)
    application.on_session_created(noting(seen, "created"))
    application.on_session_destroyed(noting(seen, "destroyed"))
    context = ApplicationContext("app", application)
    with pytest.raises(AppLoadError):
        await sessions.create(context)
    assert seen == ["created syncline-pool", "destroyed syncline-pool"]
    assert context.sessions == ()


async def test_the_first_session_waits_until_the_app_has_heard_of_the_server(
    sessions: Sessions,
) -> None:
    go = asyncio.Event()
    seen: list[str] = []

    async def loaded(context: Any) -> None:
        await go.wait()
        seen.append("loaded")

    context = ApplicationContext(
        "app", Application(lambda doc: seen.append("filled"), on_server_loaded=loaded)
    )
    sessions.start([context])
    making = asyncio.ensure_future(sessions.create(context))
    await asyncio.sleep(0.01)
    assert seen == []
    go.set()
    await making
    assert seen == ["loaded", "filled"]


async def test_hooks_that_cannot_be_loaded_are_told_to_the_author_once(
    sessions: Sessions, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "main.py").write_text("")
    (tmp_path / "hooks.py").write_text("def on_server_loaded(:")
    context = ApplicationContext("app", application_for(tmp_path))
    for _ in range(2):
        await sessions.create(context)
    assert len(sessions) == 2
    assert caplog.text.count("hooks.py could not be loaded") == 1
    assert "SyntaxError" in caplog.text


async def test_what_a_folders_hooks_keep_its_sessions_find(
    sessions: Sessions, tmp_path: Path
) -> None:
    (tmp_path / "kept.py").write_text("connection = None")
    (tmp_path / "hooks.py").write_text(
        "import kept\n"
        "def on_server_loaded(context): kept.connection = context.application_context.name\n"
    )
    (tmp_path / "main.py").write_text(
        "import syncline as sl, kept\nsl.curdoc().title = kept.connection"
    )
    context = ApplicationContext("connected", application_for(tmp_path))
    assert (await sessions.create(context)).document.title == "connected"


async def test_a_server_that_has_ended_makes_no_session(sessions: Sessions) -> None:
    context = ApplicationContext("app", Application(lambda doc: None))
    await sessions.close()
    with pytest.raises(Stopping):
        await sessions.create(context)
    sessions.start()
    await sessions.create(context)


async def test_an_async_app_is_filled_in_the_loop(sessions: Sessions) -> None:
    seen: list[object] = []

    async def app(doc: sl.Document) -> None:
        await asyncio.sleep(0)
        doc.title = "filled"
        seen.append((threading.current_thread().name, sl.curdoc() is doc))

    session = await sessions.create(ApplicationContext("app", application_for(app)))
    assert session.document.title == "filled"
    assert seen == [("MainThread", True)]

    async def broken(doc: sl.Document) -> None:
        raise ValueError

    with pytest.raises(AppLoadError):
        await sessions.create(ApplicationContext("app", application_for(broken)))


async def test_timers_and_work_end_with_their_session(sessions: Sessions) -> None:
    go = threading.Event()
    seen: list[str] = []
    works = []

    def app(doc: sl.Document) -> None:
        doc.add_next_tick_callback(lambda: seen.append("tick"))
        doc.add_periodic_callback(lambda: seen.append("periodic"), 1)
        works.append(doc.submit(go.wait, SECONDS))
        doc.on_session_destroyed(lambda context: seen.append("destroyed"))

    session = await sessions.create(ApplicationContext("app", application_for(app)))
    context = session.context
    async with asyncio.timeout(SECONDS):
        while "periodic" not in seen:
            await asyncio.sleep(0.001)
    assert seen[0] == "tick"
    await sessions.close()
    go.set()
    assert works[0].cancelled()
    assert seen[-1] == "destroyed"
    assert context.with_locked_document(lambda doc: doc.title).cancelled()
