"""What a client reads out of the server's messages (SPEC 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from syncline.core.ops import Op, WireOp, from_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, decode_value

from .messages import Error, Header, Ok, Tx, WireDoc
from .outcome import Decision
from .replica import Commit

_oks = msgspec.json.Decoder(Ok)


def decode_ops(ops: Sequence[WireOp], buffers: Buffers) -> list[Op]:
    """Return operations with their values decoded. Raises BadValue."""
    return [from_wire(op, buffers) for op in ops]


def decode_txs(txs: list[Tx], buffers: list[Any]) -> list[Commit]:
    """Return committed transactions; each counts its buffers from its own first (SPEC 3.3)."""
    commits = []
    start = 0
    for tx in txs:
        own = Buffers(buffers[start : start + tx.nbuf])
        start += tx.nbuf
        commits.append(Commit(tx.rev, decode_ops(tx.ops, own), tx.by, tx.seq, tx.conflicts))
    return commits


def decode_doc(doc: WireDoc, buffers: list[Any]) -> PlainState:
    """Return the content of a snapshot."""
    own = Buffers(buffers)
    state = PlainState(doc.title)
    state.roots = list(doc.roots)
    for m, model in doc.models.items():
        props = {name: decode_value(value, own) for name, value in model.props.items()}
        state.models[m] = PlainModel(model.type, props)
    return state


def decode_ok(header: Header, content: msgspec.Raw, buffers: list[Any]) -> Decision:
    """Return the outcome that an OK with `seq` tells."""
    return _accepted(header, _oks.decode(content), buffers)


def decode_error(header: Header, error: Error) -> Decision:
    """Return the outcome that a final ERROR with `seq` tells."""
    rev = header.rev or 0
    refusal = error.code, error.text, error.op
    return Decision(header.seq or 0, rev, rev, [], error.conflicts, refusal)


def decode_result(header: Header) -> Decision | None:
    """Return the outcome in the header of a PULL-DOC-REPLY or PUSH-DOC, where there is one."""
    result = header.result
    if result is None:
        return None
    told = Header(msgid="", msgtype="", seq=result["seq"], since=result["since"], rev=result["rev"])
    if result["type"] == "ERROR":
        return decode_error(told, msgspec.convert(result["content"], Error))
    return _accepted(told, msgspec.convert(result["content"], Ok), [])


def _accepted(header: Header, ok: Ok, buffers: list[Any]) -> Decision:
    ops = decode_ops(ok.ops, Buffers(buffers)) if ok.ops is not None else None
    if not ok.verbatim and ops is None:
        ops = []
    return Decision(header.seq or 0, header.since or 0, header.rev or 0, ops, ok.conflicts)
