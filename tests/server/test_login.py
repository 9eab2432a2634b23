"""Logging in and out, and what may not be done too often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from tornado.httpclient import HTTPClientError

from syncline.hosting.auth import BadAuth, Identity, TokenAuth
from syncline.hosting.auth import users as module
from syncline.hosting.auth.users import write_user
from syncline.hosting.rates import Rate
from tests.server.browsing import Browser, model
from tests.server.test_session import counter

if TYPE_CHECKING:
    from pathlib import Path

    from tornado.httpclient import HTTPResponse

    from syncline.server import Server
    from tests.server.conftest import Serve

TOKEN = "a token that is long enough"
PASSWORD = "correct horse battery"
NAME = "syncline-login"


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    """Try each front."""
    return str(request.param)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_hasher", PasswordHasher(1, 8, 1))
    path = tmp_path / "users.txt"
    write_user(path, "alice", PASSWORD)
    return path


@pytest.fixture
def server(serve: Serve, users: Path) -> Server:
    return serve({"counter": counter, "other": counter}, auth_users=users)


async def log_in(browser: Browser, path: str = "login", **form: str) -> HTTPResponse:
    return await browser.send_form(path, {"user": "alice", "secret": PASSWORD, **form})


async def test_who_logs_in_is_sent_to_where_they_wanted_to_go(server: Server) -> None:
    browser = Browser(server)
    page = await browser.fetch("counter?x=1&y=%C3%A4", Accept="text/html")
    where = page.headers["Location"]
    assert (page.code, where) == (303, "./login?next=counter%3Fx%3D1%26y%3D%25C3%25A4")
    where = where.removeprefix("./")
    form = await browser.fetch(where)
    assert b'autocomplete="current-password"' in form.body
    assert "form-action 'self'; frame-ancestors 'none'" in form.headers["Content-Security-Policy"]
    response = await log_in(browser, where)
    assert (response.code, response.headers["Location"]) == (303, "./counter?x=1&y=%C3%A4")
    cookie = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Max-Age="):
        assert part in cookie
    assert "Path" not in cookie
    await (await browser.open("counter")).greet()
    (session,) = server.site.sessions
    assert (session.context.user, session.context.logout_url) == ("alice", "logout")
    assert (await browser.fetch("login")).headers["Location"] == "./"


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil", "../x"])
async def test_nobody_is_sent_elsewhere(server: Server, next: str) -> None:
    response = await log_in(Browser(server), "login?" + urlencode({"next": next}))
    assert response.headers["Location"] == "./"


@pytest.mark.parametrize("user", ["alice", "nobody", "", "alice\x00", "ä" * 2000])
async def test_a_wrong_name_and_a_wrong_password_look_alike(server: Server, user: str) -> None:
    response = await log_in(Browser(server), user=user, secret="wrong")
    assert response.code == 401
    assert "Set-Cookie" not in response.headers
    assert b"The name or the password is wrong." in response.body
    assert b"wrong</p>" not in response.body.replace(b"password is wrong.</p>", b"")


async def test_what_was_typed_is_shown_again_as_text_and_the_password_never(
    server: Server,
) -> None:
    response = await log_in(Browser(server), user='"><script>alert(1)</script>', secret="pass-1-2")
    assert b"<script>" not in response.body
    assert b"&lt;script&gt;" in response.body
    assert b"pass-1-2" not in response.body


@pytest.mark.parametrize("route", ["login", "logout"])
async def test_a_form_of_another_site_is_not_taken(server: Server, route: str) -> None:
    browser = Browser(server)
    await log_in(browser)
    form = {"user": "alice", "secret": PASSWORD}
    for origin in ("http://evil.example", "null"):
        assert (await browser.send_form(route, form, origin)).code == 403
    body = "user=alice&secret=correct+horse+battery"
    assert (await Browser(server).fetch(route, "POST", body)).code == 403
    assert (await browser.fetch("counter")).code == 200


async def test_a_logout_asks_then_ends_the_login_wherever_its_cookie_is(server: Server) -> None:
    browser = Browser(server)
    await log_in(browser)
    copied = Browser(server, cookies=dict(browser.cookies))
    second = Browser(server)
    await log_in(second)
    sockets = [await each.open("counter") for each in (browser, second)]
    for socket in sockets:
        await socket.greet()
    assert b"Log out?" in (await browser.fetch("logout")).body
    assert (await browser.fetch("counter")).code == 200
    response = await browser.send_form("logout", {})
    assert b"You are logged out." in response.body
    assert NAME not in browser.cookies
    assert await sockets[0].closed() == 4401
    for gone in (browser, copied):
        assert (await gone.fetch("counter", Accept="text/html")).code == 303
    # The user's other browser has a login of its own.
    await sockets[1].pull()
    assert (await second.fetch("counter")).code == 200
    assert len(server.site.sessions) == 1


async def test_a_page_names_the_way_out_to_who_is_logged_in(
    serve: Serve, server: Server, tmp_path: Path
) -> None:
    alice = Browser(server)
    await log_in(alice)
    assert (await alice.page("counter"))["logout"] == "logout"
    shared = serve(counter, auth_token=TOKEN)
    typed, program = Browser(shared), Browser(shared, {"Authorization": f"Bearer {TOKEN}"})
    assert (await log_in(typed, secret=TOKEN)).code == 303
    assert (await typed.page("counter"))["logout"] == "logout"
    # It is no login of ours that a header makes somebody known: there is none to end.
    assert (await program.page("counter"))["logout"] is None
    path = tmp_path / "who.py"
    path.write_text(HOOKS, encoding="utf-8")
    known = Browser(serve(counter, auth_module=path), {"X-Known": "dave"})
    assert (await known.page("counter"))["logout"] == "/elsewhere"
    assert (await Browser(serve(counter)).page("counter"))["logout"] is None


async def test_a_token_that_an_app_hands_on_needs_no_login(serve: Serve, users: Path) -> None:
    def authorize(identity: Identity | None, app: str) -> str | bool:
        return identity is not None and "view"

    apps = {"counter": counter, "other": counter}
    server = serve(apps, auth_users=users, authorize=authorize)
    alice, stranger = Browser(server), Browser(server)
    await log_in(alice)
    page = await alice.page("counter")
    (session,) = server.site.sessions
    for token, kind in ((session.context.token(), "OK"), (session.context.token("view"), "ERROR")):
        for browser in (stranger, alice):
            socket = await browser.connect("counter/ws", token)
            slider, _ = model(await socket.greet(), "Slider")
            answer = await socket.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
            assert answer["header"]["msgtype"] == kind
    handed = session.context.token()
    # It opens one session, and nothing else.
    assert await (await stranger.connect("other/ws", handed)).closed() == 4401
    assert await (await stranger.connect("counter/ws", page["token"])).closed() == 4401
    assert await (await stranger.connect("counter/ws", handed[:-2] + "AA")).closed() == 4401
    for path in ("counter", "counter/ticket", "counter/metadata"):
        assert (await stranger.fetch(path, X_Syncline_Token=handed)).code == 401
    ended = await stranger.fetch("counter/start-over", "POST", X_Syncline_Token=handed)
    assert ended.code in (401, 403)
    server.site.sessions.discard(session)
    assert await (await stranger.connect("counter/ws", handed)).closed() == 4404


async def test_another_password_ends_logins(server: Server, users: Path) -> None:
    browser = Browser(server)
    await log_in(browser)
    write_user(users, "alice", "something else")
    assert (await browser.fetch("counter", Accept="text/html")).code == 303
    assert (await log_in(browser, secret="something else")).code == 303
    write_user(users, "alice", None)
    assert (await browser.fetch("counter", Accept="text/html")).code == 303


async def test_too_many_failures_of_a_client_are_too_many(server: Server) -> None:
    for _ in range(10):
        assert (await log_in(Browser(server), secret="wrong")).code == 401
    response = await log_in(Browser(server))
    assert response.code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert b"Too many attempts" in response.body


async def test_logins_that_succeed_do_not_count(serve: Serve, users: Path) -> None:
    server = serve(counter, auth_users=users, login_rate=2)
    for _ in range(4):
        assert (await log_in(Browser(server))).code == 303


async def test_guesses_of_one_name_are_bounded_wherever_they_come_from(server: Server) -> None:
    server.site.door._attempts = Rate(1000)
    server.site.door._guesses = Rate(1, 3)
    for _ in range(3):
        assert (await log_in(Browser(server), secret="wrong")).code == 401
    assert (await log_in(Browser(server))).code == 429
    assert (await log_in(Browser(server), user="bob", secret="wrong")).code == 401


async def test_a_token_in_the_address_becomes_a_cookie_at_once(serve: Serve) -> None:
    server = serve({"counter": counter, "other": counter}, auth_token=TOKEN)
    browser = Browser(server)
    given = TOKEN.replace(" ", "%20")
    response = await browser.fetch(f"counter?x=1&token={given}", Accept="text/html")
    assert (response.code, response.headers["Location"]) == (303, "./counter?x=1")
    assert len(server.site.sessions) == 0
    await (await browser.open("counter")).greet()
    wrong = await Browser(server).fetch("counter?token=guessed&x=1", Accept="text/html")
    assert (wrong.code, wrong.headers["Location"]) == (303, "./counter?x=1")
    assert "Set-Cookie" not in wrong.headers


async def test_a_program_has_the_token_in_a_header(serve: Serve) -> None:
    server = serve(counter, auth_token=TOKEN)
    program = Browser(server, {"Authorization": f"Bearer {TOKEN}"})
    ticket = json.loads((await program.fetch("counter/ticket")).body)
    await (await program.connect("counter/ws", ticket["token"])).greet()
    for given in ("", "Bearer", "Bearer guessed", f"Basic {TOKEN}", TOKEN):
        denied = await Browser(server, {"Authorization": given}).fetch("counter/ticket")
        assert denied.code == 401
        assert denied.headers["WWW-Authenticate"] == "Bearer"


async def test_a_page_of_another_site_reads_why_it_has_no_session(
    serve: Serve, users: Path
) -> None:
    dash = "https://dash.example"
    listed = serve(
        {"counter": counter, "other": counter},
        auth_users=users,
        allow_origin=[dash],
        authorize=lambda identity, app: app == "counter",
    )
    alice = Browser(listed)
    await log_in(alice)
    for browser, path, status, text in (
        (Browser(listed), "counter/ticket", 401, "Log in first."),
        (alice, "other/ticket", 403, "This is not allowed."),
    ):
        response = await browser.fetch(path, Origin=dash)
        assert response.code == status
        assert response.headers["Access-Control-Allow-Origin"] == dash
        assert json.loads(response.body) == {"text": text, "error_id": None}
        response = await browser.fetch(path, Origin="https://evil.example")
        assert response.code == 403
        assert "Access-Control-Allow-Origin" not in response.headers


def test_a_short_token_is_refused() -> None:
    with pytest.raises(BadAuth, match="16 characters"):
        TokenAuth("short")


async def test_authorize_says_who_may_use_which_app_and_as_what(serve: Serve, users: Path) -> None:
    write_user(users, "bob", PASSWORD)
    asked: list[tuple[str | None, str]] = []

    async def authorize(identity: Identity | None, app: str) -> bool | str:
        assert identity is not None
        asked.append((identity.user, app))
        return app == "counter" and ("edit" if identity.user == "alice" else "view")

    server = serve({"counter": counter, "other": counter}, auth_users=users, authorize=authorize)
    alice, bob = Browser(server), Browser(server)
    await log_in(alice)
    await log_in(bob, user="bob")
    for browser in (alice, bob):
        assert (await browser.fetch("other")).code == 403
        index = (await browser.fetch("")).body
        assert b'href="counter"' in index
        assert b'href="other"' not in index
    codes = []
    for browser in (alice, bob):
        socket = await browser.open("counter")
        slider, _ = model(await socket.greet(), "Slider")
        answer = await socket.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
        codes.append(answer["content"].get("code"))
    assert codes == [None, "read-only"]
    assert ("bob", "other") in asked


@pytest.mark.parametrize("path", ["nothing", "nothing/", "nothing/metadata", "no/thing"])
async def test_who_asks_for_what_is_not_there_reads_only_of_what_they_may_use(
    serve: Serve, users: Path, path: str
) -> None:
    def authorize(identity: Identity | None, app: str) -> bool:
        return app != ("other" if identity is None else "counter")

    apps = {"counter": counter, "other": counter}
    stranger = Browser(serve(apps, authorize=authorize))
    alice = Browser(serve(apps, auth_users=users, authorize=authorize))
    await log_in(alice)
    for browser, hidden in ((stranger, b'/other"'), (alice, b'/counter"')):
        response = await browser.fetch(path)
        assert response.code == 404
        assert hidden not in response.body.replace(b'href="', b'href="/')


async def test_who_asks_for_what_is_not_there_reads_of_what_they_may_use(
    serve: Serve, users: Path
) -> None:
    apps = {"counter": counter, "other": counter}
    server = serve(apps, auth_users=users, authorize=lambda identity, app: app != "other")
    alice = Browser(server)
    await log_in(alice)
    assert b'href="counter"' in (await alice.fetch("nothing")).body


async def test_who_may_no_more_loses_the_socket_at_the_next_connection(
    serve: Serve, users: Path
) -> None:
    answers: dict[str, Any] = {"now": True}
    server = serve(counter, auth_users=users, authorize=lambda identity, app: answers["now"])
    browser = Browser(server)
    await log_in(browser)
    data = await browser.page("counter")
    answers["now"] = "view"
    socket = await browser.connect(data["ws"], data["token"])
    slider, _ = model(await socket.greet(), "Slider")
    answer = await socket.patch({"op": "set", "m": slider, "p": ["value"], "v": 4})
    assert answer["content"]["code"] == "read-only"
    answers["now"] = False
    assert await (await browser.connect(data["ws"], data["token"])).closed() == 4401


async def test_an_authorize_that_says_something_odd_lets_in_nobody(serve: Serve) -> None:
    server = serve(counter, authorize=lambda identity, app: "owner")
    assert (await Browser(server).fetch("counter")).code == 500
    assert len(server.site.sessions) == 0


async def test_new_sessions_of_a_user_are_limited(serve: Serve, users: Path) -> None:
    server = serve({"counter": counter, "other": counter}, auth_users=users, session_rate=1)
    browser = Browser(server)
    await log_in(browser)
    assert (await browser.fetch("counter")).code == 200
    response = await browser.fetch("other")
    assert response.code == 429
    assert int(response.headers["Retry-After"]) > 0
    # One's own session is no new one.
    assert (await browser.fetch("counter")).code == 200


async def test_open_websockets_of_a_user_are_limited(serve: Serve, users: Path) -> None:
    server = serve(counter, auth_users=users, max_client_sockets=1)
    browser = Browser(server)
    await log_in(browser)
    data = await browser.page("counter")
    socket = await browser.connect(data["ws"], data["token"])
    await socket.greet()
    with pytest.raises(HTTPClientError, match=r"429|403"):
        await browser.connect(data["ws"], data["token"])
    socket.close()


async def test_what_a_client_may_send_is_an_option(serve: Serve) -> None:
    server = serve(counter, client_bytes=1000.0, client_seconds=0.1)
    await (await Browser(server).open("counter")).greet()
    (session,) = server.site.sessions
    rate = session.document.session.limits.rate
    assert rate is not None
    assert (rate.bytes, rate.burst_bytes) == (1000, 4000)
    assert (rate.seconds, rate.burst_seconds) == (0.1, 1.0)


HOOKS = """
def get_user(request):
    return request.headers.get("X-Known")

async def check_password(user, password):
    return user == "carol" and password == "right"

logout_url = "/elsewhere"
"""


async def test_a_module_says_who_somebody_is(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "who.py"
    path.write_text(HOOKS, encoding="utf-8")
    server = serve(counter, auth_module=path)
    known = Browser(server, {"X-Known": "dave"})
    data = await known.page("counter")
    await (await known.connect(data["ws"], data["token"])).greet()
    typed = Browser(server)
    assert (await log_in(typed, user="carol", secret="wrong")).code == 401
    assert (await log_in(typed, user="carol", secret="right")).code == 303
    await typed.page("counter")
    assert [s.context.user for s in server.site.sessions] == ["dave", "carol"]
    assert {s.context.logout_url for s in server.site.sessions} == {"/elsewhere"}


async def test_a_module_may_have_people_log_in_elsewhere(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "who.py"
    path.write_text("login_url = '/sso?a=b'\nasync def get_user_async(request): return None\n")
    server = serve(counter, auth_module=path)
    response = await Browser(server).fetch("counter?x=1", Accept="text/html")
    assert response.headers["Location"] == "/sso?a=b&next=counter%3Fx%3D1"
    assert (await Browser(server).fetch("login")).code == 404


async def test_handlers_of_a_module_answer_by_themselves(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "who.py"
    path.write_text(
        "from syncline.hosting.auth import Away\n"
        "def login_handler(request): return 'erin' if 'ok' in request.arguments else Away('/x')\n"
        "def logout_handler(request): return Away('/bye')\n"
    )
    server = serve(counter, auth_module=path)
    browser = Browser(server)
    assert (await browser.fetch("login")).headers["Location"] == "/x"
    assert (await browser.fetch("login?ok=1&next=counter")).headers["Location"] == "./counter"
    await browser.page("counter")
    assert [s.context.user for s in server.site.sessions] == ["erin"]
    assert (await browser.fetch("logout")).headers["Location"] == "/bye"


@pytest.mark.parametrize("text", ["", "x = 1", "1/0", "def get_user(:"])
def test_a_module_that_does_not_work_is_told_at_the_start(
    serve: Serve, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "who.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadAuth):
        serve(counter, auth_module=path)
    with pytest.raises(BadAuth, match="no Python file"):
        serve(counter, auth_module=tmp_path / "nowhere.py")


@pytest.mark.parametrize("auth", ["token", "basic", "module", "oauth", "kerberos"])
def test_what_a_way_to_log_in_needs_is_said_at_the_start(serve: Serve, auth: str) -> None:
    with pytest.raises(BadAuth):
        serve(counter, auth=auth)


def test_two_ways_to_log_in_are_one_too_many(serve: Serve, users: Path) -> None:
    with pytest.raises(BadAuth, match="token and basic"):
        serve(counter, auth_token=TOKEN, auth_users=users)


@pytest.mark.parametrize(
    ("path", "name"), [(None, "__Secure-syncline-login"), ("/", "__Host-syncline-login")]
)
async def test_over_tls_the_cookies_name_says_how_it_was_set(
    serve: Serve, users: Path, path: str | None, name: str
) -> None:
    proxy = {"X-Syncline-Secret": "s", "X-Forwarded-Proto": "https"}
    server = serve(counter, auth_users=users, proxy_secret="s", cookie_path=path)
    browser = Browser(server, proxy)
    cookie = (await log_in(browser)).headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=")
    assert "; Secure" in cookie
    assert ("; Path=/;" in cookie) == (path == "/")
    assert (await browser.fetch("counter")).code == 200
