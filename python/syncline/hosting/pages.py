"""The HTML pages, the same behind every front: relative URLs, a nonce, nothing inline but data."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from syncline.hosting.icons import icon_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from syncline.hosting.static import StaticFiles

PROTOCOL = 1
UNKNOWN = ("ui/Markdown@1", "ui/Mount@1")
"""What a document has most likely, where nobody knows yet what it has."""
MOST_FRAMES = 64
"""Pages that are kept but for what each session has of its own."""
_HOLE = "\0"


@dataclass(frozen=True)
class Page:
    """A response: its status, its headers, its HTML."""

    html: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """One line of the index."""

    url: str
    title: str


class Pages:
    """Renders pages around one build of the front end."""

    def __init__(self, static: StaticFiles) -> None:
        self._static = static

    def app(
        self,
        *,
        socket: str,
        token: str | None,
        title: str,
        static: str,
        mount: str | None = None,
        status: int = 200,
        scope: str = "shared",
        start_over: str | None = None,
        logout: str | None = None,
        place: str | None = None,
        documents: str | None = None,
        enter: str | None = None,
        types: Iterable[str] = UNKNOWN,
        theme: str = "auto",
        style: str | None = None,
        template: Template | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> Page:
        """Return the page of a document; the addresses are relative to the page's URL.

        `scope` says whose session it is; a POST to `start_over` ends that. At `logout` whoever
        looks at it logs out. By `place` pages whose browser has got a cookie meanwhile know each
        other. `documents` is the address of the websocket of another document, as which `{doc}`
        stands; without it those stand beside the page's own. A page with `enter` shows the token of
        its address's fragment there first, which lets it in.
        `types` are the document's model types: the browser fetches their views' code at once.
        `theme` is light, dark or auto; `style` is a style sheet behind ours; `template` extends or
        replaces our page, and gets `variables`.
        """
        data = {
            "ws": socket,
            "token": token,
            "title": title,
            "mount": mount,
            "scope": scope,
            "startOver": start_over,
            "logout": logout,
            "place": place,
            "docs": documents or f"{socket.removesuffix('ws')}docs/{{doc}}/ws",
            "enter": enter,
            "protocol": PROTOCOL,
        }
        about = self._static, static, frozenset(types), theme, style
        if template is None:
            before, between, behind = _frame(*about)
            html = f"{before}{escape(title)}{between}{safe_json(data)}{behind}"
            return Page(html, status, _headers(_nonce()))
        base = _templates().get_template("app.html")
        ours = {"base": base, "title": title, "data": safe_json(data), **_parts(*about)}
        return _page(template, status, **{**(variables or {}), **ours})

    def error(
        self,
        text: str,
        status: int = 500,
        error_id: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Page:
        """Return a page that says that something failed, never why."""
        page = _page("error.html", status, title="Sorry", text=text, error_id=error_id)
        return replace(page, headers={**page.headers, **headers})

    def changed(self) -> Page:
        """Return a page that says that a session is over because its app is another now."""
        return _page("changed.html", 409, title="This app has changed")

    def index(self, links: Sequence[Link], template: Path | None = None) -> Page:
        """Return the list of applications, with a template of one's own or with ours."""
        mine = template and author_templates(template.parent).get_template(template.name)
        return _page(mine or "index.html", 200, title="Syncline", links=links)

    def login(
        self, *, asks_user: bool = True, user: str = "", error: str | None = None, status: int = 200
    ) -> Page:
        """Return the form that asks for a name and a password, or for the token alone."""
        values = {"asks_user": asks_user, "user": user, "error": error}
        return _page("login.html", status, title="Log in", form="'self'", **values)

    def logout(self, *, asks: bool, elsewhere: str | None = None) -> Page:
        """Return the form that ends a login, or what is shown when there is none any more."""
        title = "Log out" if asks else "Logged out"
        return _page("logout.html", 200, title=title, form="'self'", asks=asks, elsewhere=elsewhere)

    def unknown(self, links: Sequence[Link]) -> Page:
        """Return the page for an application that is not there: it names those that are."""
        return _page("unknown.html", 404, title="Not found", links=links)


def safe_json(data: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = msgspec.json.encode(data).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - what could end the element is escaped


def policy(nonce: str, form: str = "'none'") -> str:
    """Return the Content-Security-Policy: everything from here, scripts only ours.

    Style attributes are allowed because sanitised cell outputs have them; style elements are not.
    `data:` is how icons that are part of the build are fetched, `blob:` how the view code that came
    with a document is run (SPEC 5.9): only our scripts can make such an address.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' blob:",
            f"style-src 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data:",
            "base-uri 'none'",
            f"form-action {form}",
            # Nobody is to click or type in a form without seeing where.
            "frame-ancestors 'self'" if form == "'none'" else "frame-ancestors 'none'",
        )
    )


def _page(template: str | Template, status: int, /, form: str = "'none'", **values: Any) -> Page:
    nonce = _nonce()
    html = _rendered(template, {**values, "nonce": nonce})
    return Page(html, status, _headers(nonce, form))


def _rendered(template: str | Template, values: Mapping[str, Any]) -> str:
    return _templates().get_template(template).render({**values, "icon": icon_url()})


@lru_cache(MOST_FRAMES)
def _frame(*about: Any) -> list[str]:
    """Return what our page has before, between and behind its title and its data.

    That is the same for all sessions whose documents have the same types.
    """
    holes = {"title": _HOLE, "data": _HOLE}
    return _rendered("app.html", {**_parts(*about), **holes}).split(_HOLE)


def _parts(
    files: StaticFiles, static: str, types: frozenset[str], theme: str, style: str | None
) -> dict[str, Any]:
    """Return what a document's page is made of, but for what each session has of its own."""
    manifest = files.manifest
    styles = [_under(static, name) for name in manifest.get("styles", ())]
    return {
        "script": _under(static, manifest.get("script")),
        "preloads": [_under(static, name) for name in _preloads(manifest, types)],
        "styles": [*styles, style] if style else styles,
        "theme": None if theme == "auto" else theme,
    }


def _nonce() -> str:
    return secrets.token_urlsafe(16)


def _headers(nonce: str, form: str = "'none'") -> dict[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(nonce, form),
        # A page holds a token: it is kept nowhere.
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def _preloads(manifest: Mapping[str, Any], types: frozenset[str]) -> list[str]:
    """Return the scripts that the views of types need, each once."""
    views = manifest.get("types", {})
    needed = [name for each in sorted(types) for name in views.get(each, ())]
    return list(dict.fromkeys(needed))


def _under(static: str, name: str | None) -> str | None:
    return f"{static}{name}" if name else None


@cache
def author_templates(folder: Path | None) -> Environment:
    """Return where an application's own templates are found; `{% extends base %}` is our page."""
    return Environment(
        loader=FileSystemLoader(folder or ()), autoescape=True, undefined=StrictUndefined
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("syncline.hosting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # They are part of the package: nobody edits them while a server runs.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
