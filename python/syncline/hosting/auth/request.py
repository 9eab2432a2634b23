"""What a request says to whoever decides who makes it, the same behind every front."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


@dataclass(frozen=True)
class AuthRequest:
    """One request. Its `path` is as the browser wrote it, from where the server is mounted."""

    method: str = "GET"
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """They find a name in whatever case."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"
    """What the browser speaks."""
    address: str | None = None
    """From where, as an IP address; None where nobody knows."""
    root: str = "/"
    """Where the server is mounted, as far as it knows."""

    @cached_property
    def arguments(self) -> dict[str, str]:
        """The first value of each name of the query."""
        return _first(self.query)

    @cached_property
    def form(self) -> dict[str, str]:
        """The first value of each field of a form that was sent."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            return {}
        return _first(self.body.decode(errors="replace"))

    @property
    def base(self) -> str:
        """Where the index is, relative to this request."""
        return "../" * self.path.count("/") or "./"

    @property
    def origin(self) -> str:
        """The scheme and the host that were asked."""
        return f"{self.scheme}://{self.headers.get('Host', '')}"

    @property
    def bearer(self) -> str | None:
        """The token of the header `Authorization`."""
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        return given.strip() if kind.lower() == "bearer" else None

    @property
    def subprotocols(self) -> list[str]:
        """What a websocket is to speak, and the token of its page among it."""
        given = self.headers.get("Sec-WebSocket-Protocol", "")
        return [part.strip() for part in given.split(",")]

    @property
    def wants_page(self) -> bool:
        """Whether somebody looks at the answer."""
        return self.method == "GET" and "text/html" in self.headers.get("Accept", "")

    def target(self, hidden: str | None = None) -> str:
        """Return the address, from where the server is mounted, without what is to be hidden."""
        if hidden is None:
            query = self.query
        else:
            pairs = parse_qsl(self.query, keep_blank_values=True)
            query = urlencode([(name, value) for name, value in pairs if name != hidden])
        return f"{self.path}?{query}".rstrip("?")


def _first(query: str) -> dict[str, str]:
    try:
        found = parse_qs(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
