"""Whose the open websockets are: so that one client has not all, and a logout ends its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.rates import far_network_of

if TYPE_CHECKING:
    from syncline.hosting.auth.door import Entry
    from syncline.hosting.site import Socket

Owner = tuple[str, str]


class Crowd:
    """Open websockets by their owners: a client, a user, a login."""

    def __init__(self) -> None:
        self._of: dict[Owner, set[Socket]] = {}
        self._owners: dict[Socket, tuple[Owner, ...]] = {}

    def add(self, socket: Socket, entry: Entry, address: str | None) -> None:
        """Count a websocket among those of its owners."""
        login = () if entry.login is None else (("login", entry.login),)
        self._owners[socket] = owners = (*_owners(entry, address), *login)
        for owner in owners:
            self._of.setdefault(owner, set()).add(socket)

    def discard(self, socket: Socket) -> None:
        """Count it no more."""
        for owner in self._owners.pop(socket, ()):
            mine = self._of[owner]
            mine.discard(socket)
            if not mine:
                del self._of[owner]

    def of_login(self, login: str) -> frozenset[Socket]:
        """Return the websockets of a login."""
        return frozenset(self._of.get(("login", login), ()))

    def size(self, entry: Entry, address: str | None) -> int:
        """Return how many websockets a client has, or a user, whoever has more."""
        sizes = (len(self._of.get(owner, ())) for owner in _owners(entry, address))
        return max(sizes, default=0)


def _owners(entry: Entry, address: str | None) -> tuple[Owner, ...]:
    client = far_network_of(address)
    known = (("client", client), ("user", entry.user))
    return tuple((kind, name) for kind, name in known if name is not None)
