"""Garbage collections of a process that serves: short, and yet nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import weakref

import syncline as sl
from syncline.document import Document
from syncline.server import Server
from syncline.server.garbage import short_collections


def app(doc: Document) -> None:
    slider = sl.Slider()
    slider.observe(lambda event: slider.value, "value")
    doc.add_root(slider)


async def test_what_survives_a_whole_collection_is_not_looked_at_again() -> None:
    async with Server({"/app": app}, port=0) as server:
        with short_collections(server.site):
            kept: list[list[int]] = [[] for _ in range(1000)]
            gc.collect()
            looked_at = {id(thing) for thing in gc.get_objects()}
            assert not looked_at & {id(each) for each in kept}
        assert {id(each) for each in kept} <= {id(thing) for thing in gc.get_objects()}


async def test_what_ended_sessions_leave_is_collected_though_it_was_frozen() -> None:
    async with Server({"/app": app}, port=0) as server:
        with short_collections(server.site, pause=0.01):
            session = await server.site.sessions.create(server.site.contexts["app"])
            document = weakref.ref(session.document)
            gc.collect()
            assert gc.get_freeze_count()
            server.site.sessions.discard(session)
            del session
            async with asyncio.timeout(20):
                while document() is not None:
                    await asyncio.sleep(0.01)
