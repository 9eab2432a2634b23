"""Callbacks of served apps: a slow one keeps neither its own page nor others waiting."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

import syncline as sl
from tests.server.browsing import Browser, has, model

if TYPE_CHECKING:
    from syncline.document import Document
    from tests.server.conftest import Serve


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def slow_app(doc: Document) -> None:
    """A slider and a text that takes its time to follow."""
    slider = sl.Slider(label="n", value=0.0, min=0.0, max=100.0)
    text = sl.Markdown(text="n=0")

    def follow(event: sl.Event) -> None:
        threading.Event().wait(0.2)
        calls.append(event.new)
        text.text = f"n={event.new:g}"

    slider.observe(follow, "value")
    doc.add_root(sl.Column(slider, text))


calls: list[float] = []


async def test_a_slow_callback_hears_the_latest_of_a_dragged_slider(serve: Serve) -> None:
    calls.clear()
    page = await Browser(serve(slow_app)).open("slow_app")
    slider, _ = model(await page.greet(), "Slider")
    for value in range(1, 31):
        await page.patch({"op": "set", "m": slider, "p": ["value"], "v": value})
    await page.document(has("Markdown", text="n=30"))
    assert calls[-1] == 30
    assert len(calls) < 20


async def test_a_page_is_answered_while_a_callback_of_another_session_runs(serve: Serve) -> None:
    go, began = threading.Event(), threading.Event()

    def app(doc: Document) -> None:
        slider = sl.Slider(label="n", value=0.0, min=0.0, max=10.0)

        def wait(event: sl.Event) -> None:
            if event.new == 1:
                threading.Event().wait(0.03)
            else:
                began.set()
                go.wait(30)

        slider.observe(wait, "value")
        doc.add_root(slider)

    server = serve(app)
    one, two = await Browser(server).open("app"), await Browser(server).open("app")
    first, _ = model(await one.greet(), "Slider")
    second, _ = model(await two.greet(), "Slider")
    await one.patch({"op": "set", "m": first, "p": ["value"], "v": 1})
    await one.patch({"op": "set", "m": first, "p": ["value"], "v": 2})
    assert await asyncio.to_thread(began.wait, 30)
    for page, slider, value in ((two, second, 1), (one, first, 3)):
        answer = await page.patch({"op": "set", "m": slider, "p": ["value"], "v": value})
        assert answer["header"]["msgtype"] == "OK"
    go.set()
