"""What a store of sessions offers, and how processes that share one stay out of each other's way.

An entry has one *owner*, a process, and a *generation* that is new whenever it changes hands: who
saves under an old one is told so, and nothing is written. An owner that lives is never robbed: it
is asked, hears of that with its next `beat`, and lets go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from syncline.hosting.errors import HostingError

if TYPE_CHECKING:
    from collections.abc import Iterable


class StoreError(HostingError):
    """The store cannot be used at all, or not as it was named."""


class Claimed(NamedTuple):
    """An entry that is the caller's from now on."""

    generation: int
    data: bytes | None
    """What was saved last; None where there is nothing, or it was too old."""


class Store(Protocol):
    """Holds entries. Methods raise whatever their medium raises; `expires` is in Unix seconds."""

    def load(self, key: str) -> bytes | None:
        """Return what was saved last, whoever owns it."""
        ...

    def claim(self, key: str, owner: str) -> Claimed | None:
        """Make an entry the owner's; None asks the one who has it, and lives, to let go."""
        ...

    def save(self, key: str, owner: str, generation: int, data: bytes, expires: float) -> bool:
        """Write an entry; False says that it has changed hands since, and nothing is written."""
        ...

    def touch(self, owner: str, expiries: Iterable[tuple[str, float]]) -> None:
        """Let entries of an owner live until these times."""
        ...

    def delete(self, key: str, generation: int) -> None:
        """Remove an entry, unless it has changed hands since."""
        ...

    def release(self, key: str, generation: int) -> None:
        """Let go of an entry: it stays for whoever claims it next."""
        ...

    def beat(self, owner: str, seconds: float) -> list[str]:
        """Say that an owner lives, for so long; return which of its entries others ask for."""
        ...

    def leave(self, owner: str) -> None:
        """Say that an owner lives no longer."""
        ...

    def expire(self) -> None:
        """Remove the entries whose time is over and whose owner does not live."""
        ...

    def close(self) -> None:
        """Let go of the medium."""
        ...
