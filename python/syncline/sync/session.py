"""The single writer of a document: checks, commits and keeps the log (SPEC 5.1)."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from syncline.core.apply import Undo, apply
from syncline.core.graph import Graph
from syncline.core.ops import Add, Drop, Msg, Op, WireOp

from .clients import Clients
from .engine import Mode, current_task
from .errors import Code, ProtocolError
from .log import Entry, Log
from .messages import Limits
from .schema import Schemas
from .snapshot import Snapshot

if TYPE_CHECKING:
    from syncline.core.state import State


class Guard(Protocol):
    """Decides what a client's operation may do, with the types of the models in mind."""

    def check(self, op: WireOp) -> WireOp:
        """Return the operation as to be committed. Raises Refused."""
        ...


class Open:
    """Admits everything: the guard of plain documents in tests and tools."""

    def check(self, op: WireOp) -> WireOp:
        return op


class Transaction:
    """Operations applied but not committed yet, with what undoes them."""

    __slots__ = ("marks", "ops", "task", "undo")

    def __init__(self) -> None:
        self.marks = [0]
        """How many operations there were when each level of it began."""
        self.task: object = None
        """The asyncio task that opened it, where it may outlive a call (SPEC 5.8)."""
        self.ops: list[WireOp] = []
        self.undo: list[Undo] = []


Committed = Callable[[Entry, list[Undo], str | None], None]


class Session:
    """One document's writer. Thread-safe through `lock`.

    `id` names the document and `epoch` its incarnation; `new_key` makes the secrets of clients.
    """

    def __init__(
        self,
        state: State,
        *,
        id: str,
        epoch: str,
        new_key: Callable[[], str],
        guard: Guard | None = None,
    ) -> None:
        self.state = state
        self.id = id
        self.epoch = epoch
        self.clients = Clients(new_key)
        self.guard: Guard = guard or Open()
        self.limits = Limits()
        self.lock = threading.RLock()
        self.log = Log(epoch)
        self.graph = Graph()
        self.schemas = Schemas()
        """What the types of the models are; give it a `source` to let them travel."""
        self.graveyard: dict[str, tuple[int, Add]] = {}
        """Dropped models and the revision of their drop, while the log reaches back to it."""
        self.messages = 0
        """How many `msg` operations were committed."""
        self.on_commit: Committed = lambda entry, undo, user: None
        self.on_settled: Callable[[], None] = lambda: None
        """Called after the lock is released, when something may have been committed."""
        self._listeners: tuple[Callable[[], None], ...] = ()
        self.ended: str | None = None
        """Why the document is gone, once it is."""
        self._held = 0
        self._open: Transaction | None = None
        self._snapshots: dict[bool, Snapshot] = {}

    @property
    def rev(self) -> int:
        """Last committed revision."""
        return self.log.rev

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` whenever there may be something to send; return what ends that.

        It is called on any thread, under the lock: it may only schedule.
        """
        with self.lock:
            # A new tuple each time: `wake` may be walking along the old one.
            self._listeners = (*self._listeners, wake)
        return functools.partial(self._unlisten, wake)

    def _unlisten(self, wake: Callable[[], None]) -> None:
        with self.lock:
            self._listeners = tuple(known for known in self._listeners if known is not wake)

    def snapshot(self, *, inline: bool = False) -> Snapshot:
        """Return the document at head, encoded; arrays inside the JSON where `inline`."""
        with self.lock:
            self.collect()
            known = self._snapshots.get(inline)
            if known is None or known.rev != self.rev:
                known = Snapshot(self.state, self.rev, self.schemas, inline=inline)
                self._snapshots[inline] = known
            return known

    # Transactions of this process

    def begin(self, label: str | None = None, mode: Mode = "merge") -> None:
        """Take the lock and open a transaction; nested ones join the outer.

        Raises RuntimeError where the outer one belongs to another asyncio task.
        """
        open = self._enter()
        if len(open.marks) == 1:
            open.task = current_task()

    def _enter(self) -> Transaction:
        self.lock.acquire()
        open = self._open
        if open is None:
            self.collect()
            open = self._open = Transaction()
        elif open.task is not None and open.task is not current_task():
            self.lock.release()
            raise RuntimeError("a transaction of another task is open: it may not span an await")
        else:
            open.marks.append(len(open.ops))
        return open

    def commit(self) -> None:
        """Close the transaction; the outermost becomes one revision by `py`."""
        open = self._current()
        open.marks.pop()
        done = not open.marks
        try:
            if done:
                self._open = None
                self.record("py", None, open)
        finally:
            self.lock.release()
        if done:
            self.on_settled()

    def rollback(self) -> None:
        """Undo what was done since the matching `begin` and close this level of the transaction."""
        open = self._current()
        try:
            self.undo(open, open.marks.pop())
            done = not open.marks
            if done:
                self._open = None
        finally:
            self.lock.release()
        if done:
            self.on_settled()

    def local(self, op: Op) -> None:
        """Apply an operation of this process; outside a transaction it is one of its own.

        Raises Gone where it does not resolve; then nothing is changed.
        """
        open = self._enter()
        try:
            self.run(open, op)
        finally:
            self.commit()

    def ready(self) -> None:
        """Refuse a client while code of this very thread is in the middle of a transaction.

        Other threads wait at the lock. Raises ProtocolError, to be tried again.
        """
        if self._open is not None:
            text = "a transaction of this thread is open"
            raise ProtocolError(Code.INTERNAL, text, "later")

    def _current(self) -> Transaction:
        if self._open is None:
            raise RuntimeError("no transaction is open")
        return self._open

    # What both kinds of writers share

    def run(self, open: Transaction, op: Op) -> bool:
        """Apply an operation within a transaction; tell whether it had an effect."""
        undo = apply(self.state, op)
        if not undo and not isinstance(op, Msg):
            return False
        self.graph.done(op, undo)
        open.ops.append(op)  # type: ignore[arg-type]
        open.undo.append(undo)
        return True

    def undo(self, open: Transaction, keep: int) -> None:
        """Undo the operations of a transaction beyond the first `keep`."""
        while len(open.ops) > keep:
            op, undo = open.ops.pop(), open.undo.pop()
            for inverse in undo:
                apply(self.state, inverse)
            self.graph.undone(op, undo)

    def record(
        self, by: str, seq: int | None, open: Transaction, user: str | None = None
    ) -> Entry | None:
        """Give a transaction the next revision; one without an effect gets none."""
        if not open.ops:
            return None
        entry = Entry(self.rev + 1, by, seq, open.ops)
        if entry.adds:
            entry.schema = self.schemas.fresh({op.type for op in open.ops if type(op) is Add})
        self.log.append(entry)
        self.messages += entry.messages
        if entry.drops or self.graveyard:
            self._bury(entry, open.undo)
        self.on_commit(entry, open.undo, user)
        self.wake()
        return entry

    def wake(self) -> None:
        """Tell every connection that there may be something to send."""
        if self._held:
            return
        for listener in self._listeners:
            listener()

    def hold(self) -> None:
        """Wake nobody until as many calls of `release` have come."""
        with self.lock:
            self._held += 1

    def release(self) -> None:
        """End a `hold`."""
        with self.lock:
            self._held -= 1
            self.wake()

    def end(self, text: str) -> None:
        """Close every connection: the document is gone."""
        with self.lock:
            self.ended = text
            self._held = 0
            self.wake()

    # Garbage (SPEC 5.1, GC)

    def collect(self) -> None:
        """Drop the models that nothing refers to, as a transaction by `gc`."""
        if not self.graph.suspects or self._open is not None:
            return
        with self.lock:
            while found := [m for m in self.graph.unreferenced() if self.state.has(m)]:
                open = Transaction()
                self.run(open, Drop(found))
                self.record("gc", None, open)

    def _bury(self, entry: Entry, undo: Iterable[Undo]) -> None:
        for op, inverses in zip(entry.ops, undo, strict=True):
            if isinstance(op, Drop):
                for add in inverses:
                    if isinstance(add, Add):
                        # At the end, also when it was dropped before: they stand in log order.
                        self.graveyard.pop(add.m, None)
                        self.graveyard[add.m] = entry.rev, add
        while self.graveyard:
            m, (rev, _) = next(iter(self.graveyard.items()))
            if rev > self.log.base:
                return
            del self.graveyard[m]
