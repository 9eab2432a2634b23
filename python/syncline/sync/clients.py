"""Records of clients: who they are, what became of their last transaction (SPEC 5.6)."""

from __future__ import annotations

import hmac
import itertools
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .messages import Result

MAX_RECORDS = 10_000


class Client:
    """What a session remembers of one client."""

    __slots__ = ("id", "last_seq", "replaced", "result", "resume_key")

    def __init__(self, id: str, resume_key: str) -> None:
        self.id = id
        self.resume_key = resume_key
        self.last_seq: int | None = None
        """Number of its last spent transaction; None before the first, which may be any."""
        self.result: Result | None = None
        self.replaced: Callable[[], None] | None = None
        """Ends the connection that uses this id."""


class Clients:
    """The client records of a session, the least recently connected forgotten first."""

    def __init__(self, new_key: Callable[[], str]) -> None:
        self._new_key = new_key
        self._ids = itertools.count(1)
        self._records: OrderedDict[str, Client] = OrderedDict()

    def issue(self) -> Client:
        """Make a record with a new id."""
        client = Client(f"c{next(self._ids)}", self._new_key())
        self._records[client.id] = client
        if len(self._records) > MAX_RECORDS:
            self._records.popitem(last=False)
        return client

    def resume(self, id: str, resume_key: str | None) -> Client | None:
        """Return the record of an id whose secret is shown; None where it is wrong or expired."""
        client = self._records.get(id)
        if client is None or resume_key is None:
            return None
        if not hmac.compare_digest(client.resume_key.encode(), resume_key.encode()):
            return None
        self._records.move_to_end(id)
        return client

    def forget(self, id: str) -> None:
        """Drop a record that was issued and never used."""
        self._records.pop(id, None)
