"""Records of clients: who they are, what became of their last transaction (SPEC 5.6)."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .messages import Result
    from .rate import Bucket

MAX_RECORDS = 10_000
RECORD_SECONDS = 900.0


class Client:
    """What a session remembers of one client."""

    __slots__ = ("bucket", "id", "last_seq", "left", "proof", "replaced", "result")

    def __init__(self, id: str, proof: bytes) -> None:
        self.id = id
        self.proof = proof
        """The digest of its secret."""
        self.last_seq: int | None = None
        """Number of its last spent transaction; None before the first, which may be any."""
        self.result: Result | None = None
        """What became of it; in a restored session it may be one of the epoch before."""
        self.replaced: Callable[[], None] | None = None
        """Ends the connection that uses this id."""
        self.bucket: Bucket | None = None
        """What it may still ask for, once it has asked for something."""
        self.left = 0.0
        """When its last connection ended."""


class Clients:
    """The client records of a session: of those who are here, and for a while of those who left."""

    def __init__(self, new_key: Callable[[], str]) -> None:
        self._new_key = new_key
        self.issued = 0
        """How many ids were given away."""
        self._here: dict[str, Client] = {}
        self._left: dict[str, Client] = {}
        """In the order in which they left."""

    def __iter__(self) -> Iterator[Client]:
        return itertools.chain(self._left.values(), self._here.values())

    def issue(self, now: float) -> tuple[Client, str]:
        """Make a record with a new id; return it with its secret, which is not kept."""
        key = self._new_key()
        self.issued += 1
        client = Client(f"c{self.issued}", digest(key))
        self._here[client.id] = client
        self.expire(now)
        return client, key

    def restore(self, clients: Iterable[Client], issued: int, now: float) -> None:
        """Take in the records of another epoch, before anybody is here."""
        self.issued = issued
        for client in clients:
            client.left = now
            self._left[client.id] = client

    def resume(self, id: str, resume_key: str | None, now: float) -> Client | None:
        """Return the record of an id whose secret is shown; None where it is wrong or expired."""
        self.expire(now)
        client = self._here.get(id) or self._left.get(id)
        if client is None or resume_key is None:
            return None
        return client if hmac.compare_digest(client.proof, digest(resume_key)) else None

    def enter(self, client: Client) -> None:
        """A client is here, again or for the first time."""
        self._left.pop(client.id, None)
        self._here[client.id] = client

    def leave(self, client: Client, now: float) -> None:
        """Keep the record of a client whose connection ended, for a while."""
        if self._here.pop(client.id, None) is not None:
            client.left = now
            self._left[client.id] = client
            self.expire(now)

    def forget(self, id: str) -> None:
        """Drop the record of one who is here: it was never used."""
        self._here.pop(id, None)

    def expire(self, now: float) -> None:
        """Drop the records of those who left too long ago, or are too many."""
        while self._left:
            client = next(iter(self._left.values()))
            many = len(self._here) + len(self._left) > MAX_RECORDS
            if not many and now - client.left <= RECORD_SECONDS:
                return
            del self._left[client.id]


def digest(key: str) -> bytes:
    """Return what is kept of a client's secret."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()
