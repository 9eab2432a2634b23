"""One budget for what the documents of a process keep for those who come late (SPEC 5.6)."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable

MAX_BYTES = 512 << 20
STEP_BYTES = 1 << 20
"""How much a document may commit before the sum is made again."""


class Holder(Protocol):
    """What holds bytes that it can do without."""

    @property
    def weight(self) -> int:
        """Bytes held now."""
        ...

    def shrink(self, weight: int) -> None:
        """Hold less; nothing happens where that would have to wait for a lock."""
        ...

    def __hash__(self) -> int: ...


class Budget:
    """Bytes that the logs and encoded frames of all documents may hold together."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._holders: weakref.WeakSet[Hashable] = weakref.WeakSet()

    def join(self, holder: Holder) -> None:
        """Count a document from now on, for as long as it lives."""
        with self._lock:
            self._holders.add(holder)

    def balance(self) -> None:
        """Cut the largest first, until all fit."""
        with self._lock:
            holders: list[Holder] = list(self._holders)  # type: ignore[arg-type]
        excess = sum(holder.weight for holder in holders) - self.limit
        if excess <= 0:
            return
        for holder in sorted(holders, key=lambda one: one.weight, reverse=True):
            before = holder.weight
            holder.shrink(max(0, before - excess))
            excess -= before - holder.weight
            if excess <= 0:
                return


process_budget = Budget()
"""The budget of this process."""
