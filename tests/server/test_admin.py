"""The administrators' page: it follows the sessions of the others, ends and addresses them."""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from syncline.hosting import admin as module
from syncline.hosting import keeper
from tests.server.browsing import Browser, Socket, model
from tests.server.test_keeping import SECRET, Moody
from tests.server.test_permissions import ADMIN, basic
from tests.server.test_session import counter

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.server import Server
    from tests.server.conftest import Serve

Props = dict[str, Any]


@pytest.fixture
def server(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    return serve({"counter": counter}, admin_token=ADMIN, max_sessions=1)


async def opened(server: Server) -> Socket:
    page = await Browser(server, basic(ADMIN)).open("admin")
    await page.greet()
    return page


def texts(doc: Props) -> str:
    markdown = (each for each in doc["models"].values() if each["type"] == "ui/Markdown@1")
    return "\n".join(each["props"].get("text", "") for each in markdown)


async def shown(page: Socket, good: Callable[[str], bool]) -> str:
    """Wait until the page shows what it should."""
    return texts(await page.document(lambda doc: good(texts(doc))))


def notes(text: str, doc: Props) -> bool:
    found = (each for each in doc["models"].values() if each["type"].startswith("hosting/Notice@"))
    return [each["props"].get("text", "") for each in found] == [text]


async def choose(page: Socket, session: str) -> None:
    doc = await page.pull()
    name, _ = model(doc, "Select")
    answer = await page.patch({"op": "set", "m": name, "p": ["value"], "v": session})
    assert answer["header"]["msgtype"] == "OK"


async def click(page: Socket, label: str) -> None:
    name, _ = model(await page.pull(), "Button", label=label)
    answer = await page.patch({"op": "msg", "m": name, "name": "click", "data": None})
    assert answer["header"]["msgtype"] == "OK"


async def test_a_full_server_lets_its_administrators_in_who_are_in_no_list(server: Server) -> None:
    await Browser(server).page("counter")
    page = await opened(server)
    text = await shown(page, lambda text: "1 sessions" in text)
    (session,) = server.site.sessions
    assert session.id[:8] in text
    assert session.id not in text
    assert len(server.site.admin.visits.sessions) == 1
    assert (await Browser(server).fetch("admin/ticket")).code == 404


async def test_the_list_follows_what_happens(server: Server) -> None:
    page = await opened(server)
    await shown(page, lambda text: "0 sessions, 1 websockets" in text)
    other = await Browser(server).open("counter")
    slider, _ = model(await other.greet(), "Slider")
    await shown(page, lambda text: "1 sessions, 2 websockets" in text)
    assert "<td>0 s</td></tr>" not in await shown(page, lambda text: "counter" in text)
    await other.patch({"op": "set", "m": slider, "p": ["value"], "v": 7})
    await shown(page, lambda text: " s</td></tr>" in text)


async def test_a_line_says_whose_session_it_is_and_what_it_takes(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    server = serve({"counter": counter}, admin_token=ADMIN, proxy_secret="p")
    said = {"X-Syncline-Secret": "p", "X-Syncline-User": "ann"}
    other = Browser(server, said)
    await (await other.connect("counter/ws", (await other.page("counter"))["token"])).greet()
    admin = Browser(server, {**basic(ADMIN), "X-Syncline-Secret": "p"})
    page = await admin.open("admin")
    await page.greet()
    text = await shown(page, lambda text: "ann" in text)
    heads = "Session App User Age Views Memory Waiting Last input"
    assert [head for head in module.HEADS if f"<th>{head}</th>" not in text] == []
    assert " ".join(module.HEADS) == heads
    (session,) = server.site.sessions
    cells = (session.id[:8], "counter", "ann", r"\d+ s", "1", r"0\.0 MB", "0", "")
    assert re.search("".join(f"<td>{cell}</td>" for cell in cells), text)


async def test_a_lost_store_is_shown_until_it_is_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(keeper, "PAUSE_SECONDS", 0.02)
    store = Moody()
    store.broken = True
    server = serve({"counter": counter}, admin_token=ADMIN, store=store, secret_key=SECRET)
    page = await opened(server)
    await (await Browser(server).open("counter")).greet()
    await shown(page, lambda text: "The store of sessions is lost." in text)
    store.broken = False
    await shown(page, lambda text: "The store of sessions is lost." not in text)


async def test_a_session_is_ended_there(server: Server) -> None:
    other = await Browser(server).open("counter")
    await other.greet()
    (session,) = server.site.sessions
    page = await opened(server)
    await click(page, "End the session")
    assert len(server.site.sessions) == 1
    await choose(page, session.id)
    await click(page, "End the session")
    assert await other.closed() == 4404
    await shown(page, lambda text: "0 sessions" in text)


async def test_a_message_is_shown_in_the_session_until_it_is_taken_away(server: Server) -> None:
    other = await Browser(server).open("counter")
    await other.greet()
    (session,) = server.site.sessions
    page = await opened(server)
    await choose(page, session.id)
    name, _ = model(await page.pull(), "TextInput")
    for text in ("Down at <b>noon</b>", "Up again", ""):
        await page.patch({"op": "set", "m": name, "p": ["value"], "v": text})
        await click(page, "Show the message")
        await other.document(partial(notes, text))
    assert len(session.document.roots) == 2


async def test_warnings_are_shown_without_their_tracebacks(server: Server) -> None:
    page = await opened(server)
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("syncline.server").exception("error %s at <x>", "deadbeef")
    logging.getLogger("syncline.server").info("not worth a line")
    text = await shown(page, lambda text: "deadbeef" in text)
    assert "at &lt;x&gt;" in text
    assert "Traceback" not in text
    assert "worth" not in text


async def test_no_name_can_leave_its_cell(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    server = serve(counter, admins=["alice"], proxy_secret="s")
    proxy = {"X-Syncline-Secret": "s"}
    await Browser(server, {**proxy, "X-Syncline-User": "%3Cimg%3E%0A%0A**x**"}).page("counter")
    page = await Browser(server, {**proxy, "X-Syncline-User": "alice"}).open("admin")
    await page.greet()
    text = await shown(page, lambda text: "1 sessions" in text)
    assert "<td>&lt;img&gt; **x**</td>" in text


async def test_who_is_no_administrator_has_no_token_for_its_document(server: Server) -> None:
    token = server.site.visits.tokens.page("counter", "any")
    socket = await Browser(server).connect("admin/ws", token)
    assert await socket.closed() == 4401


async def test_the_log_is_let_go_with_the_server(serve: Serve) -> None:
    before = len(logging.getLogger("syncline").handlers)
    server = serve(counter)
    assert len(logging.getLogger("syncline").handlers) == before + 1
    await server.stop()
    assert len(logging.getLogger("syncline").handlers) == before
    await asyncio.sleep(0)


async def test_its_page_has_nothing_to_start_over(server: Server) -> None:
    data = await Browser(server, basic(ADMIN)).page("admin")
    assert data.get("startOver") is None
    assert (await Browser(server).page("counter")).get("startOver") is not None
