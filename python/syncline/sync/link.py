"""The client half of one connection after the other, without I/O (SPEC 3.2 and 5.2)."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from syncline.core.ops import Msg
from syncline.core.values import Buffers

from .alarms import Alarms
from .decode import decode_doc, decode_error, decode_ok, decode_ops, decode_result, decode_txs
from .errors import Close, Fatal, ProtocolError
from .frames import Frame, unpack
from .messages import (
    VERSION,
    Ack,
    Envelope,
    Error,
    Have,
    Header,
    Pull,
    PullReply,
    Push,
    PushRequest,
    Txs,
    Volatile,
    WireDoc,
)
from .outcome import Decision
from .parts import Joiner
from .receipts import Receipts
from .replica import Replica
from .sender import Sender

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer

logger = logging.getLogger("syncline")
Status = Literal["offline", "connecting", "catching-up", "live"]
LOST_SECONDS = 10.0
"""After which a lossy carrier is asked again, the first time."""
MAX_LOST_SECONDS = 600.0
HOLD_SECONDS = 0.5
"""How long an answer waits for the patch before it, on a comm (SPEC 6.2)."""
BURST_SECONDS = 1.0
FAULT_SECONDS = 60.0
Message = tuple[Envelope, list[Any]]
Decided = Callable[[Decision | None], None]


class Link:
    """Keeps a replica in step with a session over frames.

    `send` takes a frame; `now` is any clock in seconds. `lossy` says that the carrier may drop
    messages of the server without ending the connection, as every comm may.
    """

    def __init__(
        self, replica: Replica, send: Callable[[Frame], None], *, lossy: bool = False
    ) -> None:
        self.replica = replica
        self.lossy = lossy
        self.status: Status = "offline"
        self.ack = Ack()
        self.resume_key: str | None = None
        """The secret that proves that the replica's client id is ours."""
        self.on_channel: Callable[[str], None] = lambda name: None
        """Called with the channel of the ACK before anything is pulled."""
        self.close_code: int | None = None
        """Set when the carrier must be closed."""
        self._sender = Sender(replica, send)
        self._alarms = Alarms()
        self._receipts = Receipts(self._sender, self._alarms)
        self._joiner = Joiner()
        self._issued: tuple[str, str] = ("", "")
        self._pull: str | None = None
        self._whole = False
        """Whether only a snapshot will do."""
        self._patience = LOST_SECONDS
        self._held: Message | None = None
        self._burst: str | None = None
        """The PING that ends a burst."""
        self._heard = 0.0
        self._pings = 0
        self._pushed: tuple[int, Decided] | None = None
        """The number of a document under way, and who is to hear its outcome."""
        self._faulted = -math.inf
        self._probe: list[bytes] = []

    # What a carrier calls

    def open(self, now: float) -> None:
        """The carrier is connected: the ACK comes next."""
        self.close_code = None
        self._receipts.reset()
        self._joiner.drop()
        self._heard, self._pings, self._pull = now, 0, None
        # An ACK that comes with its buffer proves that buffers pass, and nothing else (SPEC 6.2).
        self._sender.inline = self.lossy
        self._enter("connecting")
        if self.lossy:
            self._alarms.set(self.pull, now + LOST_SECONDS)

    def receive(self, frame: str | bytes | memoryview, now: float) -> None:
        """Handle a frame of the server; what does not follow the protocol is never applied."""
        if self.status == "offline":
            return
        self._heard, self._pings = now, 0
        try:
            envelope, buffers = unpack(frame)
            part = envelope.header.part is not None
            # What is missing in front of a PULL reply comes with it (SPEC 5.7, credit).
            gap = self._receipts.received(envelope.header.n, now, part=part)
            gap = gap and self.status == "live"
            if part:
                self._receive_part(envelope, buffers, now)
            else:
                self._handle(envelope, list(buffers), now)
            if gap:
                self.pull(now)
        except Exception:
            logger.exception("a message of the server cannot be followed")
            self._fault(now)

    def stripped(self, now: float) -> None:
        """A message came without its buffers: this path loses them, so all goes inline from now."""
        self._sender.inline = True
        self._whole = True
        self._ask(now, LOST_SECONDS)

    def flush(self, now: float) -> None:
        """Send the next transaction, if one is due."""
        if self.status == "live" and self._pushed is None and self.replica.take() is not None:
            self._submit(now)

    def push(self, doc: WireDoc, buffers: Sequence[Buffer], decided: Decided) -> None:
        """Put another document in the place of this one, while live and nothing is in flight.

        `decided` hears the outcome, or None where it is to be tried again.
        """
        seq = self.replica.seq + 1
        self._pushed = seq, decided
        self._sender.push(PushRequest(doc), buffers, seq)

    def send_volatile(self, op: Msg) -> None:
        """Send an event that may get lost: now, or never."""
        if self.status == "live":
            self._sender.volatile(op)

    def due(self) -> float:
        """Return when `tick` next has something to do."""
        return min(self._alarms.next(), self._silence()) if self.status != "offline" else math.inf

    def tick(self, now: float) -> None:
        """Do what is due: ask again, send again, look after silence."""
        if self.status == "offline":
            return
        self._alarms.run(now)
        if now < self._silence():
            return
        # A kernel may be busy for long: on a comm silence does not mean that nobody is there.
        if self._pings >= 2 and not self.lossy:
            self.close_code = Close.SLOW_CONSUMER
            return
        self._pings += 1
        self._sender.say("PING")

    def close(self, code: int | None = None) -> None:
        """The carrier is gone; pending edits wait for the next."""
        if code == Close.TAKEN_OVER:
            # Another connection has this client id: the next one gets a new one.
            self.resume_key = None
        self._enter("offline")

    def pull(self, now: float) -> None:
        """Ask for what is missing, unless that was asked already."""
        if self._pull is None:
            self._ask(now, LOST_SECONDS)

    # Asking

    def _ask(self, now: float, patience: float) -> None:
        replica = self.replica
        self._enter("catching-up")
        # Also where only a snapshot will do: one from before what is known here would not.
        have = Have(replica.epoch, replica.rev) if replica.epoch else None
        kind: Literal["snapshot"] | None = "snapshot" if self._whole else None
        pull = Pull(have, replica.waiting, kind, known=replica.view.known())
        probe, self._probe = self._probe, []
        self._pull = self._sender.pull(pull, self.resume_key, probe)
        self._patience = patience
        if self.lossy:
            self._alarms.set(self._ask_again, now + patience)

    def _ask_again(self, now: float) -> None:
        self._ask(now, min(2 * self._patience, MAX_LOST_SECONDS))

    def _fault(self, now: float) -> None:
        """Take nothing but a snapshot; give up the second time within a minute (SPEC 5.9)."""
        if now - self._faulted < FAULT_SECONDS:
            self.close_code = Close.VERSION
            return
        self._faulted = now
        self._whole = True
        self._ask(now, LOST_SECONDS)

    def _submit(self, now: float) -> None:
        self._sender.submit()
        if self.lossy:
            self._alarms.set(self._end_burst, now + BURST_SECONDS)

    def _resend(self, now: float) -> None:
        if self.replica.in_flight is not None:
            self._submit(now)

    def _end_burst(self, now: float) -> None:
        """Ask for a sign: the answer to the last transaction may be lost without a gap."""
        if self.replica.waiting is not None:
            self._burst = self._sender.say("PING")
            self._alarms.set(self._end_burst, now + LOST_SECONDS)

    def _silence(self) -> float:
        """Return when a sign of life is due: every two silent intervals (SPEC 3.2)."""
        return self._heard + 2 * self.ack.ping * (self._pings + 1)

    def _enter(self, status: Status) -> None:
        """Begin a state: nothing that was waited for in the one before is any more."""
        self._alarms.cancel(self.pull, self._ask_again, self._resend, self._end_burst)
        self._pull = self._held = self._burst = None
        self._decide_push(None)
        if status != self.status:
            self.status = status
            self.replica.report("status", status)

    # Receiving

    def _handle(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header = envelope.header
        match header.msgtype:
            case "ACK":
                self._receive_ack(envelope, buffers, now)
            case "PULL-DOC-REPLY":
                self._receive_reply(envelope, buffers, now)
            case "PATCH-DOC" if header.volatile:
                self._receive_volatile(envelope, buffers)
            case "PATCH-DOC":
                self._receive_patch(envelope, buffers, now)
            case "PUSH-DOC":
                self._receive_push(envelope, buffers, now)
            case "OK" | "ERROR" if header.seq is not None:
                self._receive_result(envelope, buffers, now)
            case "ERROR":
                self._receive_complaint(envelope, now)
            case "PING":
                self._sender.say("OK", reqid=header.msgid)
                self._compare(header, now)
            case "OK":
                unanswered = header.reqid == self._burst and self.replica.waiting is not None
                self._compare(header, now, behind=unanswered)

    def _receive_part(self, envelope: Envelope, buffers: list[memoryview], now: float) -> None:
        limit = self.ack.limits.max_document_out
        self._alarms.cancel(self._miss_part)
        try:
            whole = self._joiner.add(envelope, buffers, limit, now)
        except Fatal as fatal:
            self.close_code = fatal.close
            return
        except ProtocolError:
            self._ask(now, LOST_SECONDS)
            return
        if whole is None:
            self._alarms.set(self._miss_part, self._joiner.due)
            if self.lossy and envelope.header.msgtype == "PULL-DOC-REPLY":
                # The reply is under way: it is not lost because it is large.
                self._alarms.set(self._ask_again, self._joiner.due + self._patience)
        else:
            envelope, buffers = unpack(whole)
            self._handle(envelope, list(buffers), now)

    def _miss_part(self, now: float) -> None:
        self._joiner.drop()
        self._ask(now, LOST_SECONDS)

    def _compare(self, header: Header, now: float, *, behind: bool = False) -> None:
        """Pull where the server has sent more than has come."""
        same = header.epoch == self.replica.epoch
        if self.status == "live" and same and (behind or (header.rev or 0) > self.replica.rev):
            self.pull(now)

    def _receive_ack(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header = envelope.header
        self.ack = msgspec.json.decode(envelope.content, type=Ack)
        if self.ack.protocol.min > VERSION or self.ack.protocol.version < VERSION:
            self.close_code = Close.VERSION
            return
        self.replica.limits = self.ack.limits
        self._issued = header.client or "", self.ack.resume_key
        self._probe = [bytes(part) for part in buffers]
        self._sender.inline = header.probe and not buffers
        if self.ack.channel is not None:
            self.on_channel(self.ack.channel)
        self._ask(now, LOST_SECONDS)

    def _receive_reply(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header, replica = envelope.header, self.replica
        if self._pull is None:
            return
        reply = msgspec.json.decode(envelope.content, type=PullReply)
        if not self._fits(header, reply):
            if header.reqid == self._pull:
                self._ask(now, LOST_SECONDS)
            return
        self._learn(reply.schema, *(tx.schema for tx in reply.txs or ()))
        client = header.client or replica.client
        known = client == replica.client
        if reply.doc is not None:
            if not known and header.epoch == replica.epoch:
                # First: what is in flight may be in the snapshot, under the ids it had.
                replica.rename(client)
            self._replace(header, decode_doc(reply.doc, buffers), forgotten=not known)
        else:
            commits = decode_txs(reply.txs or [], buffers)
            replica.catch_up(commits, header.rev or 0, header.last_seq, decode_result(header))
            if not known:
                # Last: what is in flight may be in the delta, as its author's.
                replica.rename(client)
        if not known:
            replica.renumber()
        if replica.client == self._issued[0]:
            self.resume_key = self._issued[1]
        replica.seq = max(replica.seq, header.last_seq or 0)
        self._whole = False
        self._enter("live")
        self._resend(now)
        self.flush(now)

    def _learn(self, *schemas: dict[str, Any] | None) -> None:
        for entries in filter(None, schemas):
            with self.replica.lock:
                self.replica.view.learn(entries)

    def _fits(self, header: Header, reply: PullReply) -> bool:
        """Tell whether a reply may be applied, whichever pull it answers (SPEC 5.2, Pulling)."""
        replica = self.replica
        if self._whole or header.epoch != replica.epoch:
            return reply.doc is not None and header.reqid == self._pull
        if reply.doc is not None:
            return (header.rev or 0) >= replica.rev
        return header.since == replica.rev

    def _receive_push(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        if self.status != "live":
            return
        header = envelope.header
        if header.epoch == self.replica.epoch and (header.rev or 0) < self.replica.rev:
            return
        push = msgspec.json.decode(envelope.content, type=Push)
        self._learn(push.schema)
        self._replace(header, decode_doc(push.doc, buffers))
        self.flush(now)

    def _replace(self, header: Header, doc: Any, *, forgotten: bool = False) -> None:
        self.replica.replace(
            doc,
            header.epoch or "",
            header.rev or 0,
            last_seq=header.last_seq,
            decision=decode_result(header),
            messages=header.msgs,
            client=header.client if header.epoch != self.replica.epoch else None,
            forgotten=forgotten,
        )

    def _receive_volatile(self, envelope: Envelope, buffers: list[Any]) -> None:
        content = msgspec.json.decode(envelope.content, type=Volatile)
        self.replica.volatile(content.by, decode_ops(content.ops, Buffers(buffers)))

    def _receive_patch(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header, replica = envelope.header, self.replica
        if self.status != "live":
            return
        if header.epoch != replica.epoch:
            self.pull(now)
        elif (header.rev or 0) <= replica.rev:
            return
        elif header.since != replica.rev:
            self.pull(now)
        else:
            txs = msgspec.json.decode(envelope.content, type=Txs).txs
            self._learn(*(tx.schema for tx in txs))
            replica.patch(decode_txs(txs, buffers))
            if self._held is not None:
                self._alarms.cancel(self.pull)
                held, self._held = self._held, None
                self._receive_result(*held, now)
            self.flush(now)

    def _receive_result(self, envelope: Envelope, buffers: list[Any], now: float) -> None:
        header = envelope.header
        if self.status != "live":
            return
        if header.msgtype == "OK":
            decision = decode_ok(header, envelope.content, buffers)
        else:
            error = msgspec.json.decode(envelope.content, type=Error)
            if error.retry != "never":
                self._retry(header, error, now)
                return
            decision = decode_error(header, error)
        if self._pushed is not None and self._pushed[0] == header.seq:
            self._decide_push(decision)
        if not self._follows(header):
            self._hold((envelope, buffers), now)
            return
        self.replica.outcome(decision)
        self.flush(now)

    def _decide_push(self, decision: Decision | None) -> None:
        pushed, self._pushed = self._pushed, None
        if pushed is not None:
            if decision is not None:
                self.replica.seq = pushed[0]
            pushed[1](decision)

    def _follows(self, header: Header) -> bool:
        """Tell whether an outcome has its place right after what is confirmed, or before."""
        replica, mine = self.replica, self.replica.in_flight
        if header.epoch != replica.epoch:
            return False
        if mine is not None and header.seq == mine.seq:
            return (header.since or 0) <= replica.rev
        return (header.rev or 0) <= replica.rev

    def _hold(self, message: Message, now: float) -> None:
        """A patch before an outcome is missing: on a comm it may be a moment behind."""
        if not self.lossy or self._held is not None:
            self.pull(now)
            return
        self._held = message
        self._alarms.set(self.pull, now + HOLD_SECONDS)

    def _retry(self, header: Header, error: Error, now: float) -> None:
        if error.retry == "resume":
            self.pull(now)
        elif self._pushed is not None:
            self._decide_push(None)
        elif self.replica.in_flight is not None and header.seq == self.replica.in_flight.seq:
            self._alarms.set(self._resend, now + _pause(error))

    def _receive_complaint(self, envelope: Envelope, now: float) -> None:
        """An ERROR that is not about a transaction."""
        error = msgspec.json.decode(envelope.content, type=Error)
        if error.retry == "resume":
            self.pull(now)
        elif self._pull is not None and envelope.header.reqid == self._pull:
            if error.retry == "later":
                self._alarms.set(self._ask_again, now + _pause(error))
            else:
                self.close_code = Close.BAD_MESSAGE


def _pause(error: Error) -> float:
    return (1000 if error.after_ms is None else error.after_ms) / 1000
