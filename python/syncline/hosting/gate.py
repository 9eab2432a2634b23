"""Whether a request may come in: decided by its row before any view runs, behind every front."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING
from urllib.parse import unquote

from syncline.apps.names import several
from syncline.hosting.origins import is_foreign_part
from syncline.hosting.permissions import OriginRule, Who

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syncline.hosting.origins import Origins
    from syncline.hosting.permissions import Row

CHALLENGE = 'Basic realm="Syncline", charset="UTF-8"'
"""Makes a browser ask; the token is the password, whatever the name."""
SECRET_HEADER = "X-Syncline-Secret"
USER_HEADER = "X-Syncline-User"
TOLD = {
    401: "This is for administrators.",
    403: "This is not allowed.",
    429: "This is too much at a time. Try again soon.",
    503: "This server is full. Try again later.",
}
"""What the visitor reads, by status."""


class Denied(Exception):
    """A request is not answered.

    The status, a word for the log, the headers to go with it, and what the visitor is told.
    """

    def __init__(
        self,
        status: int,
        text: str = "",
        headers: Mapping[str, str] | None = None,
        told: str = "",
    ) -> None:
        self.status = status
        self.text = text
        self.headers = headers or {}
        self.told = told or TOLD.get(status, "The request was not understood.")
        super().__init__(status, text)


class Gate:
    """Checks the requests of one site.

    With `proxy_secret` only the proxy that knows it is answered; it has judged Host and Origin, and
    it says who the user is. `Mapping`s of headers find a name in whatever case.
    """

    def __init__(
        self,
        origins: Origins,
        *,
        proxy_secret: str | None = None,
        admins: str | Iterable[str] = (),
        admin_token: str | None = None,
        metrics_token: str | None = None,
    ) -> None:
        self.origins = origins
        self.proxy_secret = proxy_secret
        self.admins = frozenset(several(admins))
        self._tokens = {
            Who.ADMIN: tuple(filter(None, (admin_token,))),
            Who.METRICS: tuple(filter(None, (admin_token, metrics_token))),
        }

    def check(self, row: Row | None, method: str, headers: Mapping[str, str]) -> None:
        """Raise `Denied` for what the row does not allow, whoever calls.

        No row names what is not there.
        """
        if not self._reached_properly(headers):
            raise Denied(403, f"host {headers.get('Host')!r}: see --allow-origin")
        if row is None:
            raise Denied(404)
        if method not in row.methods:
            raise Denied(405, headers={"Allow": ", ".join(row.methods)})
        if row.origin is OriginRule.OWN and not self._own_origin(method, headers):
            raise Denied(403, f"origin {headers.get('Origin')!r}: see --allow-origin")

    def admit(self, row: Row, headers: Mapping[str, str], user: str | None) -> None:
        """Raise `Denied` for whoever may not call a closed row."""
        if not self._is_one_of(row.who, headers, user):
            ask = {"WWW-Authenticate": CHALLENGE} if self._tokens[row.who] else {}
            raise Denied(401 if ask else 403, headers=ask)

    def sharing(self, row: Row, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that let the page behind a request read the answer, a refusal too.

        Only for a request that was checked.
        """
        origin = headers.get("Origin")
        # Behind a proxy it is the proxy that knows the origins.
        if not row.shared or origin is None or self.proxy_secret is not None:
            return {}
        if row.origin is OriginRule.ANY:
            return {"Access-Control-Allow-Origin": "*"}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    def user(self, headers: Mapping[str, str]) -> str | None:
        """Return who the proxy says this is; nobody else may say it."""
        if self.proxy_secret is None:
            return None
        return unquote(headers.get(USER_HEADER, "")) or None

    def scheme(self, headers: Mapping[str, str], scheme: str) -> str:
        """Return what the browser speaks, of which the front knows only its own part."""
        if self.proxy_secret is None:
            return scheme
        return headers.get("X-Forwarded-Proto", scheme)

    def _reached_properly(self, headers: Mapping[str, str]) -> bool:
        if self.proxy_secret is None:
            return self.origins.allows_host(headers.get("Host"))
        given = headers.get(SECRET_HEADER, "")
        return hmac.compare_digest(given.encode(), self.proxy_secret.encode())

    def _is_one_of(self, who: Who, headers: Mapping[str, str], user: str | None) -> bool:
        given = _credential(headers.get("Authorization", "")).encode()
        # All are compared, so that the time says nothing.
        fits = [hmac.compare_digest(given, token.encode()) for token in self._tokens[who]]
        return any(fits) or user in self.admins

    def _own_origin(self, method: str, headers: Mapping[str, str]) -> bool:
        if self.proxy_secret is not None:
            return True
        allowed = self.origins.allows_origin(headers.get("Origin"), headers.get("Host"))
        return allowed and not is_foreign_part(method, headers)


def _credential(authorization: str) -> str:
    """Return the token of a `Bearer`, or the password of a `Basic`; empty for anything else."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
