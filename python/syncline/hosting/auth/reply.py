"""What is answered on the way in and out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from syncline.hosting.pages import Page
from syncline.hosting.tokens import cookie_name

if TYPE_CHECKING:
    from syncline.hosting.auth.identity import Identity

_PLAIN = re.compile(r"[!-~]*")
LONGEST = 2000


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; with `max_age` 0, to forget; without, until the browser is closed."""

    name: str
    value: str
    max_age: int | None
    secure: bool
    path: str | None = None
    """None is the folder of the request, whatever prefix a proxy has taken off."""

    @property
    def header(self) -> str:
        """The value of a `Set-Cookie`. Only links of other sites bring it along, and no script."""
        age = [] if self.max_age is None else [f"Max-Age={self.max_age}"]
        parts = [f"{self.name}={self.value}", *age, "HttpOnly", "SameSite=Lax"]
        parts += [f"Path={self.path}"] if self.path else []
        parts += ["Secure"] if self.secure else []
        return "; ".join(parts)


def browser_cookie(app: str, value: str, scheme: str) -> Cookie:
    """Return the cookie by which an application knows a browser again."""
    return Cookie(cookie_name(app), value, None, scheme == "https")


@dataclass(frozen=True)
class Reply:
    """A page with cookies."""

    page: Page
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True)
class Welcome:
    """Somebody has said who they are, and is to be sent on."""

    identity: Identity
    next: str = ""
    cookies: tuple[Cookie, ...] = ()
    folder: str | None = None
    """Where the browser sees the server, where the request is not just below."""


@dataclass(frozen=True)
class Form:
    """The login page is to be shown, perhaps with what went wrong."""

    error: str | None = None
    status: int = 200
    user: str = ""
    """What was given as the name."""
    retry: float = 0.0
    """Seconds after which it may be tried again."""


@dataclass(frozen=True)
class Away:
    """The browser is to go elsewhere: an address, complete or relative to the request."""

    url: str
    cookies: tuple[Cookie, ...] = ()


def safe_next(given: str | None) -> str:
    """Return an address of this server, from where it is mounted; the index for any other.

    What is given comes from a link that anybody can have written.
    """
    if given is None or not _PLAIN.fullmatch(given) or len(given) > LONGEST:
        return ""
    path = unquote(given.partition("?")[0].partition("#")[0])
    odd = path.startswith("/") or "\\" in path or "//" in path or not path.isprintable()
    return "" if odd or {".", ".."} & set(path.split("/")) else given


def redirect(url: str) -> Page:
    """Return the response that sends the browser on with a GET."""
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return Page("", 303, headers)
