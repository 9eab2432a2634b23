"""Every route of the server, and everything its row does not allow."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse
from tornado.routing import URLSpec

from syncline.apps import Application, FunctionHandler
from syncline.hosting import StaticFiles
from syncline.hosting.permissions import ROUTES, OriginRule, Row, Who, routes
from syncline.hosting.tokens import TOKEN_LIFETIME
from tests.server.browsing import Browser, model, page_data, ready
from tests.server.test_session import counter

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.server import Server
    from tests.server.conftest import Serve

ADMIN, METRICS = "known to administrators", "known to Prometheus"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = {
    "index": "",
    "favicon": "favicon.ico",
    "health": "healthz",
    "ready": "readyz",
    "admin": "admin",
    "admin_socket": "admin/ws",
    "metrics": "metrics",
    "login": "login",
    "logout": "logout",
    "callback": "auth/callback",
    "static": "static/a.js",
    "page": "counter",
    "ticket": "counter/ticket",
    "autoload": "counter/autoload.js",
    "metadata": "counter/metadata",
    "app static": "counter/static/theme.css",
    "start-over": "counter/start-over",
    "socket": "counter/ws",
    "document": "counter/docs/somedocument/ws",
}
SOCKETS = [row for row in ROUTES if row.websocket]
NOT_HERE = {"login", "logout", "callback"}
"""What there is only where people log in: see test_login_states.py."""
CLOSED = (Who.ADMIN, Who.METRICS)
PAGES = [row for row in ROUTES if not row.websocket]
HERE = [row for row in PAGES if row.name not in NOT_HERE]

every_row = pytest.mark.parametrize("row", ROUTES, ids=lambda row: row.name)
every_page = pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
every_socket = pytest.mark.parametrize("row", SOCKETS, ids=lambda row: row.name)


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def server(serve: Serve, tmp_path: Path) -> Server:
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "theme.css").write_text("")
    embed = {"script": "a.js", "styles": []}
    (tmp_path / "manifest.json").write_text(json.dumps({"embed": embed}))
    handler = FunctionHandler(counter)
    handler.static_path = tmp_path
    server = serve(
        {"counter": Application(handler), "other": counter},
        static=StaticFiles(tmp_path),
        admin_token=ADMIN,
        metrics_token=METRICS,
    )
    await ready(server)
    return server


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(password: str, name: str = "anybody") -> dict[str, str]:
    coded = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {coded}"}


def caller_for(server: Server, row: Row) -> Browser:
    """Return a caller whom the row allows."""
    tokens = {Who.ADMIN: ADMIN, Who.METRICS: METRICS}
    return Browser(server, bearer(tokens[row.who]) if row.who in tokens else {})


async def call(browser: Browser, row: Row, **headers: str) -> HTTPResponse:
    """Call a row as a page of its session does."""
    if row.who is Who.SESSION and not row.websocket:
        headers["X-Syncline-Token"] = (await browser.page("counter"))["token"]
    return await browser.fetch(PATHS[row.name], row.methods[0], **headers)


async def refused(browser: Browser, path: str, token: str | None = None, **headers: str) -> int:
    """Return the status with which a websocket is refused before the upgrade."""
    with pytest.raises(HTTPClientError) as refusal:
        await browser.connect(path, token, **headers)
    return refusal.value.code


@pytest.mark.parametrize("front", ["tornado"])
def test_every_route_of_the_server_has_its_row_and_every_row_a_route(server: Server) -> None:
    rules = [
        rule
        for router in server.application.default_router.rules
        for rule in getattr(router.target, "rules", [])
    ]
    named = [rule.name for rule in rules if isinstance(rule, URLSpec)]
    # The last one only names the first ones without a slash too many.
    assert named == [*routes(), None]
    assert len(rules) == len(PATHS) + 1


@pytest.mark.parametrize("row", HERE, ids=str)
async def test_what_a_row_allows_is_answered(server: Server, row: Row) -> None:
    response = await call(caller_for(server, row), row)
    assert response.code == (200 if "GET" in row.methods else 204)


@pytest.mark.parametrize("row", [row for row in HERE if "GET" in row.methods], ids=str)
async def test_where_a_page_may_be_read_its_head_may_be(server: Server, row: Row) -> None:
    response = await caller_for(server, row).fetch(PATHS[row.name], "HEAD")
    assert (response.code, response.body) == (200, b"")
    assert len(server.site.sessions) == 0


@pytest.mark.parametrize(
    ("row", "method"),
    [(row, method) for row in ROUTES for method in METHODS if method not in row.methods],
    ids=str,
)
async def test_only_the_methods_of_the_row_are_answered(
    server: Server, row: Row, method: str
) -> None:
    response = await Browser(server).fetch(PATHS[row.name], method)
    assert response.code == 405
    assert len(server.site.sessions) == 0


@every_row
async def test_a_foreign_host_name_is_refused(server: Server, row: Row) -> None:
    response = await Browser(server).fetch(PATHS[row.name], row.methods[0], Host="evil.example")
    assert response.code == 403
    if row.websocket:
        assert await refused(Browser(server), PATHS[row.name], Host="evil.example") == 403


@every_row
async def test_a_foreign_page_with_the_cookie_and_the_token_is_refused(
    server: Server, row: Row
) -> None:
    browser = Browser(server)
    token = (await browser.page("counter"))["token"]
    foreign = "http://evil.example"
    if row.websocket:
        assert await refused(browser, PATHS[row.name], token, Origin=foreign) == 403
        return
    browser.headers |= caller_for(server, row).headers
    response = await call(browser, row, Origin=foreign)
    assert response.code == (403 if row.origin is OriginRule.OWN else 200)


@every_row
@pytest.mark.parametrize(
    "origin", ["null", "file://", "http://127.0.0.1:1", "http://127.0.0.1.evil.example", "x"]
)
async def test_an_origin_that_is_almost_ours_is_foreign(
    server: Server, row: Row, origin: str
) -> None:
    response = await call(caller_for(server, row), row, Origin=origin)
    assert response.code == (403 if row.origin is OriginRule.OWN else 200)


@every_row
async def test_behind_a_wrong_prefix_there_is_nothing(server: Server, row: Row) -> None:
    response = await caller_for(server, row).fetch("elsewhere/" + PATHS[row.name])
    assert response.code == 404


@every_socket
async def test_a_socket_without_a_token_is_closed_4401_even_with_the_cookie(
    server: Server, row: Row
) -> None:
    assert row.who is Who.SESSION
    browser = Browser(server)
    await browser.page("counter")
    for token in (None, "", "forged", browser.cookies["syncline-browser-counter"]):
        socket = await browser.connect(PATHS[row.name], token)
        assert await socket.closed() == 4401


@every_socket
async def test_a_token_is_good_for_its_own_app_only(serve: Serve, row: Row) -> None:
    browser = Browser(serve({"counter": counter, "other": counter}))
    token = (await browser.page("other"))["token"]
    socket = await browser.connect(PATHS[row.name], token)
    assert await socket.closed() == 4401


@every_socket
async def test_a_token_outlives_neither_its_session_nor_its_server(serve: Serve, row: Row) -> None:
    server = serve(counter, admin_token=ADMIN)
    browser = Browser(server, bearer(ADMIN))
    app = PATHS[row.name].partition("/")[0]
    token = (await browser.page(app))["token"]
    sessions = server.site.admin.visits.sessions if app == "admin" else server.site.sessions
    for session in sessions:
        sessions.discard(session)
    assert await (await browser.connect(PATHS[row.name], token)).closed() == 4404
    other = Browser(serve(counter))
    assert await (await other.connect(PATHS[row.name], token)).closed() == 4401


async def test_an_old_token_is_good_while_its_session_lives(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(server)
    token = (await browser.page("counter"))["token"]
    later = time.time() + TOKEN_LIFETIME + 1
    monkeypatch.setattr(time, "time", lambda: later)
    await (await browser.connect("counter/ws", token)).greet()
    for session in server.site.sessions:
        server.site.sessions.discard(session)
    assert await (await browser.connect("counter/ws", token)).closed() == 4401


async def test_a_token_to_look_does_not_change_anything(server: Server) -> None:
    browser = Browser(server)
    await browser.page("counter")
    (session,) = server.site.sessions
    token = server.site.visits.tokens.page("counter", session.id, role="view")
    socket = await browser.connect("counter/ws", token)
    slider, _ = model(await socket.greet(), "Slider")
    answer = await socket.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
    assert answer["content"]["code"] == "read-only"


@pytest.mark.parametrize("row", [row for row in PAGES if row.who is Who.VISITOR], ids=str)
async def test_another_site_starts_no_session_with_an_image_or_a_frame(
    server: Server, row: Row
) -> None:
    browser = Browser(server)
    for mode, part in (("no-cors", "image"), ("navigate", "iframe"), ("no-cors", "script")):
        said = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": part}
        assert (await browser.fetch(PATHS[row.name], **said)).code == 403
    assert len(server.site.sessions) == 0
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert (await browser.fetch(PATHS[row.name], **link)).code == 200


@pytest.mark.parametrize("token", [None, "", "forged", "another app's"])
async def test_without_a_token_of_its_own_app_no_session_is_ended(
    serve: Serve, token: str | None
) -> None:
    server = serve({"counter": counter, "other": counter})
    browser = Browser(server)
    await browser.page("counter")
    if token == "another app's":
        token = (await browser.page("other"))["token"]
    headers = {} if token is None else {"X-Syncline-Token": token}
    response = await browser.fetch(PATHS["start-over"], "POST", **headers)
    assert response.code == 403
    assert server.site.sessions.at("nowhere") is None
    assert "counter" in {session.app for session in server.site.sessions}


async def test_a_document_without_a_kernel_is_closed_4404(server: Server) -> None:
    browser = Browser(server)
    token = (await browser.page("counter"))["token"]
    socket = await browser.connect(PATHS["document"], token)
    assert await socket.closed() == 4404


async def test_a_page_of_the_allow_list_may_connect(serve: Serve) -> None:
    server = serve(counter, allow_origin=["https://dash.example"])
    browser = Browser(server)
    token = (await browser.page("counter"))["token"]
    socket = await browser.connect("counter/ws", token, Origin="https://dash.example")
    await socket.greet()
    assert await refused(browser, "counter/ws", token, Origin="https://dash.example:1") == 403
    assert await refused(browser, "counter/ws", token, Origin="http://dash.example") == 403


@every_row
async def test_with_a_proxy_secret_nobody_else_is_answered(serve: Serve, row: Row) -> None:
    server = serve(counter, proxy_secret="known to the proxy")
    for given in ({}, {"X-Syncline-Secret": "guessed"}, {"X-Syncline-Secret": ""}):
        response = await Browser(server, headers=given).fetch(PATHS[row.name], row.methods[0])
        assert response.code == 403


async def test_with_its_secret_the_proxy_says_who_the_user_is(serve: Serve) -> None:
    server = serve(counter, proxy_secret="known to the proxy")
    proxy = {"X-Syncline-Secret": "known to the proxy", "Host": "localhost"}
    alice = Browser(server, {**proxy, "X-Syncline-User": "alice%40example"})
    data = await alice.page("counter")
    await (await alice.connect(data["ws"], data["token"])).greet()
    bob = Browser(server, {**proxy, "X-Syncline-User": "bob"}, dict(alice.cookies))
    socket = await bob.connect(data["ws"], data["token"])
    assert await socket.closed() == 4401
    await bob.page("counter")
    assert len(server.site.sessions) == 2


async def test_nobody_but_the_proxy_can_say_who_the_user_is(server: Server) -> None:
    await Browser(server, {"X-Syncline-User": "alice"}).page("counter")
    assert [session.context.user for session in server.site.sessions] == [None]


@pytest.mark.parametrize("row", [row for row in PAGES if row.who in CLOSED], ids=str)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer(""),
        bearer("guessed"),
        basic(""),
        basic("guessed"),
        basic("guessed", ADMIN),
        {"Authorization": "Basic ???"},
        {"Authorization": f"Digest {ADMIN}"},
        {"Authorization": ADMIN},
        {"Cookie": f"token={ADMIN}"},
        {"X-Syncline-User": "alice"},
    ],
    ids=str,
)
async def test_without_its_token_a_closed_row_asks_for_it(
    server: Server, row: Row, headers: dict[str, str]
) -> None:
    await Browser(server).page("counter")
    response = await Browser(server, headers).fetch(PATHS[row.name])
    assert response.code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert b"counter" not in response.body


@pytest.mark.parametrize("row", [row for row in PAGES if row.who in CLOSED], ids=str)
async def test_a_closed_row_is_closed_by_default(serve: Serve, row: Row) -> None:
    server = serve(counter)
    for headers in ({}, bearer(""), basic(""), bearer("None"), {"X-Syncline-User": "None"}):
        assert (await Browser(server, headers).fetch(PATHS[row.name])).code == 403


@pytest.mark.parametrize("row", [row for row in PAGES if row.who in CLOSED], ids=str)
async def test_administrators_may_call_what_is_closed(serve: Serve, row: Row) -> None:
    server = serve(counter, admin_token=ADMIN, admins="alice", proxy_secret="s")
    proxy = {"X-Syncline-Secret": "s"}
    for headers in (bearer(ADMIN), basic(ADMIN), {"X-Syncline-User": "alice"}):
        assert (await Browser(server, proxy | headers).fetch(PATHS[row.name])).code == 200
    for headers in (bearer(METRICS), *({"X-Syncline-User": name} for name in ("bob", "a", ""))):
        assert (await Browser(server, proxy | headers).fetch(PATHS[row.name])).code == 401


async def test_a_probe_makes_no_session(server: Server) -> None:
    browser = Browser(server)
    assert (await browser.fetch("healthz")).body == b"ok\n"
    assert (await browser.fetch("counter", "HEAD")).code == 200
    assert (await browser.fetch("nothing")).code == 404
    assert len(server.site.sessions) == 0


@pytest.mark.parametrize("row", [row for row in HERE if row.who is not Who.SESSION], ids=str)
async def test_only_a_page_and_a_ticket_begin_a_session(server: Server, row: Row) -> None:
    await call(caller_for(server, row), row)
    assert len(server.site.sessions) == (row.name in ("page", "ticket"))


async def test_the_id_of_a_session_grants_nothing_wherever_it_stands(server: Server) -> None:
    await Browser(server).page("counter")
    (session,) = server.site.sessions
    names = ("session", "session-id", "bokeh-session-id", "bokeh-token", "token")
    query = "&".join(f"{name}={session.id}" for name in names)
    headers = dict.fromkeys(("Bokeh_Session_Id", "X_Syncline_Token"), session.id)
    stranger = Browser(server)
    token = page_data((await stranger.fetch(f"counter?{query}", **headers)).body.decode())["token"]
    theirs = await stranger.fetch(f"counter/ticket?{query}", **headers)
    for given in (token, json.loads(theirs.body)["token"]):
        read = server.site.visits.tokens.read_page(given, "counter")
        assert read is not None
        assert read.session != session.id
    for given in (session.id, f"{session.id}.{token.rpartition('.')[2]}", None):
        socket = await Browser(server).connect(f"counter/ws?{query}", given, **headers)
        assert await socket.closed() == 4401
    answer = await stranger.fetch("counter/start-over", "POST", X_Syncline_Token=session.id)
    assert answer.code == 403
    assert session in server.site.sessions


@every_socket
async def test_a_socket_of_another_protocol_is_closed_4406(server: Server, row: Row) -> None:
    browser = Browser(server)
    token = (await browser.page("counter"))["token"]
    socket = await browser.connect(PATHS[row.name], token, protocol="syncline.v0")
    assert await socket.closed() == 4406
    assert socket.connection.selected_subprotocol is None


@pytest.mark.parametrize("row", [row for row in PAGES if row.shared], ids=lambda row: row.name)
async def test_a_page_of_the_allow_list_may_read_what_is_shared_and_no_other_page(
    serve: Serve, server: Server, row: Row
) -> None:
    allowed = "https://dash.example"
    listed = serve(
        {"counter": server.site.contexts["counter"].application},
        static=server.site.static_files,
        allow_origin=[allowed],
    )
    response = await Browser(listed).fetch(PATHS[row.name], Origin=allowed)
    everybodys = row.origin is OriginRule.ANY
    assert response.code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ("*" if everybodys else allowed)
    assert "Access-Control-Allow-Credentials" not in response.headers
    if not everybodys:
        response = await Browser(listed).fetch(PATHS[row.name], Origin="https://evil.example")
        assert response.code == 403
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("row", [row for row in PAGES if not row.shared], ids=lambda row: row.name)
async def test_no_page_may_read_what_is_not_shared(serve: Serve, row: Row) -> None:
    server = serve(counter, allow_origin=["https://dash.example"], admin_token=ADMIN)
    browser = Browser(server, bearer(ADMIN))
    response = await browser.fetch(PATHS[row.name], Origin="https://dash.example")
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_behind_a_proxy_it_is_the_proxy_that_shares(serve: Serve) -> None:
    server = serve(counter, proxy_secret="s")
    proxy = {"X-Syncline-Secret": "s", "Origin": "https://dash.example"}
    response = await Browser(server, proxy).fetch("counter/ticket")
    assert response.code == 200
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_token_that_an_app_hands_on_is_good_for_whoever_has_it(serve: Serve) -> None:
    server = serve(counter, proxy_secret="s")
    proxy = {"X-Syncline-Secret": "s"}
    alice = Browser(server, {**proxy, "X-Syncline-User": "alice"})
    await alice.page("counter")
    (session,) = server.site.sessions
    stranger = Browser(server, proxy)
    slider, _ = model(await (await alice.open("counter")).greet(), "Slider")
    for token, kind in ((session.context.token(), "OK"), (session.context.token("view"), "ERROR")):
        socket = await stranger.connect("counter/ws", token)
        await socket.greet()
        answer = await socket.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
        assert answer["header"]["msgtype"] == kind
    # It lets in and does not end.
    ending = Browser(server, {**proxy, "X-Syncline-Token": session.context.token()})
    assert (await ending.fetch("counter/start-over", "POST")).code == 403
    assert [each.id for each in server.site.sessions] == [session.id]
