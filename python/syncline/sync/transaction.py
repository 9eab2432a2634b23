"""A transaction of this process while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import current_task

if TYPE_CHECKING:
    from syncline.core.apply import Undo
    from syncline.core.ops import WireOp


class Transaction:
    """Operations applied but not committed yet, with what undoes them."""

    __slots__ = ("marks", "ops", "task", "undo")

    def __init__(self, task: object = None) -> None:
        self.marks = [0]
        """How many operations there were when each level of it began."""
        self.task = task
        """The asyncio task that opened it, where it may outlive a call (SPEC 5.8)."""
        self.ops: list[WireOp] = []
        self.undo: list[Undo] = []

    def join(self) -> None:
        """Raise RuntimeError where it belongs to another task than the one that runs here."""
        if self.task is not None and self.task is not current_task():
            raise RuntimeError("a transaction of another task is open: it may not span an await")
