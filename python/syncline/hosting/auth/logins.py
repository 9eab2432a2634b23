"""Who a browser belongs to, in a signed cookie: it is made at a login and ends at a logout."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.reply import Cookie
from syncline.hosting.signing import BadData, Signed
from syncline.hosting.tokens import TOKEN_LIFETIME

if TYPE_CHECKING:
    from syncline.hosting.auth.request import AuthRequest

LOGIN_TTL = 24 * 3600.0
"""Seconds from a login to its end, however much is done meanwhile."""
MOST_ENDED = 100_000
"""Logins that were ended and not yet expired; the oldest are forgotten first."""
LONGEST = 3800
"""Bytes of a cookie's value that every browser keeps."""
NAME = "syncline-login"

_log = logging.getLogger("syncline.hosting")


class Login(msgspec.Struct, frozen=True):
    """One browser's login."""

    id: str
    user: str | None
    name: str
    claims: dict[str, Any]
    stamp: str
    """What it depends on, such as a password: with another one it is over."""
    exp: float

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return Identity(self.user, self.name, self.claims)


class Logins:
    """Signs and reads the login cookies of one server; a new secret ends all logins.

    An expired cookie is kept by the browser for a while: it still says whose an open page is, which
    is all its websocket needs to come back.
    """

    def __init__(
        self, secret: str | bytes, ttl: float = LOGIN_TTL, cookie_path: str | None = None
    ) -> None:
        self.ttl = ttl
        self._path = cookie_path
        self._signer = Signed(secret, salt="syncline login cookie")
        self._ended: dict[str, float] = {}

    def begin(
        self, identity: Identity, stamp: str, request: AuthRequest, folder: str | None = None
    ) -> Cookie:
        """Return the cookie of a new login, for all below a folder: else that of the request."""
        login = Login(
            secrets.token_urlsafe(12),
            identity.user,
            identity.name,
            dict(identity.claims),
            fingerprint(stamp),
            round(time.time() + self.ttl),
        )
        value = self._signed(login)
        if len(value) > LONGEST:
            _log.warning("the claims of %s do not fit into a cookie: left out", identity.user)
            value = self._signed(msgspec.structs.replace(login, claims={}))
        return self._cookie(request, value, round(self.ttl + TOKEN_LIFETIME), folder)

    def read(self, request: AuthRequest, *, stale: bool = False) -> Login | None:
        """Return the login of a request; with `stale` an expired one, too."""
        given = request.cookies.get(self._name(request))
        try:
            login = self._signer.read(given, Login)
        except BadData:
            return None
        expired = login.exp <= time.time() and not stale
        return None if expired or login.id in self._ended else login

    def end(self, login: Login) -> None:
        """End a login before its time: its cookie, wherever it was copied to, is worth nothing."""
        now = time.time()
        if len(self._ended) >= MOST_ENDED:
            self._ended = {id: until for id, until in self._ended.items() if until > now}
        if len(self._ended) >= MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        self._ended[login.id] = login.exp + TOKEN_LIFETIME

    def forget(self, request: AuthRequest) -> Cookie:
        """Return what makes the browser forget its login."""
        return self._cookie(request, "", 0)

    def _signed(self, login: Login) -> str:
        return self._signer.write(login)

    def _cookie(
        self, request: AuthRequest, value: str, max_age: int, folder: str | None = None
    ) -> Cookie:
        secure = request.scheme == "https"
        return Cookie(self._name(request), value, max_age, secure, self._path or folder)

    def _name(self, request: AuthRequest) -> str:
        """Return the cookie's name: of a prefixed one the browser checks how it was set."""
        if request.scheme != "https":
            return NAME
        return f"__Host-{NAME}" if self._path == "/" else f"__Secure-{NAME}"


def fingerprint(stamp: str) -> str:
    """Return what tells one stamp from another and says nothing of it."""
    return hashlib.sha256(f"syncline login {stamp}".encode()).hexdigest()[:16]


def same(one: str, other: str) -> bool:
    """Compare two texts in a time that says nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
