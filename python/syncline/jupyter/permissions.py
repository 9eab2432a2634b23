"""The one table that says who may call which route of the extension.

`guard.Guarded` checks a call against its row before the handler's own code runs; a route without
a row cannot be made, and a test tries every row with all that it does not allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["read", "execute"]


@dataclass(frozen=True, slots=True)
class Row:
    """One route below `<base>/syncline/`; a signed-in user of this server's own pages may call."""

    name: str
    pattern: str
    """A regular expression of the path."""
    methods: tuple[str, ...]
    action: Action
    """What jupyter_server's Authorizer has to allow on the resource `syncline`."""
    websocket: bool = False
    for_people: bool = False
    """An anonymous visitor is sent to the login form instead of getting a 403."""
    page_files: bool = False
    """Pages load their scripts, styles and fonts from here, which carry no XSRF token."""
    page_token: bool = False
    """A page's own token grants it, which no other page has: that stands for the XSRF token."""
    shares: bool = False
    """There only where links may be handed out (`Syncline.share_links`)."""
    by_link: bool = False
    """A link to the document grants it: nobody needs to be signed in, except under a JupyterHub."""


KERNEL = r"(?P<kernel>[\w-]{1,64})"
DOC = r"(?P<doc>[\w-]{1,64})"
ID = r"(?P<id>[\w-]{1,64})"
OTHER = r"(?P<other>[\w-]{1,64})"
SHARED = f"shared/{KERNEL}/{DOC}"
APP = r"apps/(?P<path>.+\.(?:ipynb|py))"
NAME = r"proxy/(?P<name>[\w.-]{1,64})"

_GET = ("GET",)
_READ = ("GET", "HEAD")
_ALL = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _by_link(name: str, pattern: str, methods: tuple[str, ...] = _GET, **options: bool) -> Row:
    return Row(name, pattern, methods, "read", shares=True, by_link=True, **options)


# In the order they are tried: a socket before the page whose pattern would also match its path.
ROWS: tuple[Row, ...] = (
    Row("status", "api/status", _GET, "read"),
    Row("documents", "api/documents", _GET, "read"),
    Row("document", f"api/documents/{KERNEL}/{DOC}", ("DELETE",), "execute"),
    Row("session", f"api/sessions/{ID}", ("DELETE",), "execute"),
    Row("links", "api/links", ("GET", "POST"), "execute", shares=True),
    Row("link", f"api/links/{ID}", ("DELETE",), "execute", shares=True),
    Row("static", "static/(?P<name>.+)", _READ, "read", page_files=True),
    # Reading is enough to look; attach asks once more before it lets a page change anything.
    Row("attach", f"attach/{KERNEL}/{DOC}", _GET, "read", websocket=True),
    Row("doc-page", f"doc/{KERNEL}/{DOC}", _GET, "read", for_people=True),
    _by_link("shared-static", "shared/static/(?P<name>.+)", _READ, page_files=True),
    _by_link("shared-document", f"{SHARED}/docs/{OTHER}/ws", websocket=True),
    _by_link("shared-socket", f"{SHARED}/ws", websocket=True),
    _by_link("shared-enter", f"{SHARED}/enter", ("POST",), page_token=True),
    _by_link("shared-page", SHARED, for_people=True),
    Row("app-document", f"{APP}/docs/{DOC}/ws", _GET, "execute", websocket=True),
    Row("app-socket", f"{APP}/ws", _GET, "execute", websocket=True),
    Row("app-start-over", f"{APP}/start-over", ("POST",), "execute", page_token=True),
    Row("app-page", APP, _GET, "execute", for_people=True),
    Row("proxy-socket", f"{NAME}/.*", _GET, "execute", websocket=True),
    Row("proxy", f"{NAME}(?:/.*)?", _ALL, "execute", for_people=True, page_files=True),
)
