"""The single writer of a document: checks, commits and keeps the log (SPEC 5.1)."""

from __future__ import annotations

import functools
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from syncline.core.apply import Undo, apply, enter
from syncline.core.graph import Graph
from syncline.core.ops import Add, Drop, Msg, Op

from .budget import STEP_BYTES, Budget, process_budget
from .clients import Clients
from .engine import Mode, current_task
from .entry import Entry
from .errors import Close, Code, ProtocolError
from .feed import Feed
from .guard import Guard, Open
from .log import Log
from .messages import Limits
from .schema import Schemas
from .snapshot import Models, Snapshot
from .sweep import Sweep
from .transaction import Transaction
from .volatile import Ear, Whisper

if TYPE_CHECKING:
    from syncline.core.ops import WireOp
    from syncline.core.state import State
    from syncline.core.values import Reference

    from .snapshot import Foreign


Committed = Callable[[Entry, list[Undo], str | None], None]


class Session:
    """One document's writer. Thread-safe through `lock`.

    `id` names the document and `epoch` its incarnation; `new_key` makes the secrets of clients,
    `clock` tells the time in seconds.
    """

    # A document each has one: the dict of so many attributes would take 1.6 kB.
    __slots__ = (
        "__weakref__", "_balanced", "_budget", "_held", "_listeners", "_models", "_open",
        "_whispers", "clients", "clock", "ears", "ended", "epoch", "feed", "foreign", "graph",
        "graveyard", "guard", "id", "is_behind", "last_input", "limits", "lock", "log", "messages",
        "name", "on_commit", "on_settled", "open_roots", "pushable", "replaced", "schemas", "state",
        "sweep",
    )  # fmt: skip

    def __init__(
        self,
        state: State,
        *,
        id: str,
        epoch: str,
        new_key: Callable[[], str],
        guard: Guard | None = None,
        clock: Callable[[], float] = time.monotonic,
        budget: Budget = process_budget,
    ) -> None:
        self.state = state
        self.id = id
        self.name: str | None = None
        """What a server calls the session in public: it names and never grants (SPEC 3.1)."""
        self.epoch = epoch
        self.clients = Clients(new_key)
        self.guard: Guard = guard or Open()
        self.clock = clock
        self.limits = Limits()
        self.open_roots = False
        """Whether clients may change the roots and the title."""
        self.pushable = False
        """Whether trusted clients may replace the document (SPEC 3.2, PUSH-DOC)."""
        self.lock = threading.RLock()
        self.log = Log()
        self.feed = Feed(self.log, self.limits, epoch)
        self.graph = Graph()
        self.sweep = Sweep(self)
        self.schemas = Schemas()
        """What the types of the models are; give it a `source` to let them travel."""
        self.graveyard: dict[str, tuple[int, Add]] = {}
        """Dropped models and the revision of their drop, while the log reaches back to it."""
        self.messages = 0
        """How many `msg` operations were committed."""
        self.last_input: float | None = None
        """When a client last sent a change, by `clock`."""
        self.replaced = 0
        """The revision at which a client last replaced the document."""
        self.foreign: Foreign = {}
        """What gives the state of each Foreign document (SPEC 5.10)."""
        self.ears: dict[Ear, None] = {}
        """Who is told of volatile messages."""
        self.on_commit: Committed = lambda entry, undo, user: None
        self.on_settled: Callable[[], None] = lambda: None
        """Called after the lock is released, when something may have been committed."""
        self.is_behind: Callable[[], bool] = lambda: False
        """Whether clients are to wait until what they have changed is dealt with."""
        self._listeners: tuple[Callable[[], None], ...] = ()
        self.ended: tuple[Close, str] | None = None
        """Why every connection is to be closed, once that is so."""
        self._held = 0
        self._open: Transaction | None = None
        self._models: dict[bool, Models] = {}
        """What is kept for snapshots, with arrays inline or not."""
        self._whispers = itertools.count(1)
        self._balanced = STEP_BYTES
        self._budget = budget
        budget.join(self)

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

    # What is kept for those who come late (SPEC 5.6)

    def snapshot(self, *, inline: bool = False) -> Snapshot:
        """Return the document at head, encoded; arrays inside the JSON where `inline`."""
        with self.lock:
            self.collect()
            models = self._models.get(inline)
            if models is None:
                models = self._models[inline] = Models(inline=inline)
            if models.snapshot is None or models.snapshot.rev != self.rev:
                models.snapshot = Snapshot(self, models)
            return models.snapshot

    @property
    def snapshot_bytes(self) -> float:
        """Bytes of the last snapshot; infinite while there is none."""
        models = self._models.get(False) or self._models.get(True)
        snapshot = models and models.snapshot
        return snapshot.size if snapshot else math.inf

    @property
    def weight(self) -> int:
        """Bytes that are held for those who come late."""
        return self.log.weight + self.feed.weight

    def shrink(self, weight: int) -> None:
        """Hold less, unless the document is busy: then the next one has to."""
        if self.lock.acquire(blocking=False):
            try:
                self.feed.clear()
                self.log.shrink(weight)
                self._clear_graves()
            finally:
                self.lock.release()

    # Transactions of this process

    def begin(self, label: str | None = None, mode: Mode = "merge") -> None:
        """Take the lock and open a transaction; nested ones join the outer.

        Raises RuntimeError where the outer one belongs to another asyncio task.
        """
        self.lock.acquire()
        open = self._open
        if open is None:
            self.collect()
            self._open = Transaction(current_task())
            return
        try:
            open.join()
        except RuntimeError:
            self.lock.release()
            raise
        open.marks.append(len(open.ops))

    def commit(self, by: str = "py") -> int | None:
        """Close the transaction; the outermost becomes one revision, which is returned."""
        open = self._current()
        open.marks.pop()
        done = not open.marks
        entry = None
        try:
            if done:
                self._open = None
                entry = self.record(by, None, open.ops, open.undo)
        finally:
            self.lock.release()
        if done:
            self.on_settled()
        return entry.rev if entry is not None else None

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
        self.lock.acquire()
        open = self._open
        try:
            if open is None:
                if self.graph.suspects:
                    self.collect()
                self._commit_alone("py", op)
            else:
                open.join()
                self.run(open, op)
        finally:
            self.lock.release()
            if open is None:
                self.on_settled()

    def enter(self, adds: Sequence[Add], references: Sequence[Reference]) -> None:
        """Let new models of this process enter, in a transaction; `references` are all in them."""
        with self.lock:
            open = self._current()
            open.join()
            open.undo += enter(self.state, adds)
            open.ops += adds
            self.graph.entered([add.m for add in adds], references)

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
        undo = self._done(op)
        if undo is None:
            return False
        open.ops.append(op)  # type: ignore[arg-type]
        open.undo.append(undo)
        return True

    def _done(self, op: Op) -> Undo | None:
        """Apply an operation; return what undoes it, or None where it had no effect."""
        undo = apply(self.state, op)
        if not undo and type(op) is not Msg:
            return None
        self.graph.done(op, undo)
        return undo

    def _commit_alone(self, by: str, op: Op) -> None:
        """Apply an operation and give it a revision of its own."""
        undo = self._done(op)
        if undo is not None:
            self.record(by, None, [op], [undo])  # type: ignore[list-item]

    def undo(self, open: Transaction, keep: int) -> None:
        """Undo the operations of a transaction beyond the first `keep`."""
        while len(open.ops) > keep:
            op, undo = open.ops.pop(), open.undo.pop()
            for inverse in undo:
                apply(self.state, inverse)
            self.graph.undone(op, undo)

    def record(
        self,
        by: str,
        seq: int | None,
        ops: list[WireOp],
        undo: list[Undo],
        user: str | None = None,
        *,
        conflicts: bool = False,
    ) -> Entry | None:
        """Give operations that were done the next revision; none of them get none."""
        if not ops:
            return None
        log = self.log
        entry = Entry(log.rev + 1, by, seq, ops, self.clock())
        entry.conflicts = conflicts
        if entry.adds:
            entry.schema = self.schemas.fresh({op.type for op in ops if type(op) is Add})
        if self.foreign and not entry.models.isdisjoint(self.foreign):
            entry.whole = True
        log.append(entry)
        self.messages += entry.messages
        if entry.drops or self.graveyard:
            self._bury(entry, undo)
        self.on_commit(entry, undo, user)
        self.wake()
        if log.total > self._balanced:
            self._balanced = log.total + STEP_BYTES
            self._budget.balance()
        return entry

    def replace(self, by: str, seq: int, open: Transaction, user: str | None) -> None:
        """Give a transaction the next revision and begin the log behind it (SPEC 3.2, PUSH-DOC)."""
        entry = Entry(self.rev + 1, by, seq, open.ops, self.clock())
        self.log.clear(entry.rev)
        self.feed.clear()
        self.graveyard.clear()
        self._models.clear()
        self.replaced = entry.rev
        self.on_commit(entry, open.undo, user)
        self.wake()

    def whisper(self, ops: Sequence[Msg], by: str = "py", user: str | None = None) -> None:
        """Tell everybody but the author of volatile messages: they are not logged (SPEC 5.8)."""
        with self.lock:
            for op in ops:
                if not self.state.has(op.m):
                    continue
                whisper = Whisper(f"v{next(self._whispers)}", op, by)
                for ear in self.ears:
                    ear.hear(whisper)
            if by != "py":
                self.on_commit(Entry(self.rev, by, None, list(ops)), [[] for _ in ops], user)
            self.wake()

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

    def end(self, text: str, code: Close = Close.UNKNOWN_SESSION) -> None:
        """Close every connection, and take nothing more from any; the first reason stands."""
        with self.lock:
            self.ended = self.ended or (code, text)
            self._held = 0
            self.wake()

    def idle(self) -> bool:
        """Use a moment without work, a slice at most; tell whether there is more to do soon.

        Who holds the lock is not waited for.
        """
        if not self.lock.acquire(blocking=False):
            return False
        try:
            now = self.clock()
            self.log.expire(now)
            self._clear_graves()
            return self._open is None and self.sweep.slice(now)
        finally:
            self.lock.release()

    # Garbage (SPEC 5.1, GC)

    def collect(self) -> None:
        """Drop the models that nothing refers to, as a transaction by `gc`."""
        if not self.graph.suspects or self._open is not None:
            return
        with self.lock:
            while found := [m for m in self.graph.unreferenced() if self.state.has(m)]:
                self.drop(found)

    def drop(self, found: list[str]) -> None:
        """Drop models, as a transaction by `gc`."""
        self._commit_alone("gc", Drop(found))

    def _bury(self, entry: Entry, undo: Iterable[Undo]) -> None:
        for op, inverses in zip(entry.ops, undo, strict=True):
            if isinstance(op, Drop):
                for add in inverses:
                    assert isinstance(add, Add), "a drop is undone by adds"
                    # At the end, also when it was dropped before: they stand in log order.
                    self.graveyard.pop(add.m, None)
                    self.graveyard[add.m] = entry.rev, add
        self._clear_graves()

    def _clear_graves(self) -> None:
        """Forget the dropped models whose drop is no longer in the log."""
        while self.graveyard:
            m, (rev, _) = next(iter(self.graveyard.items()))
            if rev > self.log.base:
                return
            del self.graveyard[m]
