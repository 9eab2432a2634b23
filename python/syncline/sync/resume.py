"""PULL-DOC-REQ: who a connection is, and what it lacks (SPEC 3.2 and 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .errors import Code
from .incoming import decode
from .messages import Error, Header, Ok, Pull, PullReply, Result
from .snapshot import wire_model
from .spent import wire_content

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer
    from syncline.core.values import Buffers

    from .clients import Client
    from .peer import Peer
    from .session import Session


def pull(peer: Peer, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
    """Answer with what happened since, with the whole document, or with single models."""
    request, session, outbox = decode(content, Pull), peer.session, peer.outbox
    if request.models is not None and peer.liveness.pulled:
        _models(peer, header, request.models)
        return
    session.ready()
    # Before the reply is made: garbage would move the revision that it speaks of.
    session.collect()
    outbox.inline = outbox.inline or header.inline or (peer.probe and not header.buffers)
    who = _who(peer, header)
    back = who is not peer.client
    peer.bind(who)
    if back and (request.pending is None or request.pending <= (who.last_seq or 0)):
        # A page that had the id before may have used the next number: it is not used again.
        who.last_seq = (who.last_seq or 0) + 1
    peer.liveness.pulled = outbox.following = True
    outbox.clear()
    if _covers(session, request):
        _delta(peer, header, request)
    else:
        _snapshot(peer, header, request)


def _who(peer: Peer, header: Header) -> Client:
    session, own = peer.session, peer.client
    if header.client is None or header.client == own.id:
        return own
    known = session.clients.resume(header.client, header.resume_key, session.clock())
    return own if known is None else known


def _covers(session: Session, request: Pull) -> bool:
    have, log = request.have, session.log
    if have is None or request.kind is not None or have.epoch != session.epoch:
        return False
    return log.base <= have.rev <= log.rev


def _reply(peer: Peer, request: Header, pull: Pull, rev: int) -> Header:
    header = peer.header("PULL-DOC-REPLY", reqid=request.msgid, client=peer.client.id, rev=rev)
    add_result(header, peer.client, pull.pending)
    if header.result is None and pull.pending is not None:
        _add_overtaken(peer, header, pull.pending)
    return header


def _add_overtaken(peer: Peer, header: Header, pending: int) -> None:
    """Say what became of a transaction from which another page has gone on (SPEC 3.1)."""
    if pending > (header.last_seq or 0):
        return
    by, rev = peer.client.id, header.rev or 0
    content = Error(Code.NOT_YOURS, "another page has taken this client id over", "never")
    header.result = Result("ERROR", pending, rev, rev, content)
    for entry in peer.session.log.entries:
        if (entry.by, entry.seq) == (by, pending):
            done = wire_content(Ok(ops=entry.ops), None)
            header.result = Result("OK", pending, entry.rev - 1, entry.rev, done)


def _delta(peer: Peer, header: Header, request: Pull) -> None:
    session, outbox, have = peer.session, peer.outbox, request.have
    assert have is not None, "who has nothing gets a snapshot"
    reply = _reply(peer, header, request, session.rev)
    reply.since, reply.msgs = have.rev, session.messages
    txs, own = session.feed.txs(have.rev, session.rev, inline=outbox.inline)
    _put(peer, reply, msgspec.Raw(b'{"kind":"delta","txs":[' + txs + b"]}"), own)


def _snapshot(peer: Peer, header: Header, request: Pull) -> None:
    session, outbox = peer.session, peer.outbox
    snapshot = session.snapshot(inline=outbox.inline)
    reply = _reply(peer, header, request, snapshot.rev)
    reply.msgs = snapshot.messages
    content = msgspec.Raw(snapshot.content(b'"kind":"snapshot"', request.known))
    _put(peer, reply, content, snapshot.buffers)


def _put(peer: Peer, reply: Header, content: msgspec.Raw, buffers: list[Buffer]) -> None:
    """Queue a reply that brings the client to head; what follows begins there."""
    rev = peer.session.rev
    peer.outbox.cursor = rev
    peer.outbox.put(reply, content, buffers, 0, rev)
    if peer.channel is not None:
        peer.channel.stop(rev)


def _models(peer: Peer, header: Header, ids: list[str]) -> None:
    """Answer with the Foreign documents among some models (SPEC 5.10)."""
    session, outbox, wanted = peer.session, peer.outbox, frozenset(ids)
    own: list[Buffer] | None = None if outbox.inline else []
    models = {
        m: wire_model(session, m, type, props, own)
        for m, type, props in session.state.items()
        if m in wanted and m in session.foreign
    }
    reply = peer.header("PULL-DOC-REPLY", reqid=header.msgid, client=peer.client.id)
    reply.rev = session.rev
    outbox.put(reply, PullReply("models", models=models), own or (), session.rev)


def add_result(header: Header, client: Client, pending: int | None) -> None:
    """Say what the session knows of a client, and the outcome it may not know (SPEC 3.2)."""
    header.last_seq = client.last_seq
    result = client.result
    if result is not None and result.seq == pending:
        content = wire_content(result.content, None)
        header.result = Result(result.type, result.seq, result.since, result.rev, content)
