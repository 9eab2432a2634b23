"""Exactly once: what became of a client's transactions (SPEC 5.1, step 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from syncline.core.ops import to_wire

from .errors import Code, ProtocolError
from .messages import Error, Ok, Result

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer

    from .clients import Client
    from .session import Session

Reply = Callable[[Result], None]


def known(client: Client, seq: int, reply: Reply) -> bool:
    """Answer a transaction that is spent already; raise ProtocolError where one is missing."""
    if client.last_seq is None or seq == client.last_seq + 1:
        return False
    if seq > client.last_seq:
        text = f"expected transaction {client.last_seq + 1}, got {seq}"
        raise ProtocolError(Code.SEQ_GAP, text, "resume")
    if client.result is None or client.result.seq != seq:
        raise ProtocolError(Code.SEQ_GAP, f"transaction {seq} is decided long ago", "resume")
    reply(client.result)
    return True


def spend(client: Client, result: Result, reply: Reply) -> None:
    """Remember what became of a transaction, and say so."""
    client.last_seq = result.seq
    client.result = result
    reply(result)


def refuse(session: Session, client: Client, seq: int, error: ProtocolError, reply: Reply) -> None:
    """Spend a client's transaction that cannot even be read, and `reply` with the error."""
    with session.lock:
        session.ready()
        if not known(client, seq, reply):
            content = Error(error.code, error.text, "never", op=error.op)
            spend(client, Result("ERROR", seq, session.rev, session.rev, content), reply)


def wire_content(content: Any, buffers: list[Buffer] | None) -> Any:
    """Return the content of a result with its operations in wire form."""
    if not isinstance(content, Ok) or content.ops is None:
        return content
    return Ok(ops=[to_wire(op, buffers) for op in content.ops], conflicts=content.conflicts)
