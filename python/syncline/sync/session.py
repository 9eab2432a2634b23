"""The single writer of a document: transforms, validates and commits, and keeps the log (SPEC 5.1)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from syncline.core.apply import Undo, apply
from syncline.core.graph import Graph
from syncline.core.ops import Add, Drop, Msg, Op, WireOp

from .clients import Clients
from .log import Entry, Log
from .messages import Limits
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

    __slots__ = ("depth", "ops", "undo")

    def __init__(self) -> None:
        self.depth = 1
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
        self.graveyard: dict[str, tuple[int, Add]] = {}
        """Dropped models and the revision of their drop, for as long as the log reaches back to it."""
        self.messages = 0
        """How many `msg` operations were committed."""
        self.on_commit: Committed = lambda entry, undo, user: None
        self.on_settled: Callable[[], None] = lambda: None
        """Called after the lock is released, when something was committed."""
        self._listeners: list[Callable[[], None]] = []
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
        self._listeners.append(wake)
        return lambda: self._listeners.remove(wake) if wake in self._listeners else None

    def snapshot(self, *, inline: bool = False) -> Snapshot:
        """Return the document at head, encoded; arrays inside the JSON where `inline`."""
        with self.lock:
            self.collect()
            known = self._snapshots.get(inline)
            if known is None or known.rev != self.rev:
                known = Snapshot(self.state, self.rev, inline=inline)
                self._snapshots[inline] = known
            return known

    # Transactions of this process

    def begin(self) -> None:
        """Take the lock and open a transaction; nested ones join the outer."""
        self.lock.acquire()
        if self._open is None:
            self.collect()
            self._open = Transaction()
        else:
            self._open.depth += 1

    def commit(self) -> None:
        """Close the transaction; the outermost becomes one revision by `py`."""
        open = self._current()
        open.depth -= 1
        done = open.depth == 0
        if done:
            self._open = None
            self.record("py", None, open)
        self.lock.release()
        if done:
            self.on_settled()

    def rollback(self) -> None:
        """Undo everything the outermost transaction did so far and close this level of it."""
        open = self._current()
        self.undo(open, 0)
        open.depth -= 1
        if open.depth == 0:
            self._open = None
        self.lock.release()

    def local(self, op: Op) -> None:
        """Apply an operation of this process; outside a transaction it is one of its own.

        Raises Gone where it does not resolve; then nothing is changed.
        """
        self.begin()
        try:
            self.run(self._current(), op)
        finally:
            self.commit()

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
        self.log.append(entry)
        self._bury(entry, open.undo)
        self.messages += sum(isinstance(op, Msg) for op in open.ops)
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
                        self.graveyard[add.m] = entry.rev, add
        for m, (rev, _) in list(self.graveyard.items()):
            if rev > self.log.base:
                break
            del self.graveyard[m]
