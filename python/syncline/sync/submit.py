"""Committing a client's transaction: transform to head, check, apply, commit (SPEC 5.1)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from operator import is_not
from typing import TYPE_CHECKING, Any

from syncline.core.apply import placed, resolve
from syncline.core.columns import Columns
from syncline.core.errors import BadValue, Gone
from syncline.core.ops import (
    Add,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    WireOp,
    is_plain_set,
    references,
    same_ops,
)
from syncline.core.transform import overlaps, reason, same_address, transform
from syncline.core.values import equal

from .entry import concerned
from .errors import Code, ProtocolError, Refused
from .messages import Conflict, Error, Ok, Patch, Result
from .session import Session
from .spent import known, spend
from .transaction import Transaction

if TYPE_CHECKING:
    from .clients import Client
    from .spent import Reply

logger = logging.getLogger("syncline")


def submit(
    session: Session,
    client: Client,
    seq: int,
    base: int,
    patch: Patch,
    reply: Reply,
    user: str | None = None,
    *,
    trusted: bool = False,
) -> None:
    """Commit a client's transaction and `reply` with the outcome, before any observer runs.

    Raises ProtocolError where the transaction is not spent: `seq-gap` and `stale-base`.
    """
    with session.lock:
        session.ready()
        if known(client, seq, reply):
            return
        # Before the base is looked at: its commit may be what cuts the log.
        session.collect()
        if not session.log.base <= base <= session.rev:
            text = f"revision {base} is not in the log"
            raise ProtocolError(Code.STALE_BASE, text, "resume")
        _Submission(session, client, seq, base, patch, user, trusted).commit(reply)


class _Submission:
    """One transaction on its way to be committed."""

    def __init__(
        self,
        session: Session,
        client: Client,
        seq: int,
        base: int,
        patch: Patch,
        user: str | None,
        trusted: bool,
    ) -> None:
        self.session = session
        self.client = client
        self.seq = seq
        self.base = base
        self.patch = patch
        self.user = user
        self.trusted = trusted
        self.open = Transaction()
        self.conflicts: list[Conflict] = []
        self.exact = True
        """Whether what is committed is, element by element, what was submitted."""

    def commit(self, reply: Reply) -> None:
        head = self.session.rev
        try:
            self._run_all(self._transformed())
        except Refused as refused:
            self.session.undo(self.open, 0)
            result = Result("ERROR", self.seq, head, head, self._error(refused))
            spend(self.client, result, reply)
            return
        except BaseException:
            self.session.undo(self.open, 0)
            raise
        finally:
            for op in self.patch.ops:
                if isinstance(op, Add):
                    self.session.state.forget(op.m)
        rev = head + 1 if self.open.ops else head
        whole = Ok(ops=self.open.ops, conflicts=self.conflicts)
        verbatim = self.exact and self.open.ops
        content = Ok(verbatim=True, conflicts=self.conflicts) if verbatim else whole
        result = Result("OK", self.seq, head, rev, content)
        # The author hears of it before observers run, so that its own commit comes first.
        spend(self.client, result, reply)
        # Sent again, an outcome always has its operations (SPEC 5.1.1).
        result.content = whole
        self.session.record(
            self.client.id,
            self.seq,
            self.open.ops,
            self.open.undo,
            self.user,
            conflicts=bool(self.conflicts),
        )

    def _error(self, refused: Refused) -> Error:
        return Error(refused.code, refused.text, "never", op=refused.op, conflicts=self.conflicts)

    # Transform (SPEC 5.3)

    def _transformed(self) -> list[tuple[int, WireOp]]:
        if self.base == self.session.rev:
            return list(enumerate(self.patch.ops))
        pieces: list[list[Op]] = [[op] for op in self.patch.ops]
        models = concerned(self.patch.ops)
        for entry in self.session.log.touching(models, self.base):
            for committed in entry.ops:
                if not models.isdisjoint(concerned((committed,))):
                    self._over(pieces, committed, entry.rev, entry.by)
        return [(index, op) for index, ops in enumerate(pieces) for op in ops]  # type: ignore[misc]

    def _over(self, pieces: list[list[Op]], committed: Op, rev: int, by: str) -> None:
        ahead: list[Op] = [committed]
        for index, ops in enumerate(pieces):
            if not ops:
                continue
            self._note_concurrent(index, ops, committed, rev, by)
            before = ops
            ahead, pieces[index] = transform(ahead, ops)
            if not pieces[index]:
                self._skip(index, reason(before[0], committed), rev, by)
            elif len(pieces[index]) != len(before) or any(map(is_not, pieces[index], before)):
                self.exact = False

    def _note_concurrent(self, index: int, ops: list[Op], committed: Op, rev: int, by: str) -> None:
        strict = self.patch.mode == "strict" and any(overlaps(op, committed) for op in ops)
        if strict or any(same_address(op, committed) for op in ops):
            self.conflicts = [c for c in self.conflicts if (c.op, c.kind) != (index, "concurrent")]
            self.conflicts.append(Conflict(index, "concurrent", rev, by))
        if strict:
            raise Refused(Code.CONFLICT, f"revision {rev} changed the same place", op=index)

    def _skip(self, index: int, kind: str, rev: int | None = None, by: str | None = None) -> None:
        self.exact = False
        self.conflicts.append(Conflict(index, kind, rev, by))
        if self.patch.mode != "merge":
            raise Refused(Code.CONFLICT, f"operation {index} cannot be applied: {kind}", op=index)

    # Apply (SPEC 5.1, step 4)

    def _run_all(self, ops: list[tuple[int, WireOp]]) -> None:
        adds = [op for _, op in ops if type(op) is Add]
        for add in adds:
            self.session.state.expect(add.m, add.type)
        added = {add.m for add in adds}
        for index, op in ops:
            try:
                self._run(index, op, added)
            except Gone as gone:
                self._skip(index, gone.kind)

    def _run(self, index: int, op: WireOp, added: set[str]) -> None:
        if not is_plain_set(op):
            self._check_allowed(index, op)
        op = self._checked(index, op)
        if not is_plain_set(op):
            self._resurrect(op, added)
            op = self._placed(index, op)
        try:
            if not self.session.run(self.open, op):
                self.exact = False
        except BadValue as error:
            raise Refused(Code.INVALID_VALUE, str(error), op=index) from error

    def _check_allowed(self, index: int, op: WireOp) -> None:
        """Refuse what only the session and trusted clients do."""
        if isinstance(op, Add):
            self._check_id(index, op.m)
            self._check_generations(index, op.props)
        elif isinstance(op, Set | Splice):
            self._check_generations(index, op.v)
        elif isinstance(op, RootAdd | RootRemove | Title) and not self._owns_roots():
            text = "a view may not change the document's roots or title"
            raise Refused(Code.READ_ONLY, text, op=index)

    def _check_generations(self, index: int, value: Any) -> None:
        for source in sources(value):
            if not (self.trusted or source.gen.startswith(f"{self.client.id}-")):
                text = f"expected a gen that begins with {self.client.id}-, got {source.gen[:64]!r}"
                raise Refused(Code.NOT_YOURS, text, op=index)

    def _owns_roots(self) -> bool:
        return self.trusted or self.session.open_roots

    def _check_id(self, index: int, m: str) -> None:
        if not (self.trusted or m.startswith(f"{self.client.id}-")):
            text = f"expected a model id that begins with {self.client.id}-, got {m[:64]!r}"
            raise Refused(Code.NOT_YOURS, text, op=index)
        if self.session.state.has(m):
            raise Refused(Code.INVALID_OP, f"{m!r} is in the document already", op=index)

    def _checked(self, index: int, op: WireOp) -> WireOp:
        """Return the operation as the guard lets it pass."""
        try:
            checked = self.session.guard.check(op, trusted=self.trusted)
        except Refused as refused:
            refused.op = index
            raise
        except Exception as error:
            logger.exception("a check failed")
            text = "the check of a value failed"
            raise Refused(Code.INTERNAL, text, op=index) from error
        if checked is not op and not same_ops([checked], [op]):
            self.exact = False
            if _adjusted(checked, op):
                self.conflicts.append(Conflict(index, "adjusted"))
        return checked

    def _placed(self, index: int, op: WireOp) -> WireOp:
        """Return the operation as it is committed (SPEC 4)."""
        if isinstance(op, Stream):
            self._check_rows(index, op)
        ready = placed(self.session.state, op)
        if ready is not op:
            self.exact = False
        return ready

    def _check_rows(self, index: int, op: Stream) -> None:
        """Refuse rows behind others that nobody sent: only a squash leaves rows out."""
        source = resolve(self.session.state, op.m, op.p)
        if isinstance(source, Columns) and source.gen == op.gen and op.at > source.end:
            text = f"expected rows from {source.end}, got rows from {op.at}"
            raise Refused(Code.INVALID_VALUE, text, op=index)

    def _resurrect(self, op: WireOp, added: set[str]) -> None:
        needed = [reference.id for reference in references(op)]
        if isinstance(op, RootAdd):
            needed.append(op.m)
        for m in needed:
            if m in added or self.session.state.has(m):
                continue
            if m not in self.session.graveyard:
                raise Gone("bad-ref")
            self.exact = False
            _, add = self.session.graveyard[m]
            self._resurrect(add, added | {m})
            self.session.run(self.open, add)


def _adjusted(checked: WireOp, op: WireOp) -> bool:
    """Tell whether the guard changed a value; that it completes an `add` is no conflict."""
    if not (isinstance(checked, Add) and isinstance(op, Add)):
        return True
    return any(not equal(checked.props[name], value) for name, value in op.props.items())


def sources(value: Any) -> Iterator[Columns]:
    """Yield the columnar sources inside a value."""
    if isinstance(value, Columns):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from sources(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from sources(item)
