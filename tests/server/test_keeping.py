"""Whose a session is, and how it is kept: real servers in this process, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import syncline as sl
from syncline.apps import Application
from syncline.hosting import keeper as module
from syncline.hosting.store import MemoryStore
from syncline.server import Server
from tests.hosting.notebooks import write as write_notebook
from tests.server.browsing import Browser, Socket
from tests.server.conftest import Serve

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s" * 40
PROXY = {"X-Syncline-Secret": "p", "Host": "localhost"}


class Note(sl.Model, type="keeping/Note@1"):
    text: str = sl.prop(default="", client=True)


def notes(doc: sl.Document) -> None:
    doc.add_root(Note(key="note"))


class Moody(MemoryStore):
    """A store that works when it wants to."""

    broken = False
    saves = 0

    def save(self, *arguments: Any) -> bool:
        self._check()
        self.saves += 1
        return super().save(*arguments)

    def claim(self, *arguments: Any) -> Any:
        self._check()
        return super().claim(*arguments)

    def _check(self) -> None:
        if self.broken:
            raise OSError("no space left on the device of alice")

    def entries(self) -> int:
        return sum(record.data is not None for record in self._records.values())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BEAT_SECONDS", "REST_SECONDS", "LIFE_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(module, name, 0.02)


@pytest.fixture
def store() -> Moody:
    return Moody()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def text(page: Socket) -> str:
    """Return what a page shows of the note."""
    doc = await page.document(lambda _: True)
    value: str = doc["models"][doc["roots"][0]]["props"]["text"]
    return value


async def write(page: Socket, value: str) -> None:
    doc = await page.document(lambda _: True)
    answer = await page.patch({"op": "set", "m": doc["roots"][0], "p": ["text"], "v": value})
    assert answer["header"]["msgtype"] == "OK"


async def end(browser: Browser, app: str, token: str) -> int:
    response = await browser.fetch(f"{app}/start-over", "POST", **{"X-Syncline-Token": token})
    return response.code


# Whose it is


async def test_a_shared_session_is_a_users_in_every_browser(serve: Serve) -> None:
    server = serve(notes, proxy_secret="p")
    one = Browser(server, {**PROXY, "X-Syncline-User": "ann"})
    two = Browser(server, {**PROXY, "X-Syncline-User": "ann"})
    other = Browser(server, {**PROXY, "X-Syncline-User": "bob"}, one.cookies)
    await write(await one.open("notes"), "hers")
    assert await text(await two.open("notes")) == "hers"
    assert await text(await other.open("notes")) == ""
    assert one.cookies == {}, "who is known needs no cookie"
    assert (await one.page("notes"))["place"] is None


async def test_pages_of_a_browser_know_each_other_by_their_sessions_place(serve: Serve) -> None:
    server = serve(notes)
    one, two = Browser(server), Browser(server)
    places = [(await browser.page("notes"))["place"] for browser in (one, one, two)]
    assert places[0] == places[1] != places[2]


async def test_a_private_session_is_a_tabs_and_its_token_leads_back(serve: Serve) -> None:
    browser = Browser(serve({"notes": Application(notes, session="private")}))
    data = await browser.page("notes")
    assert (data["scope"], data["place"]) == ("private", None)
    first = await browser.connect(data["ws"], data["token"])
    await write(first, "first tab")
    assert await text(await browser.open("notes")) == ""
    first.close()
    assert await text(await browser.connect(data["ws"], data["token"])) == "first tab"


async def test_a_global_session_is_everybodys_and_nobody_ends_it(serve: Serve) -> None:
    server = serve({"notes": Application(notes, session="global")}, proxy_secret="p")
    ann = Browser(server, {**PROXY, "X-Syncline-User": "ann"})
    bob = Browser(server, {**PROXY, "X-Syncline-User": "bob"})
    data = await ann.page("notes")
    await write(await ann.connect(data["ws"], data["token"]), "for all")
    assert await text(await bob.open("notes")) == "for all"
    (session,) = server.site.sessions
    assert session.context.user is None
    assert (data["scope"], data["startOver"], data["place"]) == ("global", None, None)
    assert await end(ann, "notes", data["token"]) == 403
    tokens = server.site.visits.tokens
    owner = tokens.page("notes", session.id, "ann", "owner", place=session.place or "")
    assert await end(ann, "notes", owner) == 204
    assert len(server.site.sessions) == 0


async def test_who_starts_over_ends_the_session_in_all_its_tabs(serve: Serve, store: Moody) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    browser = Browser(server)
    data = await browser.page("notes")
    pages = [await browser.connect(data["ws"], data["token"]) for _ in range(2)]
    await write(pages[0], "old")
    await until(store.entries)
    assert await end(browser, "notes", data["token"]) == 204
    assert [await page.closed() for page in pages] == [4404, 4404]
    assert await text(await browser.open("notes")) == ""
    await server.stop()
    again = Browser(serve(notes, store=store, secret_key=SECRET), cookies=browser.cookies)
    assert await text(await again.open("notes")) == ""


async def test_a_session_that_is_only_kept_is_ended_too(serve: Serve, store: Moody) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    browser = Browser(server)
    data = await browser.page("notes")
    await write(await browser.connect(data["ws"], data["token"]), "old")
    await server.stop()
    assert store.entries() == 1
    again = Browser(serve(notes, store=store, secret_key=SECRET), cookies=browser.cookies)
    assert await end(again, "notes", data["token"]) == 204
    assert store.entries() == 0
    assert await (await again.connect(data["ws"], data["token"])).closed() == 4404
    assert await text(await again.open("notes")) == ""


# How it is kept


async def moved(serve: Serve, store: Moody, app: Any = notes) -> tuple[Browser, dict[str, Any]]:
    """Write something, end the server, and come back to the next one."""
    server = serve({"notes": app}, store=store, secret_key=SECRET)
    browser = Browser(server)
    data = await browser.page("notes")
    await write(await browser.connect(data["ws"], data["token"]), "kept")
    await server.stop()
    again = serve({"notes": app}, store=store, secret_key=SECRET)
    return Browser(again, cookies=browser.cookies), data


async def test_the_hook_is_told_what_is_back(serve: Serve, store: Moody) -> None:
    heard: list[Any] = []
    app = Application(notes)

    @app.on_session_restored
    async def restored(context: Any, report: Any) -> None:
        (note,) = context.document.roots
        heard.append((context.id, note.text, report.restored, str(report)))
        note.text += " and noticed"

    browser, data = await moved(serve, store, app)
    assert await text(await browser.connect(data["ws"], data["token"])) == "kept and noticed"
    assert await text(await browser.open("notes")) == "kept and noticed"
    (session,) = browser.server.site.sessions
    assert heard == [(session.id, "kept", 1, "1 values restored")]


async def test_a_page_and_its_socket_at_once_restore_once(serve: Serve, store: Moody) -> None:
    browser, data = await moved(serve, store)
    found = await asyncio.gather(
        browser.page("notes"),
        browser.connect(data["ws"], data["token"]),
        browser.connect(data["ws"], data["token"]),
    )
    assert await text(found[1]) == await text(found[2]) == "kept"
    assert len(browser.server.site.sessions) == 1


async def test_who_leaves_before_it_is_restored_loses_nothing(serve: Serve, store: Moody) -> None:
    browser, _ = await moved(serve, store)
    visits = browser.server.site.visits
    context = browser.server.site.contexts["notes"]
    (key,) = store._records
    making = asyncio.ensure_future(visits.sessions.create(context, None, key))
    await asyncio.sleep(0)
    assert visits.sessions._making
    making.cancel()
    await until(lambda: len(visits.sessions))
    assert await text(await browser.open("notes")) == "kept"


async def test_an_app_that_fails_now_keeps_its_sessions(serve: Serve, store: Moody) -> None:
    broken = [False]

    def app(doc: sl.Document) -> None:
        if broken[0]:
            raise ValueError
        notes(doc)

    server = serve({"notes": app}, store=store, secret_key=SECRET)
    browser = Browser(server)
    data = await browser.page("notes")
    await write(await browser.connect(data["ws"], data["token"]), "kept")
    await server.stop()
    broken[0] = True
    again = Browser(serve({"notes": app}, store=store, secret_key=SECRET), cookies=browser.cookies)
    assert (await again.fetch("notes")).code == 500
    broken[0] = False
    assert await text(await again.open("notes")) == "kept"


async def test_nothing_is_left_after_its_time(serve: Serve, store: Moody) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    sessions = server.site.sessions
    page = await Browser(server).open("notes")
    await write(page, "x")
    await until(store.entries)
    # Not before: until a page has come to its websocket nobody looks at the session.
    sessions.ttl = 0.1
    page.close()

    def is_over() -> bool:
        sessions.expire()
        return len(sessions) == 0

    await until(is_over)
    await until(lambda: not store._records)


async def test_who_only_asks_for_a_page_costs_the_store_nothing(serve: Serve, store: Moody) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    await Browser(server).page("notes")
    await write(await Browser(server).open("notes"), "x")
    await until(store.entries)
    assert store.entries() == 1
    await server.stop()
    assert store.entries() == 2, "its page may be about to connect"


async def test_what_does_not_change_is_not_saved_again(serve: Serve, store: Moody) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    page = await Browser(server).open("notes")
    await write(page, "x")
    keeper = server.site.sessions.keeper
    assert keeper is not None
    (session,) = server.site.sessions
    await until(lambda: keeper._kept[session].saved == session.version)
    saves = store.saves
    await keeper.beat()
    assert store.saves == saves


async def test_a_store_that_is_lost_stops_nobody_and_is_told_once(
    serve: Serve, store: Moody, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    keeper = server.site.sessions.keeper
    assert keeper is not None
    browser = Browser(server)
    page = await browser.open("notes")
    await write(page, "one")
    await until(store.entries)
    store.broken = True
    await write(page, "two")
    await until(lambda: not keeper.healthy)
    answer = await browser.fetch("readyz")
    assert (answer.code, answer.body) == (200, b"ready\nstore lost\n")
    stranger = await Browser(server).open("notes")
    await write(stranger, "new")
    known = Browser(server, cookies=browser.cookies)
    assert await text(await known.open("notes")) == "two"
    store.broken = False
    await until(lambda: keeper.healthy and store.entries() == 2)
    told = [record.message for record in caplog.records if "store of sessions" in record.message]
    assert told == [
        "the store of sessions is lost (OSError): they go on in memory",
        "the store of sessions is back",
    ]


async def test_a_page_waits_for_a_store_that_is_lost(serve: Serve, store: Moody) -> None:
    browser, data = await moved(serve, store)
    store.broken = True
    assert await (await browser.connect(data["ws"], data["token"])).closed() == 1012
    store.broken = False
    assert await text(await browser.connect(data["ws"], data["token"])) == "kept"


async def test_a_store_that_takes_nothing_does_not_keep_a_server_from_ending(
    serve: Serve, store: Moody
) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    page = await Browser(server).open("notes")
    await write(page, "x")
    store.broken = True
    await server.stop()
    assert await page.closed() == 1012


async def test_a_session_that_is_too_large_is_not_kept_and_goes_on(
    serve: Serve, store: Moody, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5000)
    server = serve(notes, store=store, secret_key=SECRET)
    page = await Browser(server).open("notes")
    await write(page, "x" * 6000)
    await until(lambda: "too large to be kept" in caplog.text)
    await write(page, "small")
    await until(store.entries)


async def test_a_session_goes_where_it_is_asked_for_and_is_in_one_place_at_a_time(
    serve: Serve, store: Moody
) -> None:
    one, two = (serve(notes, store=store, secret_key=SECRET) for _ in range(2))
    browser = Browser(one)
    page = await browser.open("notes")
    await write(page, "moves")
    await until(store.entries)
    there = Browser(two, cookies=browser.cookies)
    assert await text(await there.open("notes")) == "moves"
    assert await page.closed() == 1012
    await until(lambda: len(one.site.sessions) == 0)
    assert len(two.site.sessions) == 1


async def test_a_process_that_was_taken_for_dead_gives_its_session_up(
    serve: Serve, store: Moody
) -> None:
    server = serve(notes, store=store, secret_key=SECRET)
    page = await Browser(server).open("notes")
    await write(page, "one")
    await until(store.entries)
    (key,) = store._records
    store._records[key].generation += 1
    await write(page, "two")
    assert await page.closed() == 1012
    await until(lambda: len(server.site.sessions) == 0)


async def test_an_owner_that_does_not_let_go_is_not_waited_for_long(
    serve: Serve, store: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HANDOVER_SECONDS", 0.1)
    browser, data = await moved(serve, store)
    store.beat("elsewhere/1/x", 60)
    (key,) = store._records
    store._records[key].owner = "elsewhere/1/x"
    response = await browser.fetch("notes")
    assert response.code == 503
    assert "busy elsewhere" in response.body.decode()
    assert await (await browser.connect(data["ws"], data["token"])).closed() == 1012


async def test_a_crowded_store_lives_as_long_as_its_sessions_are_looked_at(
    serve: Serve, store: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOUCH_SECONDS", 0.05)
    server: Server = serve(notes, store=store, secret_key=SECRET)
    page = await Browser(server).open("notes")
    await write(page, "x")
    await until(store.entries)
    (record,) = store._records.values()
    record.expires = time.time() - 1
    await until(lambda: record.expires > time.time() + 800)


async def test_a_notebook_runs_again_in_the_same_session(
    serve: Serve, store: Moody, tmp_path: Path
) -> None:
    notebook = tmp_path / "nb.ipynb"
    write_notebook(notebook, "print('ran')")
    server = serve(notebook, store=store, secret_key=SECRET)
    browser = Browser(server)
    data = await browser.page("nb")
    page = await browser.connect(data["ws"], data["token"])
    await page.document(lambda doc: "ran" in str(doc))
    await until(store.entries)
    await server.stop()
    assert await page.closed() == 1012
    again = Browser(serve(notebook, store=store, secret_key=SECRET), cookies=browser.cookies)
    page = await again.connect(data["ws"], data["token"])
    doc = await page.document(lambda doc: "ran" in str(doc))
    assert len(doc["roots"]) == 1
