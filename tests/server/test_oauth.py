"""Logging in at a real provider of OpenID Connect, and all that can be wrong with its answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import RSAKey
from tornado.httpclient import AsyncHTTPClient

from syncline.hosting.auth import BadAuth, OAuth
from syncline.hosting.auth import provider as module
from tests.server.browsing import Browser
from tests.server.oidc import CLIENT, SECRET, Oidc
from tests.server.test_session import counter

if TYPE_CHECKING:
    from tornado.httpclient import HTTPResponse

    from syncline.server import Server
    from tests.server.conftest import Serve


@pytest.fixture
async def oidc() -> AsyncIterator[Oidc]:
    provider = Oidc()
    yield provider
    provider.server.stop()


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    """Try each front."""
    return str(request.param)


@pytest.fixture
def server(serve: Serve, oidc: Oidc) -> Server:
    return serve(counter, **options(oidc))


def options(oidc: Oidc, **more: Any) -> dict[str, Any]:
    return {
        "oauth_issuer": oidc.issuer,
        "oauth_client_id": CLIENT,
        "oauth_client_secret": SECRET,
        **more,
    }


async def sent(browser: Browser, next: str = "counter?x=1") -> str:
    """Go to the provider and return the address it sends the browser back to."""
    away = await browser.fetch("login?" + urlencode({"next": next}))
    assert away.code == 303, away.body
    back = await AsyncHTTPClient().fetch(
        away.headers["Location"], follow_redirects=False, raise_error=False
    )
    assert back.code == 302
    return str(back.headers["Location"])


async def back(browser: Browser, url: str, **changes: str) -> HTTPResponse:
    """Come back to the server, perhaps with something else than what the provider said."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return await browser.fetch("auth/callback?" + urlencode(query | changes))


async def test_who_logs_in_at_the_provider_is_known_by_sub(server: Server, oidc: Oidc) -> None:
    browser = Browser(server)
    page = await browser.fetch("counter?x=1", Accept="text/html")
    assert page.headers["Location"] == "./login?next=counter%3Fx%3D1"
    response = await back(browser, await sent(browser))
    assert (response.code, response.headers["Location"]) == (303, "../counter?x=1")
    (login, over) = response.headers.get_list("Set-Cookie")
    path = urlsplit(server.url).path.rstrip("/") or "/"
    assert login.startswith("syncline-login=")
    assert f"; Path={path}" in login
    assert over.startswith("syncline-oauth-")
    assert "Max-Age=0" in over
    await (await browser.open("counter")).greet()
    (session,) = server.site.sessions
    assert session.context.user == "u-1"
    assert session.context.request.claims == oidc.user
    assert session.context.logout_url == "logout"


async def test_each_tab_has_a_way_back_of_its_own(server: Server) -> None:
    browser = Browser(server)
    one, two = await sent(browser), await sent(browser)
    assert (await back(browser, one)).code == 303
    assert (await back(browser, two)).code == 303


async def test_a_code_is_good_once(server: Server) -> None:
    browser = Browser(server)
    url = await sent(browser)
    cookies = dict(browser.cookies)
    assert (await back(browser, url)).code == 303
    browser.cookies = cookies
    assert (await back(browser, url)).code == 502


async def test_the_way_back_is_that_of_the_browser_that_was_sent(server: Server) -> None:
    url = await sent(Browser(server))
    stranger = Browser(server)
    assert (await back(stranger, url)).code == 403
    # Not even one that has begun a login of its own.
    await sent(stranger)
    assert (await back(stranger, url)).code == 403
    assert "syncline-login" not in stranger.cookies


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ""},
        {"state": "guessed"},
        {"iss": "https://evil.example"},
        {"error": "access_denied"},
        {"code": "guessed"},
    ],
    ids=str,
)
async def test_a_changed_answer_is_no_login(server: Server, changes: dict[str, str]) -> None:
    browser = Browser(server)
    response = await back(browser, await sent(browser), **changes)
    assert response.code in (403, 502)
    assert b"failed" in response.body
    assert "syncline-login" not in browser.cookies


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"nonce": "of another login"},
        {"nonce": None},
        {"exp": 1},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_this_login_is_none(
    server: Server, oidc: Oidc, changes: dict[str, Any]
) -> None:
    browser = Browser(server)
    url = await sent(browser)
    oidc.changes = changes
    response = await back(browser, url)
    assert response.code in (403, 502)
    assert "syncline-login" not in browser.cookies


async def test_a_token_signed_by_somebody_else_is_none(server: Server, oidc: Oidc) -> None:
    browser = Browser(server)
    oidc.signs_with = RSAKey.generate_key(2048, {"kid": "first"})
    assert (await back(browser, await sent(browser))).code == 502


async def test_keys_may_change_and_are_not_asked_for_all_the_time(
    server: Server, oidc: Oidc, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(server)
    await back(browser, await sent(browser))
    oidc.key = oidc.signs_with = RSAKey.generate_key(2048, {"kid": "second"})
    assert (await back(browser, await sent(Browser(server)))).code == 403
    other = Browser(server)
    assert (await back(other, await sent(other))).code == 502
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    other = Browser(server)
    assert (await back(other, await sent(other))).code == 303
    assert oidc.asked.count("/keys") == 2
    assert oidc.asked.count("/.well-known/openid-configuration") == 1


async def test_a_login_under_way_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(server)
    url = await sent(browser)
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    assert (await back(browser, url)).code == 403


async def test_an_email_counts_where_it_is_verified(serve: Serve, oidc: Oidc) -> None:
    server = serve(counter, **options(oidc, oauth_user_claim="email"))
    browser = Browser(server)
    assert (await back(browser, await sent(browser))).code == 403
    oidc.user["email_verified"] = True
    browser = Browser(server)
    assert (await back(browser, await sent(browser))).code == 303


async def test_who_logs_out_is_told_where_else_to(server: Server, oidc: Oidc) -> None:
    browser = Browser(server)
    await back(browser, await sent(browser))
    response = await browser.send_form("logout", {})
    assert f"{oidc.issuer}/logout" in response.body.decode()
    assert (await browser.fetch("counter", Accept="text/html")).code == 303


async def test_a_provider_that_is_another_or_gone_lets_in_nobody(
    serve: Serve, oidc: Oidc, caplog: pytest.LogCaptureFixture
) -> None:
    oidc.changes["issuer"] = "https://evil.example"
    assert (await Browser(serve(counter, **options(oidc))).fetch("login")).code == 502
    gone = {**options(oidc), "oauth_issuer": "http://127.0.0.1:1"}
    assert (await Browser(serve(counter, **gone)).fetch("login")).code == 502
    plain = {**options(oidc), "oauth_issuer": "http://idp.example"}
    assert (await Browser(serve(counter, **plain)).fetch("login")).code == 502
    assert "expected an https address" in caplog.text
    assert SECRET not in caplog.text


def test_what_is_missing_is_said_at_the_start(serve: Serve) -> None:
    with pytest.raises(BadAuth, match="--oauth-client-id"):
        serve(counter, oauth_issuer="https://idp.example")


async def test_the_address_to_come_back_to_may_be_given(serve: Serve, oidc: Oidc) -> None:
    auth = OAuth(oidc.issuer, CLIENT, SECRET, redirect_uri="https://apps.example/viz/auth/callback")
    url = await sent(Browser(serve(counter, auth=auth)))
    assert url.startswith("https://apps.example/viz/auth/callback?code=")
