"""The one table that says who may call which route. Everything not in it is refused.

A front builds its routes from these rows and checks each call against its row before any other
code runs.  A pattern is relative to where the front is mounted.  (The jupyter-server extension has
a table of its own, in the terms of jupyter_server's Authorizer.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    """Nothing is shown that belongs to a session."""
    VISITOR = "visitor"
    """Whoever is let in: the call may find or make the caller's own session."""
    ADMIN = "admin"
    """Somebody named as an administrator, or the bearer of the administrators' token."""
    METRICS = "metrics"
    """An administrator, or the bearer of the token for metrics."""
    SESSION = "session"
    """The bearer of a page token of a live session of this very application."""


class OriginRule(Enum):
    """Which pages may cause the call."""

    ANY = "any"
    OWN = "own"
    """The server's own pages and those of the exact allow list."""


@dataclass(frozen=True)
class Row:
    """One route."""

    name: str
    pattern: str
    """`{name}` stands for one segment, `{name*}` for several."""
    methods: tuple[str, ...]
    who: Who
    origin: OriginRule
    websocket: bool = False
    shared: bool = False
    """Who may cause the call from a page may read the answer there, too (CORS)."""
    json: bool = False
    """It is for programs: a refusal is told as JSON, not as a page."""


_READ = ("GET", "HEAD")
_GET = ("GET",)
_FORM = ("GET", "HEAD", "POST")
_OWN, _ANY = OriginRule.OWN, OriginRule.ANY

ROUTES: tuple[Row, ...] = (
    Row("index", "", _READ, Who.VISITOR, _OWN),
    Row("admin_socket", "admin/ws", _GET, Who.SESSION, _OWN, websocket=True),
    Row("socket", "{app}/ws", _GET, Who.SESSION, _OWN, websocket=True),
    Row("favicon", "favicon.ico", _READ, Who.ANYONE, _ANY),
    Row("health", "healthz", _READ, Who.ANYONE, _ANY),
    Row("ready", "readyz", _READ, Who.ANYONE, _ANY),
    Row("admin", "admin", _READ, Who.ADMIN, _OWN),
    Row("metrics", "metrics", _READ, Who.METRICS, _OWN),
    Row("login", "login", _FORM, Who.ANYONE, _OWN),
    Row("logout", "logout", _FORM, Who.ANYONE, _OWN),
    Row("callback", "auth/callback", _GET, Who.ANYONE, _OWN),
    Row("static", "static/{name*}", _READ, Who.ANYONE, _ANY, shared=True),
    Row("page", "{app}", _READ, Who.VISITOR, _OWN),
    Row("ticket", "{app}/ticket", _READ, Who.VISITOR, _OWN, shared=True, json=True),
    Row("autoload", "{app}/autoload.js", _READ, Who.ANYONE, _OWN, shared=True),
    Row("metadata", "{app}/metadata", _READ, Who.VISITOR, _OWN),
    Row("app static", "{app}/static/{name*}", _READ, Who.VISITOR, _OWN, shared=True),
    Row("start-over", "{app}/start-over", ("POST",), Who.SESSION, _OWN),
    Row("document", "{app}/docs/{doc}/ws", _GET, Who.SESSION, _OWN, websocket=True),
)


def routes() -> dict[str, Row]:
    """Return the rows by name, in the order they are to be tried."""
    return {row.name: row for row in ROUTES}


def expression(row: Row) -> str:
    """Return the regular expression of a row's pattern, one named group for each variable."""
    return "".join(_segment(part) for part in _parts(row.pattern))


def _parts(pattern: str) -> list[str]:
    return [part for part in pattern.replace("{", "\0{").replace("}", "}\0").split("\0") if part]


def _segment(part: str) -> str:
    if not part.startswith("{"):
        return part.replace(".", r"\.")
    name = part.strip("{}")
    return f"(?P<{name[:-1]}>.+?)" if name.endswith("*") else f"(?P<{name}>[^/]+)"
