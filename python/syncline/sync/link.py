"""The client half of one connection, without I/O (SPEC 3.2 and 5.2)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import msgspec

from syncline.core.ops import WireOp, from_wire, to_wire
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, decode_value

from .frames import Frame, pack, unpack
from .messages import (
    Ack,
    Conflict,
    Envelope,
    Error,
    Have,
    Header,
    Ok,
    Patch,
    Pull,
    PullReply,
    Push,
    Tx,
    Txs,
    WireDoc,
)
from .replica import Commit, Replica

PULL_SECONDS = 10.0
MAX_PULL_SECONDS = 600.0
CLOSE_SLOW = 4408


class Link:
    """Keeps a replica in step with a session over frames.

    `send` takes a frame; `now` is any clock in seconds.
    """

    def __init__(self, replica: Replica, send: Callable[[Frame], None]) -> None:
        self.replica = replica
        self.send = send
        self.status = "offline"
        self.ack = Ack()
        self.resume_key: str | None = None
        self.on_channel: Callable[[str], None] = lambda name: None
        """Called with the channel of the ACK before anything is pulled."""
        self.close_code: int | None = None
        """Set when the carrier must be closed."""
        self._ids = itertools.count(1)
        self._issued: tuple[str, str] = ("", "")
        self._pull: str | None = None
        self._pull_due = 0.0
        self._pull_wait = PULL_SECONDS
        self._heard = 0.0
        self._pings = 0
        self._resend_at: float | None = None
        self._probe: list[bytes] = []
        self._inline = False

    # What a carrier calls

    def open(self, now: float) -> None:
        """The carrier is connected: the ACK comes next."""
        self.status = "connecting"
        self.close_code = None
        self._heard, self._pings, self._pull = now, 0, None
        self._pull_due = now + PULL_SECONDS

    def receive(self, frame: str | bytes | memoryview, now: float) -> None:
        """Handle a frame of the server. Raises ProtocolError for a malformed one."""
        self._heard, self._pings = now, 0
        envelope, buffers = unpack(frame)
        header = envelope.header
        match header.msgtype:
            case "ACK":
                self._receive_ack(envelope, buffers, now)
            case "PULL-DOC-REPLY":
                self._receive_reply(envelope, list(buffers), now)
            case "PATCH-DOC":
                self._receive_patch(envelope, list(buffers), now)
            case "PUSH-DOC":
                push = msgspec.json.decode(envelope.content, type=Push)
                self._replace(header, push.doc, Buffers(list(buffers)))
                self.flush(now)
            case "OK" | "ERROR" if header.seq is not None:
                self._receive_result(envelope, list(buffers), now)
            case "PING":
                self.send(pack(self._header("OK", reqid=header.msgid)))
                if header.epoch == self.replica.epoch and (header.rev or 0) > self.replica.rev:
                    self.pull(now)

    def flush(self, now: float) -> None:
        """Send the next transaction, if one is due."""
        if self.status != "live" or self._pull is not None:
            return
        if self.replica.take() is not None:
            self._submit()

    def tick(self, now: float) -> None:
        """Look after silence: repeat a lost pull, ping, give up after two pings."""
        if self.status == "offline":
            return
        if self.status == "connecting" and now >= self._pull_due:
            # The ACK too may get lost.
            self.pull(now)
        if self._pull is not None and now >= self._pull_due:
            self._pull_wait = min(2 * self._pull_wait, MAX_PULL_SECONDS)
            self._pull = None
            self.pull(now)
        if self._resend_at is not None and now >= self._resend_at and self.replica.in_flight:
            self._resend_at = None
            self._submit()
        if self.status == "live" and now - self._heard > 2 * self.ack.ping * (self._pings + 1):
            if self._pings >= 2:
                self.close_code = CLOSE_SLOW
                return
            self._pings += 1
            self.send(pack(self._header("PING")))

    def close(self) -> None:
        """The carrier is gone; pending edits wait for the next."""
        self.status = "offline"
        self._pull = None

    def pull(self, now: float) -> None:
        """Ask for what is missing; one question at a time."""
        if self._pull is not None:
            return
        self.status = "catching-up"
        replica = self.replica
        have = Have(replica.epoch, replica.rev) if replica.epoch else None
        pending = replica.in_flight.seq if replica.in_flight else None
        header = self._header("PULL-DOC-REQ", resume_key=self.resume_key)
        header.client = replica.client or None
        header.inline = self._inline
        probe, self._probe = self._probe, []
        self._pull, self._pull_due = header.msgid, now + self._pull_wait
        self.send(pack(header, Pull(have, pending), probe))

    # Sending

    def _header(self, msgtype: str, **fields: Any) -> Header:
        replica = self.replica
        header = Header(msgid=f"c-{next(self._ids)}", msgtype=msgtype, **fields)
        if replica.epoch:
            header.epoch, header.seen = replica.epoch, replica.rev
        return header

    def _submit(self) -> None:
        mine = self.replica.in_flight
        if mine is None:
            return
        mine.submitted = mine.rebased
        header = self._header("PATCH-DOC", seq=mine.seq, base=self.replica.rev)
        header.client = self.replica.client
        buffers: list[Any] | None = None if self._inline else []
        ops = [to_wire(op, buffers) for op in mine.submitted]  # type: ignore[arg-type]
        self.send(pack(header, Patch(ops), buffers or ()))

    # Receiving

    def _receive_ack(self, envelope: Envelope, buffers: list[memoryview], now: float) -> None:
        header = envelope.header
        self.ack = msgspec.json.decode(envelope.content, type=Ack)
        self._issued = header.client or "", self.ack.resume_key
        if header.probe:
            self._probe = [bytes(part) for part in buffers]
            self._inline = not buffers
        if self.ack.channel is not None:
            self.on_channel(self.ack.channel)
        self._pull, self._pull_wait = None, PULL_SECONDS
        self.pull(now)

    def _receive_reply(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header, replica = envelope.header, self.replica
        reply = msgspec.json.decode(envelope.content, type=PullReply)
        if header.client and header.client != replica.client:
            replica.renumber(header.client)
        if replica.client == self._issued[0]:
            self.resume_key = self._issued[1]
        if not self._fits(header, reply):
            if header.reqid == self._pull:
                self._pull = None
                self.pull(now)
            return
        if reply.doc is not None:
            self._replace(header, reply.doc, Buffers(buffers))
        else:
            self._catch_up(header, _commits(reply.txs or [], buffers))
        replica.seq = max(replica.seq, header.last_seq or 0)
        self._pull = None
        self.status = "live"
        if replica.in_flight is not None:
            self._submit()
        self.flush(now)

    def _fits(self, header: Header, reply: PullReply) -> bool:
        """Tell whether a reply may be applied, whichever pull it answers (SPEC 5.2, Pulling)."""
        replica = self.replica
        if header.epoch != replica.epoch:
            return reply.doc is not None
        if reply.doc is not None:
            return (header.rev or 0) >= replica.rev
        return header.since == replica.rev

    def _spent(self, header: Header) -> bool:
        """Tell whether the server has decided what is in flight."""
        mine = self.replica.in_flight
        return mine is not None and (header.last_seq or 0) >= mine.seq

    def _catch_up(self, header: Header, commits: list[Commit]) -> None:
        replica, spent = self.replica, self._spent(header)
        replica.patch(commits)
        replica.rev = max(replica.rev, header.rev or 0)
        if spent:
            # Nothing of it is left to apply: what was committed of it came with the delta.
            replica.conclude([])
            self._tell_result(header)

    def _replace(self, header: Header, doc: WireDoc, buffers: Buffers) -> None:
        spent, result = self._spent(header), header.result or {}
        committed: list[Any] | None = None
        if spent and result.get("type") == "OK" and result["rev"] == result["since"] + 1:
            ops = msgspec.convert(result["content"].get("ops") or [], list[WireOp])
            committed = [from_wire(op, Buffers()) for op in ops]
        state = _state(doc, buffers)
        self.replica.replace(state, header.epoch or "", header.rev or 0, spent, committed)
        if spent:
            self._tell_result(header)

    def _tell_result(self, header: Header) -> None:
        """Report the outcome of a transaction whose OK or ERROR was lost."""
        result = header.result or {}
        content = result.get("content", {})
        conflicts = msgspec.convert(content.get("conflicts", []), list[Conflict])
        self.replica.tell(conflicts)
        if result.get("type") == "ERROR":
            self.replica.report("refused", (content.get("code", ""), content.get("text", "")))

    def _receive_patch(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header, replica = envelope.header, self.replica
        if self._pull is not None or self.status != "live":
            return
        if header.epoch != replica.epoch:
            self.pull(now)
        elif (header.rev or 0) <= replica.rev:
            return
        elif header.since != replica.rev:
            self.pull(now)
        else:
            txs = msgspec.json.decode(envelope.content, type=Txs).txs
            replica.patch(_commits(txs, buffers))
            self.flush(now)

    def _receive_result(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header, replica = envelope.header, self.replica
        mine = replica.in_flight
        if self._pull is not None:
            return
        if mine is None or header.seq != mine.seq:
            if header.msgtype == "OK":
                # On a channel my own patch came first and ended it.
                replica.tell(msgspec.json.decode(envelope.content, type=Ok).conflicts)
            return
        if header.msgtype == "ERROR":
            error = msgspec.json.decode(envelope.content, type=Error)
            if error.retry == "resume":
                self.pull(now)
                return
            if error.retry == "later":
                self._resend_at = now + (error.after_ms or 1000) / 1000
                return
        if header.epoch != replica.epoch or (header.since or 0) > replica.rev:
            self.pull(now)
            return
        if header.msgtype == "ERROR":
            replica.error(error.code, error.text, error.conflicts)
        else:
            ok = msgspec.json.decode(envelope.content, type=Ok)
            ops = _ops(ok.ops, Buffers(buffers)) if ok.ops is not None else None
            replica.ok(header.rev or 0, ops, ok.conflicts)
        self.flush(now)


def _ops(ops: list[WireOp], buffers: Buffers) -> list[Any]:
    return [from_wire(op, buffers) for op in ops]


def _commits(txs: list[Tx], buffers: list[Any]) -> list[Commit]:
    """Decode transactions; each counts its buffers from its own first (SPEC 3.3)."""
    commits = []
    start = 0
    for tx in txs:
        own = Buffers(buffers[start : start + tx.nbuf])
        start += tx.nbuf
        commits.append(Commit(tx.rev, _ops(tx.ops, own), tx.by, tx.seq))
    return commits


def _state(doc: WireDoc, buffers: Buffers) -> PlainState:
    state = PlainState(doc.title)
    state.roots = list(doc.roots)
    for m, model in doc.models.items():
        props = {name: decode_value(value, buffers) for name, value in model.props.items()}
        state.models[m] = PlainModel(model.type, props)
    return state
