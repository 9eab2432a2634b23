"""What a Document needs of the engine under it: a session here, or a replica of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading

    from syncline.core.ops import Op


class Engine(Protocol):
    """The writer's side of a document, local or remote (architecture, decision 16)."""

    lock: threading.RLock
    epoch: str

    @property
    def rev(self) -> int:
        """The last revision that is confirmed."""
        ...

    def begin(self) -> None:
        """Take the lock and open a transaction; nested ones join the outer."""
        ...

    def commit(self) -> None:
        """Close the transaction; the outermost becomes one revision."""
        ...

    def rollback(self) -> None:
        """Undo what the transaction did and close it."""
        ...

    def local(self, op: Op) -> None:
        """Apply an operation of this process; outside a transaction it is one of its own."""
        ...
