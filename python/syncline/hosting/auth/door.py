"""Who comes in, decided before any view runs: behind every front, whatever the provider."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from syncline.hosting.auth.hooks import call
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.logins import LOGIN_TTL, Logins, fingerprint, same
from syncline.hosting.auth.reply import Away, Form, Reply, Welcome, redirect, safe_next
from syncline.hosting.gate import Denied
from syncline.hosting.permissions import Row, Who
from syncline.hosting.rates import Rate, network_of, retry_after

if TYPE_CHECKING:
    from syncline.hosting.auth.base import Auth, Handler, Outcome
    from syncline.hosting.auth.logins import Login
    from syncline.hosting.auth.reply import Cookie
    from syncline.hosting.auth.request import AuthRequest
    from syncline.hosting.gate import Gate
    from syncline.hosting.pages import Page, Pages
    from syncline.hosting.tokens import Role

Answer = bool | str
Authorize = Callable[[Identity | None, str], Answer | Awaitable[Answer]]
"""Says whether somebody may use an app: no, yes, or as what: `"edit"` or `"view"`."""
LOGIN_RATE = 10
"""Failed attempts a minute, of one client."""
GUESSES_PER_MINUTE, GUESSES = 2, 100
"""Failed attempts with one name, of whatever client."""
LOG_IN = "Log in first."

_log = logging.getLogger("syncline.hosting")


class Turned(Exception):
    """A request is answered at the door."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.page.status)


@dataclass(frozen=True)
class Entry:
    """Somebody who came in."""

    identity: Identity | None = None
    role: Role | None = "edit"
    """What they may do in the application; None is nothing, for a websocket to be told."""
    login: str | None = None
    """The login they came by."""

    @property
    def user(self) -> str | None:
        """Whose sessions they find."""
        return None if self.identity is None else self.identity.user

    @property
    def claims(self) -> Mapping[str, Any]:
        """What is known of them besides."""
        return {} if self.identity is None else self.identity.claims


class Door:
    """Lets in the people of one site."""

    def __init__(
        self,
        auth: Auth,
        gate: Gate,
        pages: Pages,
        secret: str | bytes,
        *,
        authorize: Authorize | None = None,
        login_ttl: float = LOGIN_TTL,
        login_rate: float = LOGIN_RATE,
        cookie_path: str | None = None,
        on_logout: Callable[[str], None] = lambda login: None,
        was_handed: Callable[[AuthRequest, str], bool] = lambda request, app: False,
    ) -> None:
        self.auth = auth
        self.logins = Logins(secret, login_ttl, cookie_path)
        self._gate = gate
        self._pages = pages
        self._authorize = authorize
        self._attempts = Rate(login_rate)
        self._guesses = Rate(GUESSES_PER_MINUTE, GUESSES)
        self._on_logout = on_logout
        self.was_handed = was_handed
        """Whether a request has a token of an application's session that its code has handed on."""
        auth.key(secret)

    @property
    def is_closed(self) -> bool:
        """Whether not everybody may know what applications there are."""
        return self.auth.required or self._authorize is not None

    async def enter(
        self, row: Row, request: AuthRequest, app: str | None, user: str | None = None
    ) -> Entry:
        """Return who comes in, and as what; raise `Denied` or `Turned` for who does not.

        `user` is who it is, where the front knows.
        """
        if row.who is Who.ANYONE:
            return Entry()
        if row.who is Who.VISITOR:
            self._take_secret(request)
        said = user or self._gate.user(request.headers)
        if said is None:
            entry = await self._entry(request, stale=row.who is Who.SESSION)
        else:
            entry = Entry(Identity(said, said))
        if row.who in (Who.ADMIN, Who.METRICS):
            return self._closed(row, request, entry)
        if app is None and row.who is Who.SESSION:
            # Not of an application: the page's token, bound to its user, says it all.
            return entry
        if row.websocket and app is not None and self.was_handed(request, app):
            # Whoever has it was let in by the application's own code: the token says what for.
            return entry
        if entry.identity is None and self.auth.required:
            return self._stranger(row, request)
        role = "edit" if app is None else await self._role(entry.identity, app)
        if role is None and not row.websocket:
            self._turn_away(request, entry, app)
        return replace(entry, role=role)

    def way_out(self, entry: Entry) -> str | None:
        """Return where somebody who came in logs out, if there is a login to end."""
        url = self.auth.logout_url()
        if url == "logout" and "logout" not in self.auth.routes:
            # Our own page ends the logins that began here.
            return url if entry.login is not None else None
        return url if entry.identity is not None else None

    async def may_use(self, entry: Entry, apps: Iterable[str]) -> list[str]:
        """Return those of the applications that somebody may use."""
        if entry.identity is None and self.auth.required:
            return []
        return [app for app in apps if await self._role(entry.identity, app) is not None]

    async def answer(self, route: str, request: AuthRequest) -> Reply:
        """Answer a route of the provider. Raises `Denied`."""
        if request.method == "POST" and "Origin" not in request.headers:
            # Every browser sends it with a form.
            raise Denied(403, "a form without an origin")
        handler = self._handler(route)
        if route == "logout":
            return self._reply(request, await handler(request))
        if request.method != "POST":
            return self._reply(request, await self._unless_known(route, handler, request))
        return self._reply(request, await self._attempt(handler, request))

    async def _entry(self, request: AuthRequest, *, stale: bool = False) -> Entry:
        login = self._login(request, stale=stale)
        if login is not None:
            return Entry(login.identity, login=login.id)
        return Entry(await self.auth.identify(request))

    def _login(self, request: AuthRequest, *, stale: bool = False) -> Login | None:
        login = self.logins.read(request, stale=stale)
        if login is None:
            return None
        stamp = self.auth.stamp(login.user)
        lasts = stamp is not None and same(fingerprint(stamp), login.stamp)
        return login if lasts else None

    def _closed(self, row: Row, request: AuthRequest, entry: Entry) -> Entry:
        try:
            self._gate.admit(row, request.headers, entry.user)
        except Denied:
            if entry.identity is None and self._gate.admins and request.wants_page:
                self._send_to_login(request)
            raise
        return entry

    def _turn_away(self, request: AuthRequest, entry: Entry, app: str | None) -> NoReturn:
        if entry.identity is None and request.wants_page:
            # As somebody they may be welcome.
            self._send_to_login(request)
        raise Denied(403, f"{entry.user or 'somebody'} may not use {app}")

    def _stranger(self, row: Row, request: AuthRequest) -> Entry:
        if row.websocket:
            return Entry(role=None)
        if request.wants_page:
            self._send_to_login(request)
        raise Denied(401, headers={"WWW-Authenticate": "Bearer"}, told=LOG_IN)

    def _send_to_login(self, request: AuthRequest) -> None:
        url = self.auth.login_url(request.target(self.auth.hidden))
        if url is not None:
            raise Turned(Reply(redirect(_from_here(request, url))))

    def _take_secret(self, request: AuthRequest) -> None:
        """Exchange a secret in the address for a cookie, so that it stands there no longer."""
        hidden = self.auth.hidden
        if hidden is None or hidden not in request.arguments or "/" in request.path:
            return
        client = network_of(request.address)
        if request.method != "GET" or self._attempts.wait(client) > 0:
            return
        identity = self.auth.of_address(request)
        if identity is None:
            self._attempts.spend(client)
        cookies = () if identity is None else (self._begin(identity, request),)
        raise Turned(Reply(redirect(_from_here(request, request.target(hidden))), cookies))

    async def _role(self, identity: Identity | None, app: str) -> Role | None:
        if self._authorize is None:
            return "edit"
        found = await call(self._authorize, identity, app)
        if found is True or found == "edit":
            return "edit"
        if found == "view":
            return "view"
        if found in (False, None):
            return None
        raise TypeError(f"authorize returns a bool, 'edit' or 'view', not {found!r}")

    def _handler(self, route: str) -> Handler:
        routes = self.auth.routes
        handler = routes.get(route)
        if handler is None and route == "logout" and "login" in routes:
            return self._logout
        if handler is None:
            raise Denied(404)
        return handler

    async def _unless_known(self, route: str, handler: Handler, request: AuthRequest) -> Outcome:
        if route == "login" and self._login(request) is not None:
            return Away(request.base + safe_next(request.arguments.get("next")))
        return await handler(request)

    async def _attempt(self, handler: Handler, request: AuthRequest) -> Outcome:
        """Let somebody try to log in, if they have not failed too often."""
        client, name = network_of(request.address), request.form.get("user")
        wait = max(self._attempts.wait(client), self._guesses.wait(name))
        if wait > 0:
            return Form("Too many attempts. Try again later.", 429, retry=wait)
        # Counted before, so that many at a time are many.
        for rate, key in ((self._attempts, client), (self._guesses, name)):
            rate.spend(key)
        outcome = await handler(request)
        if isinstance(outcome, Form):
            _log.warning("a login failed, from %s", request.address)
        else:
            for rate, key in ((self._attempts, client), (self._guesses, name)):
                rate.give_back(key)
        return outcome

    async def _logout(self, request: AuthRequest) -> Outcome:
        """Ask whether to log out, then do it: a link alone ends nothing."""
        login = self._login(request, stale=True)
        if request.method != "POST":
            return Reply(self._pages.logout(asks=login is not None))
        if login is not None:
            self.logins.end(login)
            self._on_logout(login.id)
        elsewhere = self.auth.elsewhere()
        page = self._pages.logout(asks=False, elsewhere=elsewhere)
        return Reply(page, (self.logins.forget(request),))

    def _reply(self, request: AuthRequest, outcome: Outcome) -> Reply:
        match outcome:
            case Welcome(identity, next, cookies, folder):
                begun = self._begin(identity, request, folder)
                return Reply(redirect(request.base + safe_next(next)), (begun, *cookies))
            case Away(url, cookies):
                return Reply(redirect(url), cookies)
            case Form():
                return Reply(self._form(outcome))
            case _:
                return outcome

    def _begin(self, identity: Identity, request: AuthRequest, folder: str | None = None) -> Cookie:
        stamp = self.auth.stamp(identity.user) or ""
        return self.logins.begin(identity, stamp, request, folder)

    def _form(self, form: Form) -> Page:
        page = self._pages.login(
            asks_user=self.auth.asks_user, user=form.user, error=form.error, status=form.status
        )
        again = retry_after(form.retry) if form.retry else {}
        return replace(page, headers={**page.headers, **again})


def _from_here(request: AuthRequest, url: str) -> str:
    """Return an address from where the server is mounted as one from the request."""
    return url if "://" in url or url.startswith("/") else request.base + url
