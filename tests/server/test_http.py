"""What is answered beside the pages of apps: the index, probes, figures, and what is not there."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

import syncline as sl
from syncline.apps import Application, AppNotFound
from tests.server.browsing import Browser, has, model, ready
from tests.server.test_session import counter

if TYPE_CHECKING:
    from syncline.apps import ServerContext
    from syncline.document import Document
    from tests.server.conftest import Serve

TOKEN = "known to Prometheus"
TWO = {"one": counter, "two": counter}


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_only_app_is_the_index_and_keeps_the_query(serve: Serve) -> None:
    response = await Browser(serve(counter)).fetch("?a=1&b=2")
    assert (response.code, response.headers["Location"]) == (302, "counter?a=1&b=2")


async def test_an_app_may_be_the_index(serve: Serve) -> None:
    for index in ("two", "/two"):
        response = await Browser(serve(TWO, index=index)).fetch("")
        assert (response.code, response.headers["Location"]) == (302, "two")


async def test_there_may_be_no_index(serve: Serve) -> None:
    assert (await Browser(serve(TWO, index=False)).fetch("")).code == 404


async def test_the_index_may_have_a_template_of_ones_own(serve: Serve, tmp_path: Path) -> None:
    template = tmp_path / "mine.html"
    template.write_text(
        "<h1>Mine</h1>{% for link in links %}[{{ link.url }}|{{ link.title }}]{% endfor %}"
    )
    response = await Browser(serve(TWO, index=template)).fetch("")
    assert response.body == b"<h1>Mine</h1>[one|counter][two|counter]"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


def test_an_index_that_is_neither_is_a_mistake(serve: Serve) -> None:
    with pytest.raises(AppNotFound, match=r"neither an app nor a file: three"):
        serve(TWO, index="three")


@pytest.mark.parametrize(
    ("path", "link"),
    [("three", "one"), ("three/four", "../one"), ("a/b/c", "../../one"), ("three/", "../one")],
)
async def test_an_unknown_app_is_answered_with_those_there_are(
    serve: Serve, path: str, link: str
) -> None:
    response = await Browser(serve(TWO)).fetch(path)
    assert response.code == 404
    assert f'href="{link}"' in response.body.decode()


async def test_one_slash_too_many_is_taken_off(serve: Serve) -> None:
    browser = Browser(serve(counter))
    response = await browser.fetch("counter/?n=1")
    assert (response.code, response.headers["Location"]) == (301, "../counter?n=1")
    assert (await browser.fetch("nothing/")).code == 404
    assert (await browser.fetch("counter//")).code == 404


async def test_the_icon_is_there_for_who_asks_and_costs_a_page_no_request(serve: Serve) -> None:
    browser = Browser(serve(counter))
    icon = await browser.fetch("favicon.ico")
    assert icon.body.startswith(b"\0\0\1\0")
    assert icon.headers["Content-Type"] == "image/x-icon"
    html = (await browser.fetch("counter")).body.decode()
    assert re.search(r'rel="icon" href="data:image/svg\+xml,[^"]+"', html)


async def test_a_server_is_ready_from_its_start_to_its_stop(serve: Serve) -> None:
    server = serve(counter)
    browser = Browser(server)
    await ready(server)
    assert (await browser.fetch("readyz")).body == b"ready\n"
    await server.site.stop()
    response = await browser.fetch("readyz")
    assert (response.code, response.body) == (503, b"not ready\n")
    assert (await browser.fetch("healthz")).code == 200


async def test_a_server_is_not_ready_before_its_apps_are(serve: Serve) -> None:
    go = asyncio.Event()

    async def on_server_loaded(context: ServerContext) -> None:
        await go.wait()

    server = serve({"app": Application(counter, on_server_loaded=on_server_loaded)})
    browser = Browser(server)
    assert (await browser.fetch("readyz")).code == 503
    assert (await browser.fetch("healthz")).code == 200
    go.set()
    await ready(server)
    assert (await browser.fetch("readyz")).code == 200


async def test_a_full_server_says_when_to_come_again(serve: Serve) -> None:
    server = serve(counter, max_sessions=1)
    await Browser(server).page("counter")
    for path in ("counter", "counter/ticket"):
        response = await Browser(server).fetch(path)
        assert response.code == 503
        assert response.headers["Retry-After"] == "10"
        assert b"full" in response.body


async def test_one_websocket_too_many_is_refused_alone(serve: Serve) -> None:
    server = serve(counter, max_sockets=1)
    browser = Browser(server)
    page = await browser.open("counter")
    doc = await page.greet()
    with pytest.raises(HTTPClientError) as refusal:
        await browser.open("counter")
    assert refusal.value.code == 503
    assert await page.pull() == doc


@pytest.mark.parametrize("front", ["tornado"])
async def test_a_message_over_all_limits_ends_its_own_connection_only(serve: Serve) -> None:
    browser = Browser(serve(counter, websocket_max_message_size=1 << 20))
    bad, good = await browser.open("counter"), await browser.open("counter")
    await bad.greet()
    doc = await good.greet()
    with suppress(WebSocketClosedError):
        await bad.connection.write_message("x" * (10 << 20))
    assert await bad.closed() == 1009
    assert await good.pull() == doc


async def test_a_small_limit_of_messages_holds_both_ways_and_parts_pass(serve: Serve) -> None:
    def large(doc: Document) -> None:
        doc.add_root(sl.Markdown(text="long " * 100_000))

    browser = Browser(serve(large, websocket_max_message_size=1 << 16))
    page = await browser.open("large")
    ack = await page.receive()
    assert ack["content"]["limits"]["frame"] == 1 << 16
    page.client, page.epoch = ack["header"]["client"], ack["header"]["epoch"]
    await page.send("PULL-DOC-REQ", {"have": None, "pending": None})
    part = await page.receive()
    assert part["header"]["part"]
    await page.connection.write_message("x" * ((1 << 16) + 1))
    assert await page.closed() == 4413


async def figures(browser: Browser) -> dict[str, float]:
    response = await browser.fetch("metrics", Authorization=f"Bearer {TOKEN}")
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = response.body.decode().splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


async def test_the_figures_count_what_happened(serve: Serve) -> None:
    def failing(doc: Document) -> None:
        counter(doc)

        def fail(event: object) -> None:
            raise ZeroDivisionError

        (slider,) = doc.select(type=sl.Slider)
        slider.observe(fail, "value")

    browser = Browser(serve({"failing": failing, "other": counter}, metrics_token=TOKEN))
    before = await figures(browser)
    assert before['syncline_sessions{app="failing"}'] == 0
    page = await browser.open("failing")
    slider, _ = model(await page.greet(), "Slider")
    await page.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    await page.document(has("Markdown", text="n=7"))
    after = await figures(browser)
    assert after['syncline_sessions{app="failing"}'] == 1
    assert after['syncline_connections{app="failing"}'] == 1
    assert after['syncline_connections{app="other"}'] == 0
    assert after["syncline_sockets"] == 1
    assert after["syncline_ready"] == 1
    assert after['syncline_callbacks_failed_total{app="failing"}'] == 1
    assert after['syncline_messages_received_total{app="failing"}'] >= 2
    assert after['syncline_received_bytes_total{app="failing"}'] > 100
    assert after['syncline_messages_sent_total{app="failing"}'] >= 4
    assert after['syncline_sent_bytes_total{app="failing"}'] > 500
    assert after['syncline_messages_sent_total{app="other"}'] == 0
    assert after["process_open_fds"] > 0
    page.close()
    async with asyncio.timeout(30):
        while (await figures(browser))["syncline_sockets"]:
            pass
    # What was counted stays when its session has gone.
    for session in browser.server.site.sessions:
        browser.server.site.sessions.discard(session)
    assert (await figures(browser))['syncline_callbacks_failed_total{app="failing"}'] == 1


async def test_the_lag_of_the_loop_is_watched(serve: Serve) -> None:
    browser = Browser(serve(counter, metrics_token=TOKEN))
    async with asyncio.timeout(30):
        while not (await figures(browser))["syncline_loop_lag_seconds_count"]:
            await asyncio.sleep(0)
