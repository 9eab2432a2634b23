"""Signed names: the browser's cookie, and the token a page hands to its websocket.

A session id names and never grants (SPEC 3.1); only its signed forms do, each for one application
and one purpose.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from functools import lru_cache
from typing import Literal

import msgspec

from syncline.hosting.signing import BadData, Signed

SUBPROTOCOL = "syncline.v1"
TOKEN_HEADER = "X-Syncline-Token"
"""Where a page's other requests carry its token: neither in an address nor in a body."""
TOKEN_PREFIX = "syncline.t."
TOKEN_LIFETIME = 7 * 24 * 3600.0
"""Seconds; a session that lives longer, because it is looked at, still lets its pages back in."""
MOST_NAMES = 64

Role = Literal["edit", "view", "owner"]
"""An owner may do what the session's own code may. No page is given such a token."""


class PageToken(msgspec.Struct, frozen=True):
    """What a page may do."""

    app: str
    session: str
    place: str
    """Where its session is to be found: the same for all pages of it, and a key of the store."""
    user: str | None
    role: Role
    exp: float
    bearer: bool = False
    """Whoever has it is taken for its user: it was made for a page that does not know them."""

    @property
    def expired(self) -> bool:
        """Whether its time is over; what that means is for whoever knows the session to say."""
        return self.exp <= time.time()


class Tokens:
    """Signs and reads the names of one server; a new secret ends all of them."""

    def __init__(self, secret: str | bytes | None = None) -> None:
        key = secret or secrets.token_bytes(32)
        self._browsers = Signed(key, salt="syncline browser cookie")
        self._pages = Signed(key, salt="syncline page token")

    def cookie(self, app: str, browser: str) -> str:
        """Return the value of the cookie that knows a browser again."""
        return self._browsers.write([app, browser])

    def browser_of(self, cookie: str | None, app: str) -> str | None:
        """Return the browser a cookie names, or None when it is not ours for this application."""
        try:
            named, browser = self._browsers.read(cookie, tuple[str, str])
        except BadData:
            return None
        return browser if named == app else None

    def page(
        self,
        app: str,
        session: str,
        user: str | None = None,
        role: Role = "edit",
        *,
        place: str = "",
        bearer: bool = False,
    ) -> str:
        """Return the token of a page, good for `TOKEN_LIFETIME`."""
        until = round(time.time() + TOKEN_LIFETIME)
        token = PageToken(app, session, place, user, role, until, bearer)
        return self._pages.write(token)

    def read_page(self, token: str | None, app: str) -> PageToken | None:
        """Return what a page token names on this application, expired or not, else None."""
        try:
            read = self._pages.read(token, PageToken)
        except BadData:
            return None
        return read if read.app == app else None


@lru_cache(MOST_NAMES)
def cookie_name(app: str) -> str:
    """Return the name of the cookie by which an application knows a browser again."""
    return "syncline-browser-" + re.sub(r"[^A-Za-z0-9_.-]", "_", app)


def as_subprotocol(token: str) -> str:
    """Return a token as the second subprotocol a browser asks for."""
    return TOKEN_PREFIX + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def token_in(subprotocols: list[str]) -> str | None:
    """Return the token among the subprotocols a browser asked for."""
    coded = next((p[len(TOKEN_PREFIX) :] for p in subprotocols if p.startswith(TOKEN_PREFIX)), None)
    if coded is None:
        return None
    try:
        return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


def new_id() -> str:
    """Return an id that nobody can guess: of a session, or of a browser."""
    return secrets.token_urlsafe(16)


def place_of(app: str, whose: str) -> str:
    """Return where the session of an application is that belongs to somebody, or to a tab."""
    named = hashlib.sha256(f"{app}\0{whose}".encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(named).decode().rstrip("=")
