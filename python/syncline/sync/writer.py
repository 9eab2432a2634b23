"""The edits that this process makes on a replica (SPEC 5.2 and 5.8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from syncline.core.apply import apply
from syncline.core.ops import Msg, Op
from syncline.core.state import PlainState
from syncline.core.values import BadValue

from .admit import admit
from .engine import Mode, current_task
from .messages import Limits
from .outcome import Outcome
from .pending import Edit, Pending
from .view import Blind, View

if TYPE_CHECKING:
    from syncline.core.ops import Add
    from syncline.core.state import State

Report = Callable[[str, Any], None]


class Open:
    """A transaction that this process has begun."""

    __slots__ = ("broken", "edits", "label", "marks", "mode", "outcome", "task")

    def __init__(self, mode: Mode, label: str | None) -> None:
        self.mode: Mode = mode
        self.label = label
        self.task = current_task()
        self.outcome = Outcome()
        self.broken = False
        """Whether it was left open when the document went on, and is undone."""
        self.edits: list[Edit] = []
        self.marks: list[int] = []
        """How many edits there were when each level began."""


class Writer:
    """Shows edits at once and queues them; what `begin` opens is sent together.

    Thread-safe through `lock`.
    """

    def __init__(
        self, state: State | None = None, report: Report | None = None, view: View | None = None
    ) -> None:
        self.state: State = state or PlainState()
        self.view: View = view or Blind()
        self.report: Report = report or (lambda kind, detail: None)
        """Called outside the lock with `change`, `status`, `conflict`, `resynced` or `epoch`, and
        the detail."""
        self.lock = threading.RLock()
        self.limits = Limits()
        self.client = ""
        self.edits = Pending(self.state)
        self._open: Open | None = None
        self._held = 0

    @property
    def pending(self) -> list[Op]:
        """The edits that are not acknowledged, in order."""
        return [edit.op for edit in self.edits.edits]

    def begin(self, label: str | None = None, mode: Mode = "merge") -> Outcome:
        """Take the lock and open a transaction, or join the one that is open; return its outcome.

        Raises RuntimeError where that belongs to another task, or cannot be of this mode.
        """
        self.lock.acquire()
        open = self._open
        if open is None:
            open = self._open = Open(mode, label)
        elif open.task is not current_task() or mode not in ("merge", open.mode):
            self.lock.release()
            if open.task is not current_task():
                raise RuntimeError("a transaction of another task is open: none may span an await")
            raise RuntimeError(f"a transaction {open.mode!r} is open: {mode!r} cannot join it")
        open.marks.append(len(open.edits))
        return open.outcome

    def commit(self) -> int | None:
        """Close the transaction; at the outermost level its edits may be sent.

        Raises BadValue, and undoes it, where it may not be split and has too many operations;
        RuntimeError where it spanned an `await` and is undone.
        """
        open = self._opened()
        try:
            open.marks.pop()
            done = not open.marks
            if done:
                self._open = None
                self._check_whole(open)
                self._enqueue(open)
        finally:
            self.lock.release()
        if done:
            self.report("change", None)
        return None

    def rollback(self) -> None:
        """Undo the edits since the matching `begin`."""
        open = self._opened()
        try:
            keep = open.marks.pop()
            self._undo(open, 0 if open.broken else keep)
            done = not open.marks
            if done:
                self._open = None
        finally:
            self.lock.release()
        if done:
            self.report("change", None)

    def local(self, op: Op) -> None:
        """Apply an edit to the view and queue it.

        Raises Gone where it does not resolve, BadValue where it is over a limit.
        """
        with self.lock:
            open = self._open
            if open is not None:
                self._check_whole(open)
            weight = admit(op, self.limits, self.edits.weight)
            undo = apply(self.state, op)
            if undo or isinstance(op, Msg):
                edit = Edit(op, undo, weight)
                if open is None:
                    self.edits.put([edit])
                    self.view.applied(self.client, (op,), (undo,))
                else:
                    edit.outcome = open.outcome
                    open.edits.append(edit)
        if open is None:
            self.report("change", None)

    def enter(self, adds: Iterable[Add], references: object) -> None:
        """Let new models enter. Raises BadValue where one is over a limit."""
        for add in adds:
            self.local(add)

    def hold(self) -> None:
        """Send nothing until as many calls of `release` have come."""
        with self.lock:
            self._held += 1

    def release(self) -> None:
        """End a `hold`."""
        with self.lock:
            self._held -= 1
        self.report("change", None)

    def _check_size(self, open: Open) -> None:
        """Undo and refuse a transaction that may not be split and is too large."""
        count, bytes = len(open.edits), sum(edit.weight for edit in open.edits)
        if count > self.limits.ops or bytes > self.limits.max_document_in:
            self._undo(open, 0)
            raise BadValue(f"{count} operations of {bytes} bytes are too much for one transaction")

    def _interrupt(self) -> None:
        """Undo a transaction that this thread has left open: nobody may see half of one."""
        if self._open is not None:
            self._undo(self._open, 0)
            self._open.broken = True

    def _check_whole(self, open: Open) -> None:
        if open.broken:
            raise RuntimeError("the transaction spanned an await and is undone")

    def _opened(self) -> Open:
        if self._open is None:
            raise RuntimeError("no transaction is open")
        return self._open

    def _undo(self, open: Open, keep: int) -> None:
        while len(open.edits) > keep:
            self.edits.revert(open.edits.pop())

    def _enqueue(self, open: Open) -> None:
        if not open.edits:
            open.outcome.settle(None)
            return
        if open.mode != "merge":
            self._check_size(open)
        ops = [edit.op for edit in open.edits]
        undo = [edit.undo or [] for edit in open.edits]
        self.edits.put(open.edits, open.mode, open.label)
        self.view.applied(self.client, ops, undo)
