"""Every route of the extension against everything its row does not allow."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.routing import Rule
from tornado.websocket import websocket_connect

from syncline.jupyter.permissions import ROWS, Row
from syncline.jupyter.routes import handlers
from tests.jupyter.serving import JupyterProcess, jupyter

PATHS = {
    "status": "/api/status",
    "documents": "/api/documents",
    "document": "/api/documents/11111111-1111-1111-1111-111111111111/doc",
    "session": "/api/sessions/none",
    "links": "/api/links",
    "link": "/api/links/none",
    "static": "/static/manifest.json",
    "attach": "/attach/11111111-1111-1111-1111-111111111111/doc",
    "doc-page": "/doc/11111111-1111-1111-1111-111111111111/doc",
    "shared-static": "/shared/static/manifest.json",
    "shared-document": "/shared/11111111-1111-1111-1111-111111111111/doc/docs/other/ws",
    "shared-socket": "/shared/11111111-1111-1111-1111-111111111111/doc/ws",
    "shared-enter": "/shared/11111111-1111-1111-1111-111111111111/doc/enter",
    "shared-page": "/shared/11111111-1111-1111-1111-111111111111/doc",
    "app-document": "/apps/app.py/docs/doc/ws",
    "app-socket": "/apps/app.py/ws",
    "app-start-over": "/apps/app.py/start-over",
    "app-page": "/apps/app.py",
    "proxy-socket": "/proxy/echo/ws",
    "proxy": "/proxy/echo/x",
}
"""A path for each row, which works for those who may."""

SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""What a Jupyter server answers, in the process it is made in."""
REFUSED = {401, 403, 404, 405}

BY_LINK = {"shared-static", "shared-document", "shared-socket", "shared-enter", "shared-page"}
"""Nobody needs to be signed in here, where links may be handed out."""
EMPTY = {"shared-static", "shared-page"}
"""Of these what holds nothing: the page of a link before that was shown."""

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def ask(
    server: JupyterProcess, row: Row, headers: dict[str, str], url: str | None = None
) -> httpx.Response:
    """Make the row's call; a websocket as its upgrade request."""
    upgrade = SOCKET if row.websocket else {}
    target = (url or server.url) + PATHS[row.name]
    # Not to be mixed up with a stream of frames: an accepted upgrade has status 101.
    method, sent = row.methods[0], {**headers, **upgrade}
    with httpx.stream(method, target, headers=sent, timeout=60) as answer:
        if answer.status_code != 101:
            answer.read()
        return answer


def assert_refused(answer: httpx.Response, row: Row) -> None:
    if row.for_people and answer.status_code == 302:
        assert "/login?next=" in answer.headers["location"]
    else:
        assert answer.status_code in REFUSED, answer.status_code


@pytest.fixture(scope="module")
def app_file(root: Path) -> None:
    (root / "app.py").write_text("x = 1\n")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server that lets nobody in without signing in, its own handlers included."""
    root = tmp_path_factory.mktemp("strict") / "root"
    root.mkdir()
    (root / "app.py").write_text("x = 1\n")
    with jupyter(root, "--ServerApp.allow_unauthenticated_access=False") as running:
        yield running


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server where links may be handed out."""
    root = tmp_path_factory.mktemp("sharing") / "root"
    root.mkdir()
    (root / "app.py").write_text("x = 1\n")
    with jupyter(root, "--Syncline.share_links=True") as running:
        yield running


@pytest.fixture(scope="module")
def denying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A server whose Authorizer allows nothing."""
    root = tmp_path_factory.mktemp("denying") / "root"
    root.mkdir()
    (root / "app.py").write_text("x = 1\n")
    authorizer = "--ServerApp.authorizer_class=tests.jupyter.denying.DenyAll"
    # Its own status page refuses too: ready means that it refuses.
    with jupyter(root, authorizer, ready_status=403) as running:
        yield running


def test_the_routes_of_a_server_are_those_of_the_table(tmp_path: Path) -> None:
    app = ServerApp(root_dir=str(tmp_path), base_url="/base/", allow_root=True)
    app.jpserver_extensions = {"syncline.jupyter": True}
    handlers_before = {number: signal.getsignal(number) for number in SIGNALS}
    app.initialize(argv=[], find_extensions=False, new_httpserver=False)
    for number, handler in handlers_before.items():
        signal.signal(number, handler)
    try:
        found = [rule for rule in all_rules(app) if "syncline" in pattern_of(rule)]
    finally:
        app.clear_instance()
    expected = [(f"/base/syncline/{row.pattern}$", handlers()[row.name]) for row in ROWS]
    assert [(pattern_of(rule), rule.target) for rule in found] == expected
    assert all(rule.target_kwargs["row"] in ROWS for rule in found)


def all_rules(app: ServerApp) -> Iterator[Rule]:
    """Walk through every routing rule of the server's application."""
    routers = [app.web_app.default_router]
    while routers:
        for rule in routers.pop().rules:
            if hasattr(rule.target, "rules"):
                routers.append(rule.target)
            else:
                yield rule


def pattern_of(rule: Rule) -> str:
    return str(getattr(getattr(rule.matcher, "regex", None), "pattern", ""))


def test_a_link_leads_to_these_rows_alone() -> None:
    assert {row.name for row in ROWS if row.by_link} == BY_LINK
    assert {row.name for row in ROWS if row.shares} == {*BY_LINK, "links", "link"}
    # What needs no sign-in is marked as such for jupyter_server, and nothing else is.
    marked = {
        row.name
        for row in ROWS
        for method in row.methods
        if hasattr(getattr(handlers()[row.name], method.lower()), "__allow_unauthenticated")
    }
    assert marked == BY_LINK


def test_only_files_of_pages_come_without_an_xsrf_token() -> None:
    # What starts apps, shows documents or changes them is none of these.
    assert [row.name for row in ROWS if row.page_files] == ["static", "shared-static", "proxy"]
    # Their page's own token grants these.
    assert [row.name for row in ROWS if row.page_token] == ["shared-enter", "app-start-over"]


def test_every_row_is_tried_below() -> None:
    assert set(PATHS) == {row.name for row in ROWS} == set(handlers())


@each_row
@pytest.mark.usefixtures("app_file")
def test_nobody_without_credentials(server: JupyterProcess, row: Row) -> None:
    assert_refused(ask(server, row, {}), row)


@each_row
@pytest.mark.usefixtures("app_file")
def test_nobody_with_a_wrong_token(server: JupyterProcess, row: Row) -> None:
    assert_refused(ask(server, row, {"Authorization": "token wrong"}), row)


@each_row
@pytest.mark.usefixtures("app_file")
@pytest.mark.parametrize(
    "site",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
    ids=["other", "other-port", "null", "cross-site", "image", "iframe"],
)
def test_no_other_site_with_the_users_cookie(
    server: JupyterProcess, row: Row, site: dict[str, str]
) -> None:
    answer = ask(server, row, {**server.cookie, **site})
    assert answer.status_code in REFUSED, answer.status_code


@each_row
@pytest.mark.usefixtures("app_file")
def test_nothing_outside_of_the_base_url(server: JupyterProcess, row: Row) -> None:
    for base in ("/", "/other/", "/base/base/", "/basesyncline"):
        url = f"http://127.0.0.1:{server.port}{base}syncline"
        answer = ask(server, row, server.authorization, url)
        assert answer.status_code in REFUSED or answer.is_redirect
        assert "syncline" not in answer.headers.get("location", "").partition("?")[0].replace(
            "/base/login", ""
        )


@each_row
@pytest.mark.usefixtures("app_file")
def test_no_foreign_host_name(server: JupyterProcess, row: Row) -> None:
    answer = ask(server, row, {**server.authorization, "Host": "rebound.example"})
    assert answer.status_code == 403


@each_row
def test_a_denying_authorizer_is_obeyed(denying: JupyterProcess, row: Row) -> None:
    for headers in (denying.authorization, denying.cookie):
        status = ask(denying, row, headers).status_code
        assert status == 403 or (status == 404 and row.shares)


@each_row
def test_without_unauthenticated_access_nobody_gets_in(strict: JupyterProcess, row: Row) -> None:
    assert_refused(ask(strict, row, {}), row)


@each_row
@pytest.mark.usefixtures("app_file")
def test_no_other_method(server: JupyterProcess, row: Row) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - set(row.methods):
        url = server.url + PATHS[row.name]
        answer = httpx.request(method, url, headers=server.authorization, timeout=60)
        assert answer.status_code in REFUSED


@pytest.mark.usefixtures("app_file")
def test_following_a_link_from_another_site_is_allowed(server: JupyterProcess) -> None:
    navigation = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    answer = server.get("/proxy/echo/x", headers={**server.cookie, **navigation})
    assert answer.status_code == 200


async def test_a_websocket_is_refused_before_the_upgrade(server: JupyterProcess) -> None:
    for row in (row for row in ROWS if row.websocket):
        request = HTTPRequest(server.ws + PATHS[row.name])
        with pytest.raises(HTTPClientError) as refused:
            await asyncio.wait_for(websocket_connect(request), 20)
        assert refused.value.code == (404 if row.shares else 403)


@each_row
def test_where_there_are_links_nobody_gets_in_without_one(
    sharing: JupyterProcess, row: Row
) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        answer = ask(sharing, row, headers)
        if row.name in EMPTY:
            assert answer.status_code == 200
        else:
            assert_refused(answer, row)


@pytest.mark.parametrize("name", sorted(BY_LINK - EMPTY))
def test_to_be_signed_in_is_no_link(sharing: JupyterProcess, name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    own = {"Origin": f"http://127.0.0.1:{sharing.port}", "Sec-Fetch-Site": "same-origin"}
    for headers in (sharing.authorization, {**sharing.cookie, **own}):
        assert ask(sharing, row, headers).status_code == 403


@each_row
@pytest.mark.parametrize(
    "site",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
    ids=["other", "cross-site", "image", "iframe"],
)
def test_no_other_site_where_there_are_links(
    sharing: JupyterProcess, row: Row, site: dict[str, str]
) -> None:
    answer = ask(sharing, row, {**sharing.cookie, **site})
    assert answer.status_code in REFUSED, answer.status_code
