"""What a client may ask for: one function for each message type (SPEC 3.2)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from syncline.core.values import Buffers, encode_value

from .errors import Code, ProtocolError
from .incoming import decode, decode_document, decode_patch, decode_volatile
from .messages import AssetRequest, Envelope, Header, Protocol, Receipt
from .push import push
from .rate import Bucket, Rate
from .resume import pull
from .schema import versions
from .spent import refuse, wire_content
from .submit import submit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.core.arrays import Buffer

    from .messages import Result
    from .peer import Peer
    from .spent import Reply

FEATURES = ["columns", "squash", "volatile"]
BEFORE_PULL = frozenset({"PULL-DOC-REQ", "SERVER-INFO-REQ", "PING", "ACK", "OK", "ERROR"})
CHANGES = frozenset({"PATCH-DOC", "PUSH-DOC"})
BEHIND_MS = 500
RATED = CHANGES | {"PULL-DOC-REQ", "ASSET-REQ"}


def handle(peer: Peer, envelope: Envelope, buffers: Sequence[Buffer], size: int) -> None:
    """Do what a message asks for; `size` are its bytes that are not counted yet.

    Raises ProtocolError.
    """
    header, session = envelope.header, peer.session
    if not admit(peer, header, size):
        return
    kind = header.msgtype
    request = REQUESTS.get(kind)
    if request is None:
        raise ProtocolError(Code.BAD_MESSAGE, f"unknown message type {kind[:64]!r}")
    with session.lock:
        _take_receipts(peer, header)
        if kind not in RATED:
            request(peer, header, envelope.content, Buffers())
            return
        begun = session.clock()
        if kind in CHANGES:
            session.last_input = begun
        try:
            request(peer, header, envelope.content, Buffers(list(buffers)))
        finally:
            if peer.client.bucket is not None:
                peer.client.bucket.spend(0, session.clock() - begun)
    if kind in CHANGES:
        session.on_settled()


def admit(peer: Peer, header: Header, size: int) -> bool:
    """Refuse a message before any work is done for it; count its bytes.

    Returns False for one that is dropped without a word. Raises ProtocolError.
    """
    kind = header.msgtype
    if not peer.liveness.pulled and kind not in BEFORE_PULL:
        raise ProtocolError(Code.NOT_READY, "expected PULL-DOC-REQ first", "resume")
    if header.client is not None and header.client != peer.client.id and kind != "PULL-DOC-REQ":
        raise ProtocolError(Code.NOT_YOURS, f"this connection is client {peer.client.id}")
    if kind in CHANGES and header.seq is not None and peer.session.is_behind():
        text = "the callbacks are far behind"
        raise ProtocolError(Code.RATE_LIMITED, text, "later", after_ms=BEHIND_MS)
    rate = peer.session.limits.rate
    return rate is None or kind not in RATED or _affords(peer, header, size, rate)


def refuse_unread(peer: Peer, header: Header, error: ProtocolError, size: int) -> None:
    """Spend a transaction of which only the header can be read, so that its author goes on.

    Raises ProtocolError where it is no transaction of this client.
    """
    with peer.session.lock:
        admit(peer, header, size)
        refuse(peer.session, peer.client, _transaction(peer, header), error, _outcome(peer, header))


def _affords(peer: Peer, header: Header, size: int, rate: Rate) -> bool:
    """Let a client do no more than its rate allows; what it sends again is free (SPEC 3.4)."""
    client, now = peer.client, peer.liveness.heard
    if header.seq is not None and header.seq <= (client.last_seq or 0):
        return True
    bucket = client.bucket
    if bucket is None:
        bucket = client.bucket = Bucket(rate, now)
    wait = bucket.wait(rate, now)
    # A message that has begun in parts may end.
    if wait > 0 and size and (header.part is None or header.part[0] == 0):
        if header.volatile:
            return False
        after_ms = math.ceil(wait * 1000)
        raise ProtocolError(Code.RATE_LIMITED, "too much at once", "later", after_ms=after_ms)
    bucket.spend(size)
    return True


def _take_receipts(peer: Peer, header: Header) -> None:
    if header.seen is not None:
        peer.seen = min(header.seen, peer.session.rev)
    if header.got is not None and peer.outbox.window is not None:
        peer.outbox.window.got(header.got)


# Changes


def _patch(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    if header.volatile:
        _volatile(peer, content, buffers)
        return
    session, client, seq = peer.session, peer.client, _transaction(peer, header)
    reply = _outcome(peer, header)
    try:
        base = _writable(peer, header)
        patch = decode_patch(content, buffers, session.limits)
    except ProtocolError as error:
        refuse(session, client, seq, error, reply)
    else:
        submit(session, client, seq, base, patch, reply, peer.user, trusted=peer.trusted)


def _push(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    session, client, seq = peer.session, peer.client, _transaction(peer, header)
    reply = _outcome(peer, header)
    try:
        base = _writable(peer, header)
        if not (peer.trusted and session.pushable):
            raise ProtocolError(Code.READ_ONLY, "this document is not replaced by clients")
        state = decode_document(content, buffers, session.limits)
    except ProtocolError as error:
        refuse(session, client, seq, error, reply)
    else:
        push(session, client, seq, base, state, reply, peer.user)


def _transaction(peer: Peer, header: Header) -> int:
    """Return the number of a transaction of this connection's client, in this epoch."""
    if header.epoch != peer.session.epoch:
        raise ProtocolError(Code.STALE_EPOCH, "the document was rebuilt", "resume")
    if header.client is None:
        raise ProtocolError(Code.NOT_YOURS, f"this connection is client {peer.client.id}")
    if header.seq is None:
        raise ProtocolError(Code.BAD_MESSAGE, "expected seq")
    return header.seq


def _writable(peer: Peer, header: Header) -> int:
    """Return the base of a transaction of one who may write at all."""
    if not peer.may_write:
        raise ProtocolError(Code.READ_ONLY, "this view may not change the document")
    if header.base is None:
        raise ProtocolError(Code.BAD_MESSAGE, "expected base")
    return header.base


def _outcome(peer: Peer, request: Header) -> Reply:
    """Return what queues the OK or ERROR of a transaction."""

    def reply(result: Result) -> None:
        if peer.channel is not None and _is_told_there(peer, request, result):
            return
        header = peer.header(
            result.type, reqid=request.msgid, seq=result.seq, since=result.since, rev=result.rev
        )
        outbox = peer.outbox
        buffers: list[Buffer] | None = None if outbox.inline else []
        content = wire_content(result.content, buffers)
        # Without a channel the reply takes the place of the author's own entry in the stream.
        after = result.rev if peer.channel else min(result.since, peer.session.rev)
        outbox.put(header, content, buffers or (), after, result.rev)

    return reply


def _is_told_there(peer: Peer, request: Header, result: Result) -> bool:
    """Tell whether the patch that is about to be published says all of an outcome (SPEC 6.2)."""
    new = request.msgtype == "PATCH-DOC" and result.rev > peer.session.rev
    return new and not result.content.conflicts


def _volatile(peer: Peer, content: msgspec.Raw, buffers: Buffers) -> None:
    if not peer.may_write:
        raise ProtocolError(Code.READ_ONLY, "this view may not send messages")
    session = peer.session
    ops = decode_volatile(content, buffers, session.limits)
    for op in ops:
        session.guard.check(op, trusted=peer.trusted)
    session.whisper(ops, peer.client.id, peer.user)


# Questions


def _ping(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    peer.outbox.put(peer.header("OK", reqid=header.msgid, rev=peer.outbox.place))


def _info(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    answer = {
        "version": peer.server,
        "protocol": Protocol(),
        "features": FEATURES,
        "types": versions(peer.session.schemas.types()),
        "limits": peer.session.limits,
    }
    peer.outbox.put(peer.header("SERVER-INFO-REPLY", reqid=header.msgid), answer)


def _asset(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    hash = decode(content, AssetRequest).hash
    code = peer.session.schemas.asset(hash)
    if code is None:
        raise ProtocolError(Code.UNKNOWN_ASSET, f"this document has no asset {hash[:64]!r}")
    own: list[Buffer] | None = None if peer.outbox.inline else []
    answer = {"bytes": encode_value(code, own)}
    peer.outbox.put(peer.header("ASSET", reqid=header.msgid), answer, own or ())


def _receipt(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    got = decode(content, Receipt).got
    if got is not None and peer.outbox.window is not None:
        peer.outbox.window.got(got)


def _nothing(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    """Take note: an ERROR is never answered (SPEC 3.2)."""


REQUESTS: dict[str, Callable[[Peer, Header, msgspec.Raw, Buffers], None]] = {
    "PATCH-DOC": _patch,
    "PUSH-DOC": _push,
    "PULL-DOC-REQ": pull,
    "PING": _ping,
    "SERVER-INFO-REQ": _info,
    "ASSET-REQ": _asset,
    "ACK": _receipt,
    "OK": _nothing,
    "ERROR": _nothing,
}
