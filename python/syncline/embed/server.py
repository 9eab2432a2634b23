"""The HTML that shows a served app in a page of another site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Literal, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

Theme = Literal["light", "dark"]
Arguments = Mapping[str, str | Sequence[str]]


class HasToken(Protocol):
    """A document of a client, whose token lets others into the same session."""

    @property
    def token(self) -> str | None:
        """The token."""


def server_document(
    url: str,
    *,
    arguments: Arguments | None = None,
    relative_urls: bool = False,
    theme: Theme | None = None,
    nonce: str | None = None,
) -> str:
    """Return the script element that shows an app, in a session of the visitor's own.

    `url` is that of the app's page; its server has to allow the origin of the page that the element
    is for. `arguments` are what the app finds in `session_context.request.arguments`. With
    `relative_urls` the scheme and the host are left out: for pages behind the same proxy. `theme`
    is that of the page, light or dark as it is shown, unless given here. `nonce` is that of the
    page's Content-Security-Policy.

    Raises ValueError for what is no address of an app.
    """
    return _script(_address(url, arguments or {}, relative=relative_urls), theme, nonce)


def server_session(
    session: str | HasToken,
    url: str,
    *,
    relative_urls: bool = False,
    theme: Theme | None = None,
    nonce: str | None = None,
) -> str:
    """Return the script element that shows a live session of an app.

    `session` is a token of it, made by `session_context.token()` in the app, or a document of
    `syncline.client`. Whoever sees the element gets in: give it to nobody else, and keep the page
    that has it out of caches. The rest is as in `server_document`.
    """
    token = session if isinstance(session, str) else session.token
    if not token:
        raise ValueError("the document has no token: it was not got from a session server")
    return _script(_address(url, {}, relative=relative_urls), theme, nonce, token)


def _address(url: str, arguments: Arguments, *, relative: bool) -> str:
    scheme, host, path, query, _ = urlsplit(url)
    if scheme not in ("http", "https", "") or (scheme and not host) or not path.strip("/"):
        raise ValueError(f"expected the URL of an app, such as https://host/app, got {url!r}")
    more = urlencode(arguments, doseq=True)
    query = "&".join(filter(None, (query, more)))
    path = f"{path.rstrip('/')}/autoload.js"
    return urlunsplit(("", "", path, query, "") if relative else (scheme, host, path, query, ""))


def _script(source: str, theme: Theme | None, nonce: str | None, token: str | None = None) -> str:
    # A page of another site has no cookie here; with this attribute it says where it is from.
    attributes = {
        "src": source,
        "crossorigin": "anonymous",
        "data-theme": theme,
        "data-token": token,
        "nonce": nonce,
    }
    given = "".join(
        f' {name}="{escape(value)}"' for name, value in attributes.items() if value is not None
    )
    return f"<script async{given}></script>"
