"""A client's document and the session's, on a real server: what each side's changes come to."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import syncline as sl
from syncline.client import ClientDocument, SessionError, pull_session
from syncline.core.ops import Set
from syncline.server import Server
from tests.client.models import Counter

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.hosting import ServerSession

SECONDS = 30.0
ROWS = 3_000_000
TASKS, EACH = 40, 25


class Table(sl.Model, type="client/Table@1"):
    data: sl.Columns = sl.prop()


def app(doc: Document) -> None:
    doc.add_root(Counter(items=[]))


def large(doc: Document) -> None:
    """A table of 24 MB, three times what one frame may hold."""
    doc.add_root(Table(data=sl.Columns({"x": np.arange(ROWS, dtype="f8")})))


def of(document: Document) -> Counter:
    (root,) = document.roots
    assert isinstance(root, Counter)
    return root


def session_of(server: Server) -> ServerSession:
    (session,) = server.get_sessions()
    return session


async def settle(document: ClientDocument, session: ServerSession) -> None:
    """Wait until both sides are at one revision and nothing is under way, however often asked."""
    for _ in range(3):
        await document.until()
        await document.until(lambda: document.rev == session.document.rev)


async def test_a_change_of_a_client_comes_back_to_nobody() -> None:
    async with (
        asyncio.timeout(SECONDS),
        Server(app, port=0) as server,
        await pull_session(server.url + "app") as document,
    ):
        session = session_of(server)
        here: list[Any] = []
        there: list[Any] = []
        of(document).observe(lambda event: here.append(event.new), "value")
        of(session.document).observe(lambda event: there.append(event.new), "value")
        before = session.document.rev
        for value in (1.0, 2.0, 3.0):
            of(document).value = value
            await settle(document, session)
        assert session.document.rev == before + 3
        assert here == there == [1.0, 2.0, 3.0]


async def test_a_change_of_the_server_comes_back_to_nobody() -> None:
    async with (
        asyncio.timeout(SECONDS),
        Server(app, port=0) as server,
        await pull_session(server.url + "app") as document,
    ):
        session = session_of(server)
        here: list[Any] = []
        there: list[Any] = []
        of(document).observe(lambda event: here.append(event.new), "value")
        of(session.document).observe(lambda event: there.append(event.new), "value")
        before = session.document.rev
        for value in (1.0, 2.0, 3.0):
            of(session.document).value = value
            await settle(document, session)
        assert (document.rev, session.document.rev) == (before + 3, before + 3)
        assert here == there == [1.0, 2.0, 3.0]


async def test_a_value_that_the_session_adjusts_comes_back_once() -> None:
    async with (
        asyncio.timeout(SECONDS),
        Server(app, port=0) as server,
        await pull_session(server.url + "app") as document,
    ):
        session = session_of(server)
        there: list[Any] = []
        of(session.document).observe(lambda event: there.append(event.new), "small")
        before = session.document.rev
        # An edit that this process does not check first.
        document.edit(Set(of(document).id, ["small"], 50.0))
        await settle(document, session)
        assert of(document).small == of(session.document).small == 10.0
        assert (session.document.rev, there) == (before + 1, [10.0])


async def test_many_changes_of_all_sides_at_once_all_arrive_once() -> None:
    async with asyncio.timeout(SECONDS), Server(app, port=0) as server:
        url = server.url + "app"
        async with await pull_session(url) as one, await pull_session(url, token=one.token) as two:
            session = session_of(server)

            async def add(document: Document, name: str) -> None:
                for n in range(EACH):
                    of(document).items.append(f"{name} {n}")
                    await asyncio.sleep(0)

            sides: list[Document] = [one, two, session.document]
            await asyncio.gather(*(add(sides[n % 3], str(n)) for n in range(TASKS)))
            for document in (one, two):
                await settle(document, session)
            found = list(of(session.document).items)
            assert found == list(of(one).items) == list(of(two).items)
            assert Tally(found) == Tally(f"{t} {n}" for t in range(TASKS) for n in range(EACH))


async def test_two_who_set_one_property_at_once_end_equal_and_one_is_told() -> None:
    async with asyncio.timeout(SECONDS), Server(app, port=0) as server:
        url = server.url + "app"
        async with await pull_session(url) as one, await pull_session(url, token=one.token) as two:
            session = session_of(server)
            told: list[Any] = []
            one.on_conflict(lambda conflict: told.append((one, conflict)))
            two.on_conflict(lambda conflict: told.append((two, conflict)))
            of(one).value, of(two).value = 1.0, 2.0
            for document in (one, two, one):
                await settle(document, session)
            found = of(session.document).value
            assert of(one).value == of(two).value == found
            # Whoever was second has overwritten what they had not seen.
            second = {1.0: one, 2.0: two}[found]
            assert [(who, conflict.kind) for who, conflict in told] == [(second, "concurrent")]


async def test_a_document_larger_than_any_frame_is_pulled() -> None:
    async with (
        asyncio.timeout(SECONDS),
        Server(large, port=0) as server,
        await pull_session(server.url + "large") as document,
    ):
        (table,) = document.roots
        assert isinstance(table, Table)
        assert np.array_equal(table.data["x"], np.arange(ROWS))


async def test_a_prefix_is_part_of_the_address() -> None:
    async with asyncio.timeout(SECONDS), Server(app, port=0, prefix="/viz") as server:
        async with await pull_session(server.url + "app") as document:
            of(document).value = 1
            await document.until()
        for wrong in ("app", "vi/app", "viz/viz/app", "viz/ap"):
            with pytest.raises(SessionError):
                await pull_session(f"http://127.0.0.1:{server.port}/{wrong}")
        assert len(server.get_sessions()) == 1
