"""Servers that let in people who have not said who they are, and who may do so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from syncline.hosting.auth import Identity
from syncline.hosting.auth import users as module
from syncline.hosting.auth.basic import BasicAuth
from syncline.hosting.auth.users import write_user
from tests.server.browsing import Browser
from tests.server.test_session import counter

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.server import Server
    from tests.server.conftest import Serve

PASSWORD = "correct horse battery"


class Guests(BasicAuth):
    """Users may log in, and nobody has to."""

    required = False


@pytest.fixture(params=["tornado", "asgi"])
def front(request: pytest.FixtureRequest) -> str:
    """Try each front."""
    return str(request.param)


@pytest.fixture
def auth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guests:
    monkeypatch.setattr(module, "_hasher", PasswordHasher(1, 8, 1))
    path = tmp_path / "users.txt"
    write_user(path, "alice", PASSWORD)
    return Guests(path)


@pytest.fixture
def server(serve: Serve, auth: Guests) -> Server:
    return serve({"counter": counter, "other": counter}, auth=auth, admins=["alice"])


async def log_in(browser: Browser) -> None:
    response = await browser.send_form("login", {"user": "alice", "secret": PASSWORD})
    assert response.code == 303


async def test_a_guest_has_sessions_of_their_browser(server: Server) -> None:
    guest, another = Browser(server), Browser(server)
    data = await guest.page("counter")
    await (await guest.connect(data["ws"], data["token"])).greet()
    await guest.page("counter")
    await another.page("counter")
    assert [session.context.user for session in server.site.sessions] == [None, None]
    assert data["logout"] is None
    assert (await guest.fetch("admin", Accept="text/html")).code == 303
    assert (await guest.fetch("metrics")).code in (401, 403)


async def test_a_guest_who_logs_in_has_the_users_sessions_and_then_again_their_own(
    server: Server,
) -> None:
    browser = Browser(server)
    before = await browser.page("counter")
    await log_in(browser)
    known = await browser.page("counter")
    assert known["logout"] == "logout"
    assert [session.context.user for session in server.site.sessions] == [None, "alice"]
    # The page of the guest's session is that of somebody else now.
    assert await (await browser.connect(before["ws"], before["token"])).closed() == 4401
    await (await browser.connect(known["ws"], known["token"])).greet()
    await browser.send_form("logout", {})
    assert await (await browser.connect(known["ws"], known["token"])).closed() == 4401
    await (await browser.connect(before["ws"], before["token"])).greet()
    await browser.page("counter")
    assert len(server.site.sessions) == 2


async def test_a_guest_with_a_users_token_has_no_socket(server: Server) -> None:
    alice = Browser(server)
    await log_in(alice)
    data = await alice.page("counter")
    assert await (await Browser(server).connect(data["ws"], data["token"])).closed() == 4401


async def test_a_guest_who_may_not_use_an_app_may_say_who_they_are(
    serve: Serve, auth: Guests
) -> None:
    def authorize(identity: Identity | None, app: str) -> bool | str:
        return identity is not None if app == "other" else "view"

    server = serve({"counter": counter, "other": counter}, auth=auth, authorize=authorize)
    browser = Browser(server)
    assert (await browser.fetch("counter")).code == 200
    assert (await browser.fetch("other")).code == 403
    page = await browser.fetch("other", Accept="text/html")
    assert (page.code, page.headers["Location"]) == (303, "./login?next=other")
    await log_in(browser)
    assert (await browser.fetch("other", Accept="text/html")).code == 200


async def test_who_is_nobody_and_cannot_be_somebody_is_refused(serve: Serve) -> None:
    server = serve(counter, authorize=lambda identity, app: False)
    assert (await Browser(server).fetch("counter", Accept="text/html")).code == 403
