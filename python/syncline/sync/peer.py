"""The server half of one connection, without I/O (SPEC 3.2, 5.1 and 5.7).

A carrier feeds it frames and takes frames from it; what it says depends on nothing else.
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.ops import from_wire, to_wire
from syncline.core.values import Buffers, encode_value

from .errors import Close, Code, ProtocolError
from .frames import Frame, measure, pack, unpack
from .messages import Ack, AssetRequest, Envelope, Error, Have, Header, Ok, Patch, Pull, Result
from .outbox import Outbox, Reply
from .schema import versions
from .submit import refuse, submit

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer

    from .channel import Channel
    from .clients import Client
    from .session import Session

logger = logging.getLogger("syncline")
BEFORE_PULL = frozenset({"PULL-DOC-REQ", "SERVER-INFO-REQ", "PING", "ACK", "OK", "ERROR"})
SERVER = "syncline 0.1.0"
PROBE = bytes(range(8))
_pulls = msgspec.json.Decoder(Pull)
_patches = msgspec.json.Decoder(Patch)
_assets = msgspec.json.Decoder(AssetRequest)


class Peer:
    """One connection to a session.

    `may_write` is its role, `user` who it is, `channel` where its patches are published when that
    is not here. `probe` asks the client to prove that buffers pass. `close_code` says that the
    carrier must close.
    """

    def __init__(
        self,
        session: Session,
        *,
        may_write: bool = True,
        user: str | None = None,
        channel: Channel | None = None,
        probe: bool = False,
        server: str = SERVER,
        ping: float = 20,
    ) -> None:
        self.session = session
        self.may_write = may_write
        self.user = user
        self.channel = channel
        self.probe = probe
        self.server = server
        self.ping = ping
        self.inline = False
        """Whether arrays go inside the JSON, because buffers get lost on the way."""
        self._close: tuple[int, str] | None = None
        self.client: Client = session.clients.issue()
        self.seen = 0
        """The client's last receipt: its confirmed revision."""
        self._pulled = False
        self._outbox = Outbox(session.rev)
        self._ids = itertools.count(1)

    # What a carrier calls

    def open(self) -> list[Frame]:
        """Return what is sent first: the ACK."""
        content = Ack(
            server=self.server,
            resume_key=self.client.resume_key,
            read_only=not self.may_write,
            limits=self.session.limits,
            ping=self.ping,
            channel=self.channel.name if self.channel else None,
        )
        header = self._header("ACK", client=self.client.id, rev=self.session.rev)
        header.probe = self.probe
        return [pack(header, content, [PROBE] if self.probe else [])]

    def receive(self, frame: str | bytes | memoryview) -> None:
        """Handle a frame of the client. Bad input becomes an ERROR to it, never an exception."""
        if self.close_code is not None:
            return
        reqid: str | None = None
        seq: int | None = None
        try:
            if measure(frame) > self.session.limits.frame:
                self.end(Close.TOO_LARGE, "the frame is too large")
                return
            envelope, buffers = unpack(frame)
            reqid, seq = envelope.header.msgid, envelope.header.seq
            self._handle(envelope, Buffers(list(buffers)))
        except ProtocolError as error:
            self._refuse(error, reqid, seq)
        except Exception:
            # A fault of this process must not take the connection with it.
            logger.exception("a message of client %s failed", self.client.id)
            fault = ProtocolError(Code.INTERNAL, "the session failed", "later")
            self._refuse(fault, reqid, seq)
        if self._outbox.full:
            self.end(Close.SLOW_CONSUMER, "too many replies are waiting")

    def take(self) -> Frame | None:
        """Return the next frame to send, or None when there is nothing now."""
        if not self.pending():
            return None
        with self.session.lock:
            if self.channel is not None:
                return self._outbox.due(self.channel.cursor)
            frame = self._outbox.due(self._outbox.cursor)
            return frame if frame is not None else self._patch()

    def pending(self) -> bool:
        """Tell whether there is something to send."""
        if self._outbox.replies:
            return True
        return self.channel is None and self._pulled and self._outbox.cursor < self.session.rev

    def send_ping(self) -> None:
        """Queue a PING with the revision this connection has sent."""
        self._outbox.put(pack(self._header("PING", rev=self._cursor())))

    @property
    def close_code(self) -> int | None:
        """The code with which the carrier must close the connection now, or None."""
        if self._close is None and self.session.ended is not None:
            self._close = Close.UNKNOWN_SESSION, self.session.ended
        return self._close[0] if self._close else None

    @property
    def close_text(self) -> str:
        """Why the carrier must close the connection."""
        return self._close[1] if self._close else ""

    def end(self, code: int, text: str) -> None:
        """Ask the carrier to close the connection."""
        if self._close is None:
            self._close = code, text
            self.session.wake()

    def close(self) -> None:
        """Forget the connection; its client may come back with its `resume_key`."""
        if self.client.replaced == self._taken_over:
            self.client.replaced = None
        if not self._pulled:
            self.session.clients.forget(self.client.id)
        self._close = self._close or (Close.RESTART, "the connection is closed")

    # Sending

    def _patch(self) -> Frame | None:
        log, outbox = self.session.log, self._outbox
        if not self._pulled or outbox.cursor >= outbox.limit(log.rev):
            return None
        if outbox.cursor < log.base:
            self._push()
            return outbox.due(outbox.cursor)
        outbox.cursor, frame = log.chunk(outbox.cursor, outbox.limit(log.rev))
        return frame

    def _push(self) -> None:
        """The cursor fell off the log: replace the document (SPEC 5.7, rule 3)."""
        snapshot = self.session.snapshot()
        header = self._header("PUSH-DOC", rev=snapshot.rev)
        self._add_result(header, self.client.last_seq)
        self._outbox.cursor = snapshot.rev
        content = msgspec.Raw(snapshot.content(b'"reason":"slow"'))
        self._outbox.replies.appendleft(
            Reply(pack(header, content, snapshot.buffers), snapshot.rev, snapshot.rev)
        )

    def _cursor(self) -> int:
        return self.channel.cursor if self.channel else self._outbox.cursor

    def _header(self, msgtype: str, **fields: Any) -> Header:
        header = Header(msgid=f"s-{next(self._ids)}", msgtype=msgtype, **fields)
        header.epoch = self.session.epoch
        return header

    def _refuse(self, error: ProtocolError, reqid: str | None, seq: int | None) -> None:
        head = self._cursor()
        header = self._header("ERROR", reqid=reqid, seq=seq, since=head, rev=head)
        if seq is None:
            header.since = None
        self._outbox.put(pack(header, Error(error.code, error.text, error.retry, op=error.op)))  # type: ignore[arg-type]
        self.session.wake()

    # Receiving

    def _handle(self, envelope: Envelope, buffers: Buffers) -> None:
        header = envelope.header
        if not self._pulled and header.msgtype not in BEFORE_PULL:
            raise ProtocolError(Code.NOT_READY, "expected PULL-DOC-REQ first", "resume")
        if header.seen is not None:
            self.seen = header.seen
        match header.msgtype:
            case "PATCH-DOC":
                self._receive_patch(header, envelope.content, buffers)
            case "PULL-DOC-REQ":
                self._receive_pull(header, envelope.content)
            case "PING":
                self._outbox.put(pack(self._header("OK", reqid=header.msgid, rev=self._cursor())))
            case "SERVER-INFO-REQ":
                self._server_info(header)
            case "ASSET-REQ":
                self._asset(header, envelope.content)
            case "OK" | "ACK" | "ERROR":
                pass
            case other:
                raise ProtocolError(Code.BAD_MESSAGE, f"unknown message type {other[:64]!r}")

    def _server_info(self, header: Header) -> None:
        content = {
            "version": self.server,
            "protocol": {"version": 1, "min": 1},
            "features": [],
            "types": versions(self.session.schemas.types()),
            "limits": self.session.limits,
        }
        self._outbox.put(pack(self._header("SERVER-INFO-REPLY", reqid=header.msgid), content))

    def _asset(self, header: Header, content: msgspec.Raw) -> None:
        try:
            hash = _assets.decode(content).hash
        except (msgspec.DecodeError, RecursionError) as error:
            raise ProtocolError(Code.BAD_MESSAGE, f"malformed ASSET-REQ: {error}") from error
        with self.session.lock:
            code = self.session.schemas.asset(hash)
        if code is None:
            raise ProtocolError(Code.UNKNOWN_ASSET, f"this document has no asset {hash[:64]!r}")
        buffers: list[Buffer] | None = None if self.inline else []
        answer = {"bytes": encode_value(code, buffers)}
        self._outbox.put(pack(self._header("ASSET", reqid=header.msgid), answer, buffers or ()))

    def _receive_patch(self, header: Header, content: msgspec.Raw, buffers: Buffers) -> None:
        if header.epoch != self.session.epoch:
            raise ProtocolError(Code.STALE_EPOCH, "the document was rebuilt", "resume")
        if header.client != self.client.id:
            raise ProtocolError(Code.NOT_YOURS, f"this connection is client {self.client.id}")
        if header.seq is None:
            raise ProtocolError(Code.BAD_MESSAGE, "expected seq")
        reply, limits = self._reply_to(header), self.session.limits
        try:
            if not self.may_write:
                raise ProtocolError(Code.READ_ONLY, "this view may not change the document")
            if header.base is None:
                raise ProtocolError(Code.BAD_MESSAGE, "expected base")
            patch = decode_patch(content, buffers, limits.ops, limits.depth)
        except ProtocolError as error:
            refuse(self.session, self.client, header.seq, error, reply)
        else:
            submit(self.session, self.client, header.seq, header.base, patch, reply, self.user)

    def _reply_to(self, request: Header) -> Any:
        def reply(result: Result) -> None:
            header = self._header(
                result.type, reqid=request.msgid, seq=result.seq, since=result.since, rev=result.rev
            )
            buffers: list[Buffer] | None = None if self.inline else []
            content = wire_content(result.content, buffers)
            # Without a channel the reply takes the place of the author's own entry in the stream.
            after = result.rev if self.channel else min(result.since, self.session.rev)
            self._outbox.put(pack(header, content, buffers or ()), after, result.rev)

        return reply

    def _receive_pull(self, header: Header, content: msgspec.Raw) -> None:
        try:
            pull = _pulls.decode(content)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ProtocolError(Code.BAD_MESSAGE, f"malformed PULL-DOC-REQ: {error}") from error
        if pull.models is not None:
            raise ProtocolError(Code.BAD_MESSAGE, "this version has no foreign documents")
        self.inline = self.inline or header.inline or (self.probe and not header.buffers)
        with self.session.lock:
            self.session.ready()
            # Before the reply is made: a snapshot would move the revision that it speaks of.
            self.session.collect()
            self._bind(header)
            self._pulled = True
            self._outbox.replies.clear()
            after = self.session.rev if self.channel else 0
            self._outbox.put(self._pull_reply(header, pull), after)
            self._outbox.cursor = self.session.rev

    def _bind(self, header: Header) -> None:
        """Tie the connection to one client; the newest connection of an id wins (SPEC 3.2)."""
        if header.client is not None and header.client != self.client.id:
            known = self.session.clients.resume(header.client, header.resume_key)
            if known is not None:
                self.session.clients.forget(self.client.id)
                self.client = known
        if self.client.replaced is not None and self.client.replaced != self._taken_over:
            self.client.replaced()
        self.client.replaced = self._taken_over

    def _taken_over(self) -> None:
        self._outbox.replies.clear()
        self.end(Close.TAKEN_OVER, "another connection uses this client id")

    def _pull_reply(self, request: Header, pull: Pull) -> Frame:
        session = self.session
        header = self._header("PULL-DOC-REPLY", reqid=request.msgid, client=self.client.id)
        header.rev = session.rev
        header.msgs = session.messages
        self._add_result(header, pull.pending)
        if pull.have is not None and self._covers(pull.have) and pull.kind is None:
            header.since = pull.have.rev
            txs, buffers = session.log.txs(pull.have.rev, session.rev, inline=self.inline)
            return self._pack(header, b'{"kind":"delta","txs":[' + txs + b"]}", buffers)
        snapshot = session.snapshot(inline=self.inline)
        content = snapshot.content(b'"kind":"snapshot"', pull.known)
        return self._pack(header, content, snapshot.buffers)

    def _covers(self, have: Have) -> bool:
        log = self.session.log
        return have.epoch == self.session.epoch and log.base <= have.rev <= log.rev

    def _add_result(self, header: Header, pending: int | None) -> None:
        header.last_seq = self.client.last_seq
        result = self.client.result
        if pending is not None and result is not None and result.seq >= pending:
            content = wire_content(result.content, None)
            header.result = Result(result.type, result.seq, result.since, result.rev, content)

    def _pack(self, header: Header, content: bytes, buffers: list[Buffer]) -> Frame:
        return pack(header, msgspec.Raw(content), buffers)


def wire_content(content: Any, buffers: list[Buffer] | None) -> Any:
    """Return the content of a result with its operations in wire form."""
    if not isinstance(content, Ok) or content.ops is None:
        return content
    return Ok(ops=[to_wire(op, buffers) for op in content.ops], conflicts=content.conflicts)


def decode_patch(content: msgspec.Raw, buffers: Buffers, ops: int, depth: int) -> Patch:
    """Return the content of a PATCH-DOC with values decoded. Raises ProtocolError."""
    try:
        patch = _patches.decode(content)
        if len(patch.ops) > ops:
            raise ProtocolError(Code.TOO_LARGE, f"expected at most {ops} operations")
        for index, op in enumerate(patch.ops):
            if len(getattr(op, "p", ())) > depth:
                raise ProtocolError(Code.TOO_LARGE, f"a path is deeper than {depth}", op=index)
            from_wire(op, buffers)
        buffers.finish()
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ProtocolError(Code.BAD_MESSAGE, f"malformed PATCH-DOC: {error}") from error
    return patch
