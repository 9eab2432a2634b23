"""The server half of one connection, without I/O (SPEC 3.2, 5.1 and 5.7).

A carrier feeds it frames and takes frames from it; what it says depends on nothing else.
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from .errors import Close, Code, Fatal, ProtocolError
from .frames import Frame, measure, peek, unpack
from .liveness import Liveness
from .messages import Ack, Credit, Envelope, Error, Header
from .outbox import Message, Outbox
from .parts import Joiner, hole
from .requests import CHANGES, admit, handle, refuse_unread
from .resume import add_result
from .window import MAX_BYTES, MAX_MESSAGES, Window

if TYPE_CHECKING:
    from .channel import Channel
    from .clients import Client
    from .session import Session
    from .volatile import Whisper

logger = logging.getLogger("syncline")
SERVER = "syncline 0.1.0"
IDLE_SECONDS = 0.05
"""How soon a session that is idle and has something to look after is asked again."""
PROBE = bytes(range(8))


class Peer:
    """One connection to a session.

    `may_write` and `trusted` are its role, `user` who it is, `channel` where its patches are
    published when that is not here. `probe` asks the client to prove that buffers pass; with
    `window` it acknowledges what comes. `close_code` says that the carrier must close.
    """

    __slots__ = (
        "_close",
        "_ids",
        "_joiner",
        "_key",
        "channel",
        "client",
        "liveness",
        "may_write",
        "outbox",
        "probe",
        "seen",
        "server",
        "session",
        "trusted",
        "user",
    )

    def __init__(
        self,
        session: Session,
        *,
        may_write: bool = True,
        trusted: bool = False,
        user: str | None = None,
        channel: Channel | None = None,
        probe: bool = False,
        window: bool = False,
        server: str = SERVER,
        ping: float = 20,
    ) -> None:
        self.session = session
        self.may_write = may_write
        self.trusted = trusted
        self.user = user
        self.channel = channel
        self.probe = probe
        self.server = server
        self.client, self._key = session.clients.issue(session.clock())
        self.seen = 0
        """The client's last receipt: its confirmed revision."""
        self.liveness = Liveness(ping, session.clock())
        self.outbox = Outbox(session, channel, Window() if window else None, self._replacement)
        self._close: tuple[int, str] | None = None
        self._ids = itertools.count(1)
        self._joiner = Joiner()

    # What a carrier calls

    def open(self) -> list[Frame]:
        """Return what is sent first: the ACK."""
        content = Ack(
            server=self.server,
            resume_key=self._key,
            read_only=not self.may_write,
            limits=self.session.limits,
            window=Credit(MAX_MESSAGES, MAX_BYTES) if self.outbox.window else None,
            ping=self.liveness.ping,
            channel=self.channel.name if self.channel else None,
        )
        header = self.header("ACK", client=self.client.id, rev=self.session.rev)
        header.session = self.session.name
        header.probe = self.probe
        with self.session.lock:
            self.outbox.put(header, content, [PROBE] if self.probe else [], 0)
            frame = self.outbox.take()
        return [frame] if frame is not None else []

    def receive(self, frame: str | bytes | memoryview) -> None:
        """Handle a frame of the client. Bad input becomes an ERROR to it, never an exception."""
        if self.close_code is not None:
            return
        self.liveness.hear(self.session.clock())
        about: Header | None = None
        try:
            size = measure(frame)
            if size > self.session.limits.frame:
                raise Fatal(Close.TOO_LARGE, "the frame is too large")
            envelope, buffers = unpack(frame, self.session.limits)
            about = envelope.header
            if about.part is None:
                handle(self, envelope, buffers, size)
            elif (whole := self._joined(envelope, buffers, size)) is not None:
                # From here on it is the whole that may be refused.
                frame, about = whole, None
                envelope, buffers = unpack(whole, self.session.limits)
                about = envelope.header
                if about.part is not None:
                    raise ProtocolError(Code.BAD_MESSAGE, "a part has no parts")
                handle(self, envelope, buffers, 0)
        except Fatal as error:
            self.end(error.close, error.text)
        except ProtocolError as error:
            if about is None:
                self._refuse_unread(error, frame)
            else:
                self._refuse(error, about)
        except Exception:
            # A fault of this process must not take the connection with it.
            logger.exception("a message of client %s failed", self.client.id)
            self._refuse(ProtocolError(Code.INTERNAL, "the session failed", "later"), about)
        if self.outbox.full:
            self.end(Close.SLOW_CONSUMER, "too many replies are waiting")

    def take(self) -> Frame | None:
        """Return the next frame to send, or None when there is nothing now."""
        if not self.outbox.waiting:
            return None
        with self.session.lock:
            try:
                return self.outbox.take()
            except Fatal as error:
                self.end(error.close, error.text)
                return None

    def pending(self) -> bool:
        """Tell whether there is something to send, now or once the client acknowledges more."""
        return self.outbox.waiting

    def tick(self) -> float:
        """Look after what depends on time; return in how many seconds to do so again."""
        with self.session.lock:
            now = self.session.clock()
            try:
                if self.liveness.check(now, stuck=self.outbox.stuck):
                    self.send_ping()
            except Fatal as error:
                self.end(error.close, error.text)
            if self._joiner.due <= now:
                self._joiner.drop()
                self._refuse(hole("the rest of a message did not come"), None)
            due = max(0.0, min(self.liveness.due, self._joiner.due) - now)
        return min(due, IDLE_SECONDS) if self.session.idle() else due

    def send_ping(self) -> None:
        """Queue a PING with the revision this connection has sent."""
        with self.session.lock:
            self.outbox.put(self.header("PING", rev=self.outbox.place))

    @property
    def close_code(self) -> int | None:
        """The code with which the carrier must close the connection now, or None."""
        if self._close is None:
            self._close = self.session.ended
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
        with self.session.lock:
            self._leave()
            if not self.liveness.pulled:
                self.session.clients.forget(self.client.id)
        self._close = self._close or (Close.RESTART, "the connection is closed")

    # What requests call

    def header(self, msgtype: str, **fields: Any) -> Header:
        """Return the header of a new message."""
        header = Header(msgid=f"s-{next(self._ids)}", msgtype=msgtype, **fields)
        header.epoch = self.session.epoch
        return header

    def bind(self, client: Client) -> None:
        """Tie the connection to a client; the newest connection of an id wins (SPEC 3.2)."""
        session = self.session
        if client is not self.client:
            self._leave()
            session.clients.forget(self.client.id)
            self.client = client
        if client.replaced is not None and client.replaced != self._taken_over:
            client.replaced()
        client.replaced = self._taken_over
        session.clients.enter(client)
        if self.channel is None:
            session.ears[self] = None
        else:
            self.channel.readers.add(client.id)

    def hear(self, whisper: Whisper) -> None:
        """Queue a volatile message, unless it is the client's own."""
        if whisper.by != self.client.id:
            self.outbox.hear(whisper)

    def _taken_over(self) -> None:
        self.outbox.clear()
        self._forget()
        self.end(Close.TAKEN_OVER, "another connection uses this client id")

    def _leave(self) -> None:
        """Give the client up, unless a newer connection has it."""
        if self.client.replaced == self._taken_over:
            self.client.replaced = None
            self.session.clients.leave(self.client, self.session.clock())
            self._forget()

    def _forget(self) -> None:
        self.session.ears.pop(self, None)
        if self.channel is not None:
            self.channel.readers.discard(self.client.id)

    # Sending

    def _replacement(self) -> Message:
        """Return the PUSH-DOC for a client who is too far behind (SPEC 5.7, rule 3)."""
        outbox, session = self.outbox, self.session
        reason = b"replaced" if outbox.cursor < session.replaced else b"slow"
        snapshot = session.snapshot(inline=outbox.inline)
        if self.channel is not None:
            self.channel.stop(snapshot.rev)
        header = self.header("PUSH-DOC", rev=snapshot.rev, msgs=snapshot.messages)
        header.inline = outbox.inline
        add_result(header, self.client, self.client.last_seq)
        content = msgspec.Raw(snapshot.content(b'"reason":"' + reason + b'"'))
        return Message(header, content, snapshot.buffers, snapshot.rev, snapshot.rev)

    def _refuse_unread(self, error: ProtocolError, frame: str | bytes | memoryview) -> None:
        """Refuse a message of which only the header can be read, at best."""
        about = peek(frame)
        if about is not None and about.seq is not None and about.msgtype in CHANGES:
            try:
                refuse_unread(self, about, error, measure(frame))
            except ProtocolError as other:
                self._refuse(other, about)
        else:
            self._refuse(error, about)

    def _refuse(self, error: ProtocolError, about: Header | None) -> None:
        """Queue an ERROR about a message of the client."""
        head = self.outbox.place
        header = self.header("ERROR", rev=head)
        if about is not None:
            header.reqid = about.msgid
            # With a `seq`, "never" would say that it is spent (SPEC 3.2).
            if about.seq is not None and error.retry != "never":
                header.seq, header.since = about.seq, head
        content = Error(error.code, error.text, error.retry, op=error.op, after_ms=error.after_ms)
        with self.session.lock:
            self.outbox.put(header, content)
        self.session.wake()

    # Receiving

    def _joined(
        self, envelope: Envelope, buffers: list[memoryview], size: int
    ) -> memoryview | None:
        """Take a part; return the whole frame with the last one."""
        admit(self, envelope.header, size)
        limit = self.session.limits.max_document_in
        return self._joiner.add(envelope, buffers, limit, self.liveness.heard)
