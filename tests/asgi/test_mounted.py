"""Applications mounted in FastAPI, behind a real Uvicorn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from syncline.apps import Application
from syncline.asgi import syncline_asgi, syncline_lifespan
from syncline.asgi.views import PAGES, SLASH, SOCKETS
from syncline.client import pull_session
from syncline.hosting.permissions import ROUTES
from tests.asgi.serving import serving
from tests.server.test_session import counter

if TYPE_CHECKING:
    from syncline.client import ClientDocument
    from syncline.document import Document

SECONDS = 20


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.001)


async def moves(document: ClientDocument) -> None:
    """Move the counter's slider and see what comes of it."""
    root: Any = document.roots[0]
    slider, text = root.children
    slider.value = 7
    async with asyncio.timeout(SECONDS):
        await document.until(lambda: text.text == "n=7")


async def fetch(url: str, **options: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url, **options)


def test_every_row_has_a_view_and_every_view_a_row() -> None:
    assert {*PAGES} == {row.name for row in ROUTES} | {SLASH.name}
    assert {*SOCKETS} == {row.name for row in ROUTES if row.websocket}


async def test_two_mounts_in_one_application_are_two_sites_beside_its_own_routes() -> None:
    one, two = syncline_asgi({"counter": counter}), syncline_asgi(counter)
    app = FastAPI(lifespan=syncline_lifespan(one, two))
    app.mount("/one", one)
    app.mount("/deeper/two", two)
    app.get("/api")(lambda: {"answer": 42})
    async with serving(app) as url:
        assert (await fetch(f"{url}/api")).json() == {"answer": 42}
        for mount, viz in (("one", one), ("deeper/two", two)):
            async with await pull_session(f"{url}/{mount}/counter") as document:
                await moves(document)
                assert len(viz.site.sessions) == 1
    for viz in (one, two):
        assert len(viz.site.sessions) == 0


async def test_the_lifespan_leaves_no_task_and_may_be_lived_again() -> None:
    viz = syncline_asgi(counter)
    app = FastAPI(lifespan=syncline_lifespan(viz))
    app.mount("/viz", viz)
    before = asyncio.all_tasks()
    for _ in range(2):
        async with serving(app) as url:
            await until(lambda: viz.site.is_ready)
            async with await pull_session(f"{url}/viz/counter") as document:
                await moves(document)
        assert asyncio.all_tasks() == before
        assert not viz.site.sockets


async def test_as_the_top_application_it_lives_through_the_lifespan_itself() -> None:
    viz = syncline_asgi(counter)
    async with serving(viz, lifespan="on") as url:
        await until(lambda: viz.site.is_ready)
        async with await pull_session(f"{url}/counter") as document:
            await moves(document)
    assert not viz.site.is_ready


def test_what_is_no_option_is_not_passed_over() -> None:
    options: Any = {"auth_user": "users.txt"}
    with pytest.raises(TypeError, match="auth_user"):
        syncline_asgi(counter, **options)


async def test_without_a_lifespan_it_starts_with_the_first_request() -> None:
    viz = syncline_asgi(counter)
    app = FastAPI()
    app.mount("/viz", viz)
    async with serving(app) as url:
        assert not viz.site.is_ready
        async with await pull_session(f"{url}/viz/counter") as document:
            await moves(document)
    await viz.site.stop()


async def test_what_was_stopped_is_not_started_by_a_late_request() -> None:
    viz = syncline_asgi(counter)
    async with serving(viz, lifespan="off") as url:
        async with viz:
            pass
        assert (await fetch(f"{url}/counter")).status_code == 503
    assert len(viz.site.sessions) == 0


async def test_behind_a_root_path_all_urls_are_relative() -> None:
    viz = syncline_asgi({"counter": counter, "other": counter})
    app = FastAPI(lifespan=syncline_lifespan(viz))
    app.mount("/viz", viz)
    async with serving(app, root_path="/behind/proxy") as url:
        page = await fetch(f"{url}/viz/counter")
        assert page.status_code == 200
        assert "/viz" not in page.text
        assert "proxy" not in page.text
        assert "Path" not in page.headers["set-cookie"]
        assert 'href="counter"' in (await fetch(f"{url}/viz/")).text
        slash = await fetch(f"{url}/viz/counter/?n=1")
        assert (slash.status_code, slash.headers["location"]) == (301, "../counter?n=1")
        assert 'href="../../counter"' in (await fetch(f"{url}/viz/not/there/")).text


async def test_a_visitor_who_leaves_before_the_page_is_there_leaves_nothing() -> None:
    began, go = threading.Event(), threading.Event()
    documents: list[Document] = []

    def app(doc: Document) -> None:
        documents.append(doc)
        began.set()
        assert go.wait(10)

    viz = syncline_asgi(app)
    async with serving(viz) as url, asyncio.timeout(SECONDS):
        port = int(url.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /app HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await asyncio.to_thread(began.wait, 10)
        waiting = asyncio.all_tasks()
        writer.close()
        await writer.wait_closed()
        # The request's own tasks end while the application's code still runs.
        await until(lambda: any(task.done() for task in waiting))
        go.set()
        await until(lambda: documents[0].session.ended is not None)
        assert len(viz.site.sessions) == 0


async def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    viz = syncline_asgi(counter)
    async with serving(viz) as url:
        first = await fetch(f"{url}/favicon.ico")
        again = await fetch(f"{url}/favicon.ico", headers={"If-None-Match": first.headers["etag"]})
    assert first.content
    assert (again.status_code, again.content) == (304, b"")


async def test_what_is_no_websocket_is_told_so() -> None:
    viz = syncline_asgi(counter)
    async with serving(viz) as url:
        response = await fetch(f"{url}/counter/ws")
    assert (response.status_code, response.headers["upgrade"]) == (426, "websocket")


async def test_a_refused_websocket_of_a_server_that_can_say_nothing_is_closed() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"origin", b"http://evil.example")]
    scope = {"type": "websocket", "path": "/counter/ws", "headers": headers, "query_string": b""}
    viz = syncline_asgi(counter)
    async with viz:
        await viz(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_a_fault_of_ours_shows_an_id_that_the_log_has(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    viz = syncline_asgi(counter)
    monkeypatch.setattr(viz.site.static_files, "find", lambda *_: 1 / 0)
    async with serving(viz) as url:
        response = await fetch(f"{url}/static/a.js")
    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.text
    assert response.text.split("<code>")[1].split("</code>")[0] in caplog.text


async def test_objects_of_the_application_around_reach_its_sessions_and_hooks() -> None:
    loaded = []

    def app(doc: Document) -> None:
        doc.title = doc.session_context.app_state.names["ann"]

    recipe = Application(
        app, on_server_loaded=lambda context: loaded.append(context.app_state.names)
    )
    viz, own = syncline_asgi({"app": recipe}), syncline_asgi({"app": app}, app_state=Names())
    around = FastAPI(lifespan=syncline_lifespan(viz, own))
    around.state.names = {"ann": "Ann"}
    around.mount("/viz", viz)
    around.mount("/own", own)
    async with serving(around) as url:
        assert "<title>Ann</title>" in (await fetch(f"{url}/viz/app")).text
        assert "<title>Anna</title>" in (await fetch(f"{url}/own/app")).text
    assert loaded == [around.state.names]


class Names:
    names = {"ann": "Anna"}  # noqa: RUF012


async def test_each_application_around_hands_on_its_own_state() -> None:
    def app(doc: Document) -> None:
        doc.title = doc.session_context.app_state.name

    viz = syncline_asgi({"app": app})
    for name in ("one", "two"):
        around = FastAPI(lifespan=syncline_lifespan(viz))
        around.state.name = name
        around.mount("/viz", viz)
        async with serving(around) as url:
            assert f"<title>{name}</title>" in (await fetch(f"{url}/viz/app")).text


async def test_a_host_that_cannot_be_read_is_refused_and_logged_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    viz = syncline_asgi(counter)
    async with serving(viz) as url:
        response = await fetch(f"{url}/counter%0Aforged", headers={"Host": "[broken"})
    assert response.status_code == 403
    assert "/counter%0Aforged" in caplog.text
    assert "\nforged" not in caplog.text


async def test_an_app_sees_the_path_as_it_was_asked_for() -> None:
    paths: list[str] = []

    def app(doc: Document) -> None:
        paths.append(doc.session_context.request.path)

    viz = syncline_asgi({"ünd": app})
    async with serving(viz) as url:
        await fetch(f"{url}/%C3%BCnd?n=1")
    assert paths == ["/%C3%BCnd"]
