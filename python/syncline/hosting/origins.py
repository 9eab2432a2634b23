"""Which hosts this server answers for, and whose pages may call it.

The Host check stops DNS rebinding: a foreign name that resolves to this machine is no name of
ours.  Origins are compared whole, never by suffix or pattern.
"""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KNOWN = 64
"""Names that are not read again: all who come say the same few."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class BadOrigin(ValueError):
    """What was given is no origin."""


@lru_cache(_KNOWN)
def normal_origin(origin: str) -> str:
    """Return `scheme://host:port` in lower case, the port always there."""
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise BadOrigin(f"expected scheme://host[:port], got {origin!r}") from None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if not parts.hostname or extra:
        raise BadOrigin(f"expected scheme://host[:port], got {origin!r}")
    return f"{parts.scheme}://{_bracketed(parts.hostname)}:{port}"


def is_loopback(address: str) -> bool:
    """Say whether nobody outside this machine can reach the address."""
    if address.lower() == "localhost":
        return True
    literal = _literal(address)
    return literal is not None and literal.is_loopback


class Origins:
    """The rules of one server."""

    def __init__(self, address: str = "127.0.0.1", allowed: Iterable[str] = ()) -> None:
        self.allowed = frozenset(normal_origin(origin) for origin in allowed)
        self._loopback_only = is_loopback(address)
        self._names = set(_LOOPBACK)
        self._names |= {urlsplit(origin).hostname or "" for origin in self.allowed}
        if not self._loopback_only:
            self._names |= {address.lower(), socket.gethostname().lower()}

    def allows_host(self, host: str | None) -> bool:
        """Say whether a Host header names this server."""
        name = _hostname(host)
        if name is None:
            return False
        # An address cannot be rebound, a name can.
        literal = _literal(name)
        return name in self._names or (
            literal is not None and (literal.is_loopback or not self._loopback_only)
        )

    def allows_origin(self, origin: str | None, host: str | None) -> bool:
        """Say whether a page of `origin` may call; no Origin header means no browser page."""
        if origin is None:
            return True
        try:
            normal = normal_origin(origin)
        except BadOrigin:
            return False
        return normal in self.allowed or self._same(normal, host)

    def _same(self, normal: str, host: str | None) -> bool:
        # Behind a proxy that ends TLS our own scheme is unknown: host and port decide.
        scheme = normal.partition("://")[0]
        try:
            return host is not None and normal == normal_origin(f"{scheme}://{host}")
        except BadOrigin:
            return False


def is_foreign_part(method: str | None, headers: Mapping[str, str]) -> bool:
    """Say whether a page of another site loads this as a part of itself: an image, a frame.

    Such a GET has no Origin header, and pages start sessions on GET. Following a link is no part.
    """
    if headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none") or "Origin" in headers:
        return False
    followed = headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")
    return method not in ("GET", "HEAD") or followed != ("navigate", "document")


@lru_cache(_KNOWN)
def _hostname(host: str | None) -> str | None:
    try:
        return urlsplit(f"//{(host or '').strip().lower()}").hostname
    except ValueError:
        return None


@lru_cache(_KNOWN)
def _literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _bracketed(hostname: str) -> str:
    return f"[{hostname}]" if ":" in hostname else hostname
