from __future__ import annotations

import asyncio

import pytest

import syncline as sl
from syncline.apps import Application, ApplicationContext, Request, SessionContext


def made(doc: sl.Document) -> SessionContext:
    app = ApplicationContext("app", Application())
    return SessionContext("s1", app, doc, Request(arguments={"n": ("1",)}, user="ann"))


def test_a_document_knows_its_session_and_that_its_server_side() -> None:
    doc = sl.Document()
    assert getattr(doc, "session_context", 0) is None
    context = made(doc)
    assert doc.session_context is context
    assert (context.id, context.user, context.destroyed) == ("s1", "ann", False)
    assert context.request.arguments == {"n": ("1",)}
    assert context.logout_url is None
    assert context.server_context.application_context is context.application_context


def test_a_server_context_lists_the_live_sessions() -> None:
    context = made(sl.Document())
    application = context.application_context
    assert list(context.server_context.sessions) == []
    application.add(context)
    assert list(context.server_context.sessions) == [context]
    application.remove(context)
    application.remove(context)
    assert list(context.server_context.sessions) == []


def test_with_locked_document_calls_in_turn_and_gives_the_result() -> None:
    doc = sl.Document()
    context = made(doc)
    seen: list[object] = []

    def change(document: sl.Document) -> int:
        seen.append(sl.curdoc())
        document.title = "changed"
        return 3

    assert context.with_locked_document(change).result(0) == 3
    assert seen == [doc]
    assert doc.title == "changed"


async def test_with_locked_document_is_awaited_and_takes_async_functions() -> None:
    doc = sl.Document()
    context = made(doc)

    async def change(document: sl.Document) -> str:
        await asyncio.sleep(0)
        document.title = "changed"
        return document.title

    assert await context.with_locked_document(change) == "changed"
    assert await context.with_locked_document(lambda document: document.title) == "changed"


async def test_what_raises_under_the_lock_raises_where_it_is_awaited() -> None:
    context = made(sl.Document())

    async def later(document: sl.Document) -> None:
        raise KeyError("later")

    with pytest.raises(KeyError, match="later"):
        await context.with_locked_document(later)
    with pytest.raises(ZeroDivisionError):
        await context.with_locked_document(lambda document: 1 / 0)


async def test_with_locked_document_waits_for_its_turn() -> None:
    doc = sl.Document()
    context = made(doc)
    order: list[str] = []

    def first() -> None:
        context.with_locked_document(lambda document: order.append("second"))
        order.append("first")

    doc.call_soon(first)
    assert order == ["first", "second"]
