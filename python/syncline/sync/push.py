"""PUSH-DOC of a trusted client: another document in the place of this one (SPEC 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.diff import diff
from syncline.core.ops import Add, Del, Roots, Set, Splice
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import clone, refs

from .errors import Code, ProtocolError, Refused
from .messages import Error, Ok, Result
from .spent import known, spend
from .transaction import Transaction

if TYPE_CHECKING:
    from syncline.core.ops import Op

    from .clients import Client
    from .session import Session
    from .spent import Reply


def push(
    session: Session,
    client: Client,
    seq: int,
    base: int,
    new: PlainState,
    reply: Reply,
    user: str | None = None,
) -> None:
    """Replace the document, as one revision that is not in the log; the log begins behind it.

    Models whose id and type stay are changed, not made anew. Raises ProtocolError where the
    transaction is not spent: `seq-gap` and `stale-base`.
    """
    with session.lock:
        session.ready()
        if known(client, seq, reply):
            return
        session.collect()
        head = session.rev
        if base != head:
            raise ProtocolError(Code.STALE_BASE, f"expected base {head}", "resume")
        open = Transaction()
        try:
            _change(session, open, new)
        except Refused as refused:
            session.undo(open, 0)
            content = Error(refused.code, refused.text, "never")
            spend(client, Result("ERROR", seq, head, head, content), reply)
            return
        except BaseException:
            session.undo(open, 0)
            raise
        result = Result("OK", seq, head, head + 1, Ok(verbatim=True))
        spend(client, result, reply)
        result.content = Ok(ops=[])
        session.replace(client.id, seq, open, user)


def _change(session: Session, open: Transaction, new: PlainState) -> None:
    _check_references(new)
    ops = diff(_plain(session), new)
    adds = [op for op in ops if isinstance(op, Add)]
    try:
        for add in adds:
            session.state.expect(add.m, add.type)
        for op in ops:
            session.run(open, _checked(session, op))
    finally:
        for add in adds:
            session.state.forget(add.m)
    session.run(open, Roots(new.roots))


def _checked(session: Session, op: Op) -> Op:
    # A property that is left out has its default: there is nothing to check.
    if isinstance(op, Add | Set | Splice) or (isinstance(op, Del) and len(op.p) > 1):
        return session.guard.check(op, trusted=True)
    return op


def _check_references(new: PlainState) -> None:
    wanted = {reference.id for model in new.models.values() for reference in refs(model.props)}
    if missing := (wanted | set(new.roots)) - new.models.keys():
        raise Refused(Code.INVALID_VALUE, f"the document has no model {min(missing)[:64]!r}")


def _plain(session: Session) -> PlainState:
    """Return a copy of the document as plain values."""
    state = PlainState(session.state.title)
    state.roots = list(session.state.roots)
    state.models = {m: PlainModel(type, clone(p)) for m, type, p in session.state.items()}
    return state
