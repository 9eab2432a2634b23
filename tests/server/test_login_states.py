"""Every route, called by whoever is not logged in, or not well enough, under each provider."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from joserfc.jwk import RSAKey

from syncline.apps import Application, FunctionHandler
from syncline.hosting import StaticFiles
from syncline.hosting.auth import BaseAuth, Identity, OAuth
from syncline.hosting.auth import users as module
from syncline.hosting.auth.users import write_user
from syncline.hosting.permissions import ROUTES, Row, Who
from tests.server.browsing import Browser, ready
from tests.server.oidc import Oidc
from tests.server.test_oauth import back, sent
from tests.server.test_oauth import options as oauth_options
from tests.server.test_permissions import PATHS, SOCKETS
from tests.server.test_session import counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tornado.httpclient import HTTPResponse

    from syncline.server import Server
    from tests.server.conftest import Serve

TOKEN = "a token that is long enough"
PASSWORD = "correct horse battery"
PROVIDERS = ("token", "basic", "module", "oauth")
NAME = "syncline-login"
SAYS: dict[Server, Oidc] = {}
"""Who says who somebody is, where that is asked elsewhere."""

every_provider = pytest.mark.parametrize("provider", PROVIDERS)
every_socket = pytest.mark.parametrize("row", SOCKETS, ids=lambda row: row.name)
closed_to_strangers = pytest.mark.parametrize(
    "row",
    [row for row in ROUTES if row.who is not Who.ANYONE and not row.websocket],
    ids=lambda row: row.name,
)


@pytest.fixture(scope="module", autouse=True)
def cheap() -> Iterator[None]:
    """Let hashes cost little, as hundreds are made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_hasher", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("users") / "users.txt"
    for user in ("alice", "bob"):
        write_user(path, user, PASSWORD)
    return path


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    """Try each front."""
    return str(request.param)


class Hooks:
    """What a module has."""

    @staticmethod
    async def check_password(user: str, password: str) -> bool:
        return user in ("alice", "bob") and password == PASSWORD


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "first"})


@pytest.fixture
async def oidc(key: RSAKey) -> AsyncIterator[Oidc]:
    provider = Oidc(key)
    yield provider
    provider.server.stop()


@pytest.fixture
async def server(
    serve: Serve, provider: str, users: Path, oidc: Oidc, tmp_path: Path
) -> AsyncIterator[Server]:
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "theme.css").write_text("")
    handler = FunctionHandler(counter)
    handler.static_path = tmp_path
    ways: dict[str, Any] = {
        "token": {"auth_token": TOKEN},
        "basic": {"auth_users": users},
        "module": {"auth_module": Hooks},
        "oauth": oauth_options(oidc),
    }
    server = serve(
        {"counter": Application(handler), "other": counter},
        static=StaticFiles(tmp_path),
        admins=["alice"],
        **ways[provider],
    )
    await ready(server)
    SAYS[server] = oidc
    yield server
    del SAYS[server]


async def post(browser: Browser, path: str, origin: str | None = None, **form: str) -> HTTPResponse:
    """Send a form, as a page of the server does."""
    return await browser.send_form(path, form, origin)


async def logged_in(server: Server, user: str = "alice") -> Browser:
    """Return a browser in which somebody has logged in."""
    browser, auth = Browser(server), server.site.door.auth
    if isinstance(auth, OAuth):
        SAYS[server].user = {"sub": user}
        response = await back(browser, await sent(browser))
    else:
        secret = PASSWORD if auth.asks_user else TOKEN
        response = await post(browser, "login", user=user, secret=secret)
    assert response.code == 303
    return browser


def forged(server: Server, browser: Browser, state: str) -> None:
    """Change the login cookie of a browser to one that is worth nothing."""
    good = browser.cookies[NAME]
    match state:
        case "no cookie":
            del browser.cookies[NAME]
        case "of another secret":
            elsewhere = server.site.door.logins.__class__("another secret")
            cookie = elsewhere.begin(Identity("alice"), "", browser.asked())
            browser.cookies[NAME] = cookie.value
        case "changed":
            browser.cookies[NAME] = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")
        case "unsigned":
            browser.cookies[NAME] = good.partition(".")[0]
        case "empty":
            browser.cookies[NAME] = ""
        case "a page token":
            browser.cookies[NAME] = server.site.visits.tokens.page("counter", "x", "alice")
        case "ended":
            login = server.site.door.logins.read(browser.asked())
            assert login is not None
            server.site.door.logins.end(login)
        case "under another name":
            browser.cookies = {"__Host-" + NAME: good, "__Secure-" + NAME: good}
        case "of another provider's time":
            door = server.site.door
            browser.cookies[NAME] = door.logins.begin(
                Identity("alice"), "another password", browser.asked()
            ).value


BAD = (
    "no cookie",
    "of another secret",
    "changed",
    "unsigned",
    "empty",
    "a page token",
    "ended",
    "under another name",
    "of another provider's time",
)


@every_provider
@closed_to_strangers
async def test_a_stranger_is_let_in_nowhere(server: Server, row: Row) -> None:
    for state in BAD:
        browser = await logged_in(server)
        forged(server, browser, state)
        await is_sent_away(browser, row)


@every_provider
@closed_to_strangers
async def test_an_expired_login_is_none(
    server: Server, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await logged_in(server)
    later = time.time() + server.site.door.logins.ttl + 1
    monkeypatch.setattr(time, "time", lambda: later)
    await is_sent_away(browser, row)


async def is_sent_away(browser: Browser, row: Row) -> None:
    """Check that a row shows nothing, and the way to log in to who looks at it."""
    path, method = PATHS[row.name], row.methods[0]
    plain = await browser.fetch(path, method)
    assert plain.code in (401, 403)
    assert b"counter" not in plain.body
    if method == "GET":
        page = await browser.fetch(path, Accept="text/html,*/*")
        where = page.headers["Location"]
        assert page.code == 303
        assert re.match(r"(\./|(\.\./)+)login(\?next=|$)", where)
        assert where.count("../") == path.count("/")
    assert len(browser.server.site.sessions) == 0


@every_provider
@pytest.mark.parametrize("row", [row for row in ROUTES if row.who is Who.ANYONE], ids=str)
async def test_who_has_not_logged_in_finds_the_way_in_and_nothing_else(
    server: Server, provider: str, row: Row
) -> None:
    response = await Browser(server).fetch(PATHS[row.name])
    # Elsewhere people log in by way of there.
    there = {"login": 303, "callback": 403} if provider == "oauth" else {"callback": 404}
    assert response.code == there.get(row.name, 200)
    assert b"counter" not in response.body


@every_provider
@closed_to_strangers
async def test_who_has_logged_in_is_let_in(server: Server, provider: str, row: Row) -> None:
    browser = await logged_in(server)
    if row.who is Who.SESSION:
        browser.headers["X-Syncline-Token"] = (await browser.page("counter"))["token"]
        assert (await browser.fetch(PATHS[row.name], row.methods[0])).code == 204
        return
    response = await browser.fetch(PATHS[row.name])
    closed = row.who is not Who.VISITOR and provider == "token"
    # Who shares a token is nobody in particular, and no administrator.
    assert response.code == (403 if closed else 200)


@pytest.mark.parametrize("provider", ["basic", "module", "oauth"])
@pytest.mark.parametrize(
    "row", [row for row in ROUTES if row.who in (Who.ADMIN, Who.METRICS)], ids=str
)
async def test_a_user_is_no_administrator(server: Server, row: Row) -> None:
    browser = await logged_in(server, "bob")
    for accept in ("*/*", "text/html"):
        assert (await browser.fetch(PATHS[row.name], Accept=accept)).code == 403


@every_provider
@every_socket
async def test_a_stranger_with_a_page_token_has_no_socket(
    server: Server, provider: str, row: Row
) -> None:
    if row.name == "admin_socket" and provider == "token":
        return
    for state in BAD:
        browser = await logged_in(server)
        data = await browser.page(PATHS[row.name].partition("/")[0])
        forged(server, browser, state)
        socket = await browser.connect(PATHS[row.name], data["token"])
        assert await socket.closed() == 4401


@pytest.mark.parametrize("provider", ["basic", "module", "oauth"])
@every_socket
async def test_a_page_token_is_its_users_only(server: Server, row: Row) -> None:
    alice, bob = await logged_in(server), await logged_in(server, "bob")
    data = await alice.page(PATHS[row.name].partition("/")[0])
    socket = await bob.connect(PATHS[row.name], data["token"])
    assert await socket.closed() == 4401


@every_provider
async def test_a_session_outlives_the_login_while_its_page_is_open(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await logged_in(server)
    data = await browser.page("counter")
    later = time.time() + server.site.door.logins.ttl + 1
    monkeypatch.setattr(time, "time", lambda: later)
    await (await browser.connect(data["ws"], data["token"])).greet()
    assert (await browser.fetch("counter", Accept="text/html")).code == 303


async def test_a_provider_of_ones_own_is_asked_for_each_request(serve: Serve) -> None:
    class Headed(BaseAuth):
        async def identify(self, request: Any) -> Identity | None:
            user = request.headers.get("X-Known")
            return Identity(user) if user else None

    server = serve(counter, auth=Headed())
    assert (await Browser(server).fetch("counter", Accept="text/html")).code == 401
    known = Browser(server, {"X-Known": "carol"})
    data = await known.page("counter")
    await (await known.connect(data["ws"], data["token"])).greet()
    assert [session.context.user for session in server.site.sessions] == ["carol"]
    assert await (await Browser(server).connect(data["ws"], data["token"])).closed() == 4401
    assert (await known.fetch("login")).code == 404
