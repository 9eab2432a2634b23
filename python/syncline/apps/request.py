"""What the request for a page said, as the application's code may know it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncline.apps.names import several

OURS = frozenset({"cookie", "sec-websocket-protocol", "x-syncline-secret", "x-syncline-user"})
"""Headers that hold this server's own secrets, or what a request has parsed already."""
CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
"""The visitor's secrets: for an application that asks for them by name."""
SECRET = OURS | CREDENTIALS
OUR_COOKIES = "syncline-"


class Headers(Mapping[str, str]):
    """Headers by name, in whatever case it is written."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        # Every session keeps them, and most have the same: each text is kept once.
        self._items = tuple(sys.intern(str(text)) for item in items for text in item)
        """Names and values, by turns."""

    def __getitem__(self, name: str) -> str:
        wanted = name.lower()
        for known, value in zip(self._items[::2], self._items[1::2], strict=True):
            if known.lower() == wanted:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items[::2])

    def __len__(self) -> int:
        return len(self._items) // 2

    def __repr__(self) -> str:
        return f"Headers({dict(self)})"


@dataclass(frozen=True)
class Request:
    """The request that made a session."""

    path: str = "/"
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The page's query; a name may come several times."""
    headers: Mapping[str, str] = field(default_factory=Headers)
    cookies: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What is known of the user besides, such as `email`: by whoever let them in."""


@dataclass(frozen=True)
class RequestFilter:
    """Which headers and cookies an application's code may see, by lower-case name.

    All but those to be excluded, or only those to be included. This server's own cookies and
    secrets are never among them; `Authorization` is where it is included by name.
    """

    include_headers: frozenset[str] | None = None
    exclude_headers: frozenset[str] = frozenset()
    include_cookies: frozenset[str] | None = None
    exclude_cookies: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        include_headers: str | Iterable[str] | None = None,
        exclude_headers: str | Iterable[str] | None = None,
        include_cookies: str | Iterable[str] | None = None,
        exclude_cookies: str | Iterable[str] | None = None,
    ) -> RequestFilter:
        """Return the filter of these lists; raise ValueError where one thing has both."""
        for included, excluded, what in (
            (include_headers, exclude_headers, "headers"),
            (include_cookies, exclude_cookies, "cookies"),
        ):
            if included is not None and excluded is not None:
                raise ValueError(f"{what} are either included or excluded, not both")
        return cls(
            _lower(include_headers),
            _lower(exclude_headers) or frozenset(),
            None if include_cookies is None else frozenset(several(include_cookies)),
            frozenset(several(exclude_cookies or ())),
        )

    def headers(self, items: Iterable[tuple[str, str]]) -> Headers:
        """Return the headers that may be seen."""
        return Headers((name, value) for name, value in items if self._shows(name.lower()))

    def cookies(self, cookies: Mapping[str, str]) -> dict[str, str]:
        """Return the cookies that may be seen."""
        return {
            name: value
            for name, value in cookies.items()
            if not name.startswith(OUR_COOKIES)
            and name not in self.exclude_cookies
            and (self.include_cookies is None or name in self.include_cookies)
        }

    def _shows(self, name: str) -> bool:
        if self.include_headers is not None:
            return name in self.include_headers and name not in OURS
        return name not in SECRET and name not in self.exclude_headers


def _lower(names: str | Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(name.lower() for name in several(names))
