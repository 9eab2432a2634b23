"""What a Document needs of the engine under it: a session here, or a replica of one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from syncline.core.ops import Add, Op
    from syncline.core.values import Reference

    from .outcome import Outcome

Mode = Literal["merge", "atomic", "strict"]
"""What becomes of a transaction when a part of it cannot be committed (SPEC 5.1)."""


class Engine(Protocol):
    """The writer's side of a document, local or remote (architecture, decision 16)."""

    lock: threading.RLock
    epoch: str

    @property
    def rev(self) -> int:
        """The last revision that is confirmed."""
        ...

    def begin(self, label: str | None = None, mode: Mode = "merge") -> Outcome | None:
        """Take the lock and open a transaction; nested ones join the outer.

        Returns what it will come to, or None where `commit` tells that.
        """
        ...

    def commit(self) -> int | None:
        """Close the transaction; the outermost becomes one revision.

        Returns that where it is known, None for one without an effect.
        """
        ...

    def rollback(self) -> None:
        """Undo what the transaction did and close it."""
        ...

    def hold(self) -> None:
        """Send nothing until as many calls of `release` have come."""
        ...

    def release(self) -> None:
        """End a `hold`."""
        ...

    def local(self, op: Op) -> None:
        """Apply an operation of this process; outside a transaction it is one of its own."""
        ...

    def enter(self, adds: Sequence[Add], references: Sequence[Reference]) -> None:
        """Let new models of this process enter, in a transaction; `references` are all in them."""
        ...


def current_task() -> object:
    """Return the asyncio task that runs here: a transaction may not leave it (SPEC 5.8)."""
    # Importing asyncio takes longer than all of Syncline; without it there is no task.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
