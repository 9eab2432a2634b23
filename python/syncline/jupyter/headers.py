"""What passes between a browser and a proxied app, and what must not.

The app shares an origin with Jupyter, so the browser sends it Jupyter's cookies and tokens; they
are dropped here.  An allow-list decides for cookies, both ways.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus, urlsplit

from tornado.httputil import HTTPHeaders

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

COOKIE_PREFIX = "syncline-browser-"
SECRET_HEADER = "X-Syncline-Secret"
CREDENTIAL_ARGUMENTS = frozenset({"token", "_xsrf"})

HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " transfer-encoding upgrade".split()
)
# Origin and Sec-Fetch-* were judged at the door; behind it they name a host the app is not.
_KEPT_FROM_APP = frozenset(
    "host authorization cookie x-xsrftoken origin referer forwarded expect".split()
)
_KEPT_FROM_APP_PREFIXES = ("sec-websocket-", "sec-fetch-", "x-forwarded-", "x-syncline-", "x-real-")
# What an app must not decide for the whole origin.
_KEPT_FROM_BROWSER = frozenset(
    "set-cookie location service-worker-allowed clear-site-data strict-transport-security"
    " date server".split()
)


def to_app(request: HTTPServerRequest, prefix: str, secret: str, user: str) -> HTTPHeaders:
    """Return the headers of a browser's request as the app may see them."""
    headers = HTTPHeaders()
    dropped = HOP_BY_HOP | _KEPT_FROM_APP | _named_hops(request.headers)
    for name, value in request.headers.get_all():
        lower = name.lower()
        if lower not in dropped and not lower.startswith(_KEPT_FROM_APP_PREFIXES):
            headers.add(name, value)
    cookies = app_cookies(request.headers.get_list("Cookie"))
    if cookies:
        headers["Cookie"] = cookies
    headers["Host"] = "localhost"
    headers["X-Forwarded-Host"] = request.headers.get("Host", "")
    headers["X-Forwarded-Proto"] = request.protocol
    headers["X-Forwarded-For"] = request.remote_ip or ""
    headers["X-Forwarded-Prefix"] = prefix
    headers["X-Syncline-User"] = quote(user)
    headers[SECRET_HEADER] = secret
    return headers


def to_browser(headers: HTTPHeaders, prefix: str) -> list[tuple[str, str]]:
    """Return an app's response headers as the browser may see them."""
    dropped = HOP_BY_HOP | _KEPT_FROM_BROWSER | _named_hops(headers)
    passed = [
        (name, value)
        for name, value in headers.get_all()
        if name.lower() not in dropped and not name.lower().startswith("access-control-")
    ]
    for value in headers.get_list("Set-Cookie"):
        passed += [("Set-Cookie", cookie) for cookie in moved_cookies(value, prefix)]
    if "Location" in headers:
        passed.append(("Location", moved_location(headers["Location"], prefix)))
    return passed


def app_cookies(values: list[str]) -> str:
    """Return the app's own cookies out of `Cookie` headers."""
    pairs = (pair.strip() for value in values for pair in value.split(";"))
    return "; ".join(pair for pair in pairs if pair.startswith(COOKIE_PREFIX))


def moved_cookies(value: str, prefix: str) -> list[str]:
    """Return a `Set-Cookie` value with its path under the prefix; nothing but session cookies."""
    try:
        cookies = SimpleCookie(value)
    except CookieError:
        return []
    moved = []
    for name, morsel in cookies.items():
        if name.startswith(COOKIE_PREFIX):
            morsel["path"] = moved_path(morsel["path"] or "/", prefix)
            morsel["domain"] = ""
            moved.append(morsel.OutputString())
    return moved


def moved_location(location: str, prefix: str) -> str:
    """Return a redirect target; those on the app's own host move under the prefix."""
    parts = urlsplit(location)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return location
    return parts._replace(scheme="", netloc="", path=moved_path(parts.path, prefix)).geturl()


def moved_path(path: str, prefix: str) -> str:
    """Return an app's absolute path under the prefix, once."""
    if path == prefix or path.startswith(prefix + "/"):
        return path
    return prefix + "/" + path.lstrip("/")


def app_query(query: str) -> str:
    """Return a query string without the arguments that are credentials of Jupyter."""
    kept = (part for part in query.split("&") if part)
    return "&".join(part for part in kept if _argument(part) not in CREDENTIAL_ARGUMENTS)


def _argument(part: str) -> str:
    # Jupyter takes the credential under any spelling of its name.
    return unquote_plus(part.partition("=")[0])


def _named_hops(headers: HTTPHeaders) -> frozenset[str]:
    named = headers.get("Connection", "").split(",")
    return frozenset(name.strip().lower() for name in named if name.strip())
