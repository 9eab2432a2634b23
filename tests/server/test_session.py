"""One document per session, over a real websocket."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import syncline as sl
from syncline.server.views.visitor import VisitorView
from tests.server.browsing import Browser, has, model

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.apps import Request
    from syncline.document import Document
    from tests.server.conftest import Serve


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def counter(doc: Document) -> None:
    """A slider and a text that follows it."""
    slider = sl.Slider(label="n", value=3.0, min=0.0, max=10.0)
    text = sl.Markdown(text="n=3")
    slider.observe(lambda event: setattr(text, "text", f"n={slider.value:g}"), "value")
    doc.add_root(sl.Column(slider, text))


async def test_a_change_in_the_browser_comes_back_as_its_consequence(serve: Serve) -> None:
    page = await Browser(serve(counter)).open("counter")
    slider, props = model(await page.greet(), "Slider")
    assert props["value"] == 3
    answer = await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    assert answer["header"]["msgtype"] == "OK"
    await page.document(has("Markdown", text="n=7"))


async def test_a_reload_shows_the_same_session_with_its_current_value(serve: Serve) -> None:
    browser = Browser(serve(counter))
    page = await browser.open("counter")
    slider, _ = model(await page.greet(), "Slider")
    await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    page.close()
    again = await browser.open("counter")
    assert has("Slider", value=7)(await again.greet())


async def test_another_visitor_has_a_session_of_their_own(serve: Serve) -> None:
    server = serve(counter)
    page = await Browser(server).open("counter")
    slider, _ = model(await page.greet(), "Slider")
    await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    other = await Browser(server).open("counter")
    assert has("Slider", value=3)(await other.greet())
    assert len(server.site.sessions) == 2


async def test_two_tabs_of_a_browser_follow_each_other(serve: Serve) -> None:
    browser = Browser(serve(counter))
    one, two = await browser.open("counter"), await browser.open("counter")
    slider, _ = model(await one.greet(), "Slider")
    await two.greet()
    await one.patch({"op": "set", "m": slider, "p": ["value"], "v": 5})
    patch = await two.until("PATCH-DOC")
    assert patch["content"]["txs"][0]["ops"][0]["v"] == 5


async def test_the_session_follows_the_scripts_document(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("found beside the script")
    script = tmp_path / "app.py"
    script.write_text(
        "import syncline as sl\nfrom pathlib import Path\n"
        "sl.curdoc().add_root(sl.Markdown(text=Path('words.txt').read_text()))\n"
    )
    page = await Browser(serve(script)).open("app")
    assert has("Markdown", text="found beside the script")(await page.greet())


async def test_an_app_that_raises_answers_500_with_an_id_and_no_traceback(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("secret_name = 1\n1/0\n")
    response = await Browser(serve(script)).fetch("broken")
    html = response.body.decode()
    assert response.code == 500
    assert "could not be loaded" in html
    assert "Traceback" not in html
    assert "ZeroDivisionError" not in html
    assert "broken.py" not in html
    error_id = html.split("<code>")[1].split("</code>")[0]
    assert error_id in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\ndef f(:\n", "def f(:\n          ^\nSyntaxError: invalid syntax"),
        ("import sys\nsys.exit('no data')", "SystemExit: no data"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import nothing_like_it", "No module named 'nothing_like_it'"),
    ],
)
async def test_the_author_reads_what_is_wrong_and_the_viewer_an_id(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, source: str, said: str
) -> None:
    script = tmp_path / "broken.py"
    script.write_text(source)
    server = serve(script)
    browser = Browser(server)
    for path in ("broken", "broken/ticket"):
        response = await browser.fetch(path)
        assert response.code == 500
        assert "Error" not in response.body.decode()
    assert said in caplog.text
    assert f'File "{script}", line' in caplog.text
    assert "exec(" not in caplog.text, "none of our own lines"
    assert len(server.site.sessions) == 0
    assert (await browser.fetch("healthz")).code == 200


async def test_a_function_that_exits_is_no_end_of_the_server(serve: Serve) -> None:
    def leave(doc: Document) -> None:
        doc.title = "early"
        raise SystemExit(code)

    browser = Browser(serve(leave))
    code = 1
    assert (await browser.fetch("leave")).code == 500
    code = 0
    assert (await browser.page("leave"))["title"] == "early"


async def test_a_script_is_read_anew_after_it_failed(serve: Serve, tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("1/0")
    browser = Browser(serve(script))
    assert (await browser.fetch("app")).code == 500
    script.write_text("import syncline as sl\nsl.curdoc().title = 'mended'")
    assert (await browser.page("app"))["title"] == "mended"


async def test_a_session_that_ended_closes_its_pages_for_good(serve: Serve) -> None:
    server = serve(counter)
    browser = Browser(server)
    page = await browser.open("counter")
    await page.greet()
    for session in server.site.sessions:
        server.site.sessions.discard(session)
    assert await page.closed() == 4404


async def test_a_server_that_stops_asks_its_pages_to_come_back(serve: Serve) -> None:
    server = serve(counter)
    page = await Browser(server).open("counter")
    await page.greet()
    await server.stop()
    assert await page.closed() == 1012


@pytest.mark.parametrize("front", ["tornado"])
async def test_a_visitor_who_leaves_before_the_page_is_there_leaves_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go, left = threading.Event(), threading.Event(), asyncio.Event()
    leave = VisitorView.on_connection_close

    def leaving(view: VisitorView) -> None:
        leave(view)
        left.set()

    monkeypatch.setattr(VisitorView, "on_connection_close", leaving)
    documents: list[Document] = []

    def app(doc: Document) -> None:
        documents.append(doc)
        began.set()
        assert go.wait(10)

    server = serve(app)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /app HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        await asyncio.to_thread(began.wait, 10)
        writer.close()
        await writer.wait_closed()
        await left.wait()
        go.set()
        while not documents[0].session.ended:
            await asyncio.sleep(0.001)
    assert len(server.site.sessions) == 0


@pytest.mark.parametrize(
    ("options", "headers", "cookies"),
    [
        ({"include_headers": ["X-TENANT"]}, {"x-tenant"}, {"theme", "lang"}),
        ({"exclude_headers": ["x-tenant"]}, {"x-zone"}, {"theme", "lang"}),
        ({"include_cookies": ["lang"]}, {"x-tenant", "x-zone"}, {"lang"}),
        ({"exclude_cookies": ["lang"]}, {"x-tenant", "x-zone"}, {"theme"}),
    ],
)
async def test_what_an_app_may_see_of_a_request_is_an_option(
    serve: Serve, options: dict[str, Any], headers: set[str], cookies: set[str]
) -> None:
    seen: list[Request] = []
    server = serve({"app": lambda doc: seen.append(doc.session_context.request)}, **options)
    browser = Browser(server, cookies={"theme": "dark", "lang": "de"})
    await browser.fetch("app", X_Tenant="acme", X_Zone="1")
    (request,) = seen
    names = {name.lower() for name in request.headers}
    assert names & {"x-tenant", "x-zone"} == headers
    assert set(request.cookies) == cookies


async def test_who_reads_nothing_stops_nobody(serve: Serve) -> None:
    server = serve(counter)
    deaf, browser = Browser(server), Browser(server)
    browser.cookies = deaf.cookies
    held = await deaf.open("counter")
    await held.greet()
    page = await browser.open("counter")
    slider, _ = model(await page.greet(), "Slider")
    (session,) = server.site.sessions
    note = session.document.add_root(sl.Markdown(text=""))
    assert isinstance(note, sl.Markdown)
    for value in range(1, 30):
        note.text = str(value % 10) * (4 << 20)
        answer = await page.patch({"op": "set", "m": slider, "p": ["value"], "v": value})
        assert answer["header"]["msgtype"] == "OK"
    assert session.document.observers.running is None
    # It is only late: what it reads in the end is all there is.
    doc = await held.document(has("Slider", value=29.0))
    assert model(doc, "Markdown", text=note.text)


async def test_an_app_sees_the_request_and_no_secret(serve: Serve) -> None:
    seen = []

    def app(doc: Document) -> None:
        seen.append(doc.session_context.request)

    server = serve(app, exclude_headers=["Accept-Encoding"], include_cookies=["theme"])
    browser = Browser(server)
    browser.cookies |= {"theme": "dark", "lang": "de"}
    await browser.fetch("app?n=1&n=2", X_Tenant="acme", Authorization="Bearer x")
    (request,) = seen
    assert request.path == urlsplit(server.url).path + "app"
    assert request.arguments == {"n": ("1", "2")}
    assert request.headers["x-tenant"] == "acme"
    assert request.cookies == {"theme": "dark"}
    assert request.user is None
    assert {"Cookie", "Authorization", "Accept-Encoding"}.isdisjoint(request.headers)
