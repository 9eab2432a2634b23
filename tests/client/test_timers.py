"""Timers and work on the client's side of a session."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import syncline as sl
from syncline.client import pull_session
from syncline.server import Server

if TYPE_CHECKING:
    from syncline.document import Document

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
