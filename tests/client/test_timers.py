"""Timers and work on the client's side of a session."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

import syncline as sl
from syncline.client import pull_session, push_session
from syncline.server import Server

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.document.timers import Timer

SECONDS = 30.0


def app(doc: Document) -> None:
    """A slider, and a timer on the server's side."""
    doc.title = "0"
    doc.add_root(sl.Slider(value=0.0, min=0.0, max=100.0))
    doc.add_timeout_callback(lambda: setattr(doc, "title", "ticked"), 1)


async def test_both_sides_have_timers_of_their_own() -> None:
    async with Server(app, port=0) as server, asyncio.timeout(SECONDS):
        async with await pull_session(server.url + "app") as document:
            (slider,) = document.roots
            assert isinstance(slider, sl.Slider)
            (session,) = server.get_sessions("app")
            (shown,) = session.document.roots
            assert isinstance(shown, sl.Slider)
            seen: list[threading.Thread] = []

            def step() -> None:
                seen.append(threading.current_thread())
                slider.value += 1

            document.add_next_tick_callback(step)
            timer = document.add_periodic_callback(step, 1)
            await document.until(lambda: slider.value >= 3 and document.title == "ticked")
            document.remove_periodic_callback(timer)
            await document.until()
            assert shown.value == slider.value
            assert set(seen) == {threading.main_thread()}
            late = document.add_timeout_callback(step, 60_000)
        assert not late.active


async def test_work_of_a_client_changes_the_session() -> None:
    async with asyncio.timeout(SECONDS), Server(app, port=0) as server:
        document = await pull_session(server.url + "app")
        async with document:
            (slider,) = document.roots
            assert isinstance(slider, sl.Slider)
            await document.submit(setattr, slider, "value", 7.0)
            await document.until()
            (session,) = server.get_sessions("app")
            assert session.document.roots[0].value == 7  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["next_tick", "timeout", "periodic"])
async def test_async_callbacks_of_both_sides_change_the_session(kind: str) -> None:
    span = () if kind == "next_tick" else (1,)

    def counts(doc: Document) -> None:
        """A counter that an async callback of the server's side counts up."""
        slider = sl.Slider(value=0.0)
        doc.add_root(slider)

        async def count() -> None:
            await asyncio.sleep(0)
            slider.value += 1
            once(doc, timer)

        timer = getattr(doc, f"add_{kind}_callback")(count, *span)

    async with (
        asyncio.timeout(SECONDS),
        Server({"app": counts}, port=0) as server,
        await pull_session(server.url + "app") as document,
    ):
        (slider,) = document.roots
        assert isinstance(slider, sl.Slider)
        await document.until(lambda: slider.value == 1)
        ran = asyncio.Event()

        async def tell() -> None:
            await asyncio.sleep(0)
            slider.value = 10
            once(document, timer)
            ran.set()

        timer = getattr(document, f"add_{kind}_callback")(tell, *span)
        await ran.wait()
        await document.until()
        (session,) = server.get_sessions("app")
        assert session.document.roots[0].value == 10  # type: ignore[attr-defined]


async def test_timers_from_before_a_push_go_on_where_they_were_added() -> None:
    def pushable(doc: Document) -> None:
        doc.session.pushable = True
        doc.add_root(sl.Slider(value=0.0))

    async with asyncio.timeout(SECONDS), Server({"app": pushable}, port=0) as server:
        await pull_once(server.url + "app")
        (session,) = server.get_sessions("app")
        mine = sl.Document(title="mine")
        mine.add_root(sl.Slider(value=5.0))
        ticks = [asyncio.Event(), asyncio.Event()]
        for document, tick in zip((mine, session.document), ticks, strict=True):
            document.add_periodic_callback(tick.set, 1)
        token = server.site.visits.admissions.grant(session, "owner")
        await push_session(mine, server.url + "app", token=token)
        assert session.document.title == "mine"
        for tick in ticks:
            tick.clear()
            await tick.wait()
        mine.close()


def once(document: Document, timer: Timer) -> None:
    """Let a periodic callback be called no more."""
    if timer.active:
        document.remove_periodic_callback(timer)


async def pull_once(url: str) -> None:
    """Let a session begin."""
    async with await pull_session(url):
        pass
