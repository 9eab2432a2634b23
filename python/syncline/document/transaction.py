"""Transactions: several changes that become one revision, or none (SPEC 5.8)."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from syncline.core.errors import Gone
from syncline.core.ops import Addressed, RootAdd, RootRemove
from syncline.core.transform import overlaps, transform
from syncline.sync.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from syncline.core.ops import Op
    from syncline.model.model import Model
    from syncline.sync.engine import Mode

    from .document import Document

_current: ContextVar[Collector | None] = ContextVar("collector", default=None)


class Transaction:
    """What `Document.transaction` returns: `with` or `async with` it, once."""

    __slots__ = (
        "_collector",
        "_document",
        "_joined",
        "_mark",
        "_outcome",
        "_rev",
        "label",
        "mode",
    )

    def __init__(self, document: Document, label: str | None = None, mode: Mode = "merge") -> None:
        if mode not in ("merge", "atomic", "strict"):
            raise ValueError(f'expected "merge", "atomic" or "strict", got {mode!r}')
        self.label = label
        self.mode: Mode = mode
        self._outcome: Outcome | None = None
        self._rev: int | None = None
        self._document = document
        self._joined: Collector | None = None
        """The one around it that spans an `await`."""
        self._collector: Collector | None = None
        self._mark = 0

    def __enter__(self) -> Document:
        document = self._document
        if document.collectors and (outer := collector_of(document)) is not None:
            self._joined, self._mark = outer, len(outer.pieces)
        else:
            self._outcome = document.engine.begin(self.label, self.mode)
        return document

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._joined is not None:
            if kind is not None:
                self._joined.cut(self._mark)
        elif kind is not None:
            self._document.engine.rollback()
        else:
            self._rev = self._document.engine.commit()

    async def __aenter__(self) -> Document:
        if collector_of(self._document) is not None:
            return self.__enter__()
        self._collector = Collector(self._document, self.label, self.mode)
        self._collector.open()
        return self._document

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if self._collector is None:
            self.__exit__(kind, error, trace)
            return
        self._collector.close()
        if kind is None:
            inner = self._collector.commit()
            self._outcome, self._rev = inner._outcome, inner._rev

    def fail(self) -> None:
        """Nothing of it is committed, and its outcome is known."""
        self._outcome = Outcome()
        self._outcome.settle(None)

    @property
    def outcome(self) -> Outcome:
        """What it came to, after its end; ask the outermost one.

        Where the session is elsewhere, it is settled once that has answered.
        """
        if self._outcome is None:
            self._outcome = Outcome()
            self._outcome.settle(self._rev)
        return self._outcome

    @property
    def done(self) -> Awaitable[Outcome]:
        """Wait for the outcome, in a coroutine: `await transaction.done`."""
        # Importing asyncio takes longer than the rest of Syncline.
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()

        def finish(outcome: Outcome) -> None:
            if not future.done():
                future.set_result(outcome)

        def tell(outcome: Outcome) -> None:
            loop.call_soon_threadsafe(finish, outcome)

        self.outcome.then(tell)
        return future


def collector_of(document: Document) -> Collector | None:
    """Return what collects the edits of this task to a document."""
    found = _current.get()
    while found is not None and not (found.is_open and found.document is document):
        found = found.outer
    return found


class Piece:
    """A collected edit as it was made, and as it is to be run: after what was committed since."""

    __slots__ = ("made", "ops")

    def __init__(self, made: Op, ops: list[Op]) -> None:
        self.made = made
        self.ops = ops


class Collector:
    """The edits of a transaction that spans an `await`.

    Nobody sees them before its end, the code that makes them neither: every edit is made on the
    document as it stands, like that of a client which has not sent the ones before.
    """

    def __init__(self, document: Document, label: str | None, mode: Mode) -> None:
        self.document = document
        self.label = label
        self.mode: Mode = mode
        self.outer = _current.get()
        """The one around it, of another document."""
        self.is_open = False
        self.pieces: list[Piece] = []
        """In order, each as to be run after those before it."""
        self._places: dict[object, list[Piece]] = {}
        """The pieces by what they may move or replace."""
        self._entering: dict[str, Model] = {}
        self._broken = False
        """Whether others have changed what a strict transaction stands on."""

    def open(self) -> None:
        """Collect what this task, and those it starts, do from now on."""
        with self.document.lock:
            self.document.collectors.append(self)
        self.is_open = True
        _current.set(self)

    def close(self) -> None:
        """Collect no more."""
        with self.document.lock:
            self.document.collectors.remove(self)
        self.is_open = False
        _current.set(self.outer)

    def add_root(self, model: Model) -> None:
        """Keep a new root."""
        self._entering[model.id] = model
        self.collect(RootAdd(model.id))

    def collect(self, op: Op) -> None:
        """Keep an edit that was made on the document as it stands.

        Raises LookupError for one inside a list or dict that the transaction itself replaces.
        """
        with self.document.lock:
            ops = [op]
            near = self._places.setdefault(_place(op), [])
            for piece in near:
                _, ops = transform(piece.ops, ops)
            if not ops:
                text = "an async transaction does not see its own edits: this was replaced in it"
                raise LookupError(text)
            made = Piece(op, ops)
            near.append(made)
            self.pieces.append(made)

    def cut(self, length: int) -> None:
        """Forget all but the first edits."""
        with self.document.lock:
            for piece in self.pieces[length:]:
                piece.ops = []
            del self.pieces[length:]

    def over(self, committed: Sequence[Op]) -> None:
        """Re-express what is collected over what was committed; called under the lock."""
        ahead = list(committed)
        for piece in self.pieces:
            if self.mode == "strict" and any(overlaps(a, b) for a in piece.ops for b in ahead):
                self._broken = True
            ahead, piece.ops = transform(ahead, piece.ops)

    def commit(self) -> Transaction:
        """Make the edits, as one revision; those whose place is gone are reported and left out.

        Where it is to be whole or nothing, that is nothing.
        """
        made = Transaction(self.document, self.label, self.mode)
        try:
            with made:
                self._run_all()
        except Gone:
            made.fail()
        return made

    def _run_all(self) -> None:
        if self._broken:
            self._report(Gone("concurrent"), "others have changed what it stands on")
        for piece in self.pieces:
            try:
                self._run(piece)
            except Gone as gone:
                self._report(gone, _name(piece.made))

    def _report(self, gone: Gone, what: str) -> None:
        self.document.report(gone, f"transaction {self.label or ''}: {what}")
        if self.mode != "merge":
            raise gone

    def _run(self, piece: Piece) -> None:
        if not piece.ops:
            raise Gone("target-gone")
        for op in piece.ops:
            if isinstance(op, RootAdd) and op.m in self._entering:
                self.document.add_root(self._entering[op.m])
            elif isinstance(op, Addressed):
                self.document.edit_model(op)
            else:
                self.document.edit(op)


def _place(op: Op) -> object:
    """Return what an edit has to do with: edits of different places leave each other alone."""
    if isinstance(op, Addressed):
        return op.m, op.p[0]
    return op.m if isinstance(op, RootAdd | RootRemove) else type(op)


def _name(op: Op) -> str:
    if isinstance(op, Addressed):
        return f"{op.m} {'.'.join(map(str, op.p))}: the place of an edit is gone"
    return f"{type(op).__name__}: its model is gone"
