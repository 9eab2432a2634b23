"""The connections of one session in one loop, served together (SPEC 5.7).

A change costs each of them little more than the system call that sends it: they are woken by one
call of the loop, and a message that several get is made once.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import threading
from typing import TYPE_CHECKING, Protocol

from syncline.core.arrays import Buffer

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from syncline.sync.session import Session

COPIED = 1 << 16
"""Bytes of a payload that are copied behind its head, to leave with it."""
Message = tuple[bytes, Buffer]
"""A websocket message: the head with the payload, as far as that is copied, and the rest."""
NOTHING: Message = b"", b""

log = logging.getLogger("syncline")
_known: dict[tuple[Session, asyncio.AbstractEventLoop], FanOut] = {}


class Connection(Protocol):
    """One websocket of the session."""

    __slots__ = ()

    def turn(self, now: float) -> Message:
        """Return what is to be written now, by the loop's clock."""

    def write(self, first: bytes, rest: Buffer) -> None:
        """Write what a turn has returned."""


class FanOut:
    """Gives the connections of a session their turn whenever there may be something to send."""

    __slots__ = (
        "_asked",
        "_connections",
        "_frame",
        "_loop",
        "_message",
        "_session",
        "_thread",
        "_unlisten",
        "answering",
    )

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        self.answering = 0
        """How many connections, one at most, handle a message and will send what is due then."""
        self._session = session
        self._loop = loop
        self._thread = threading.get_ident()
        self._connections: dict[Connection, None] = {}
        self._asked = False
        self._frame: Frame = ""
        self._message = NOTHING
        self._unlisten = session.listen(self._wake)

    def enter(self, connection: Connection) -> None:
        """Give a connection its turns from now on."""
        self._connections[connection] = None

    def leave(self, connection: Connection) -> None:
        """Give a connection no more turns."""
        del self._connections[connection]
        if not self._connections:
            self._unlisten()
            del _known[self._session, self._loop]

    def message(self, frame: Frame) -> Message:
        """Return a frame as a websocket message; the last small one is kept if there are others."""
        if frame is not self._frame:
            message = message_of(frame)
            if message[1] or len(self._connections) == 1:
                return message
            self._frame, self._message = frame, message
        return self._message

    def _wake(self) -> None:
        # Any thread, under the session's lock: only schedule, and only once.
        if self._asked or len(self._connections) == self.answering:
            return
        self._asked = True
        # Without the system call that wakes a sleeping loop where this one is awake.
        here = threading.get_ident() == self._thread
        call = self._loop.call_soon if here else self._loop.call_soon_threadsafe
        try:
            call(self._serve)
        except RuntimeError:
            log.debug("change after the server's loop was closed")

    def _serve(self) -> None:
        """Let all take what is due, then write it: so each half stays in the processor's caches."""
        self._asked = False
        now = self._loop.time()
        turns = [(one, self._turn(one, now)) for one in tuple(self._connections)]
        for connection, (first, rest) in turns:
            if first:
                try:
                    connection.write(first, rest)
                except Exception:
                    log.exception("a write to document %s failed", self._session.id)

    def _turn(self, connection: Connection, now: float) -> Message:
        try:
            return connection.turn(now)
        except Exception:
            # A fault with one must not take the turn from the others.
            log.exception("a connection to document %s failed", self._session.id)
            return NOTHING


def fan_out(session: Session) -> FanOut:
    """Return what serves the connections of a session in the running loop."""
    key = session, asyncio.get_running_loop()
    if key not in _known:
        _known[key] = FanOut(*key)
    return _known[key]


def message_of(frame: Frame) -> Message:
    """Return a whole, unmasked websocket message (RFC 6455, 5.2)."""
    payload, opcode = (frame.encode(), 0x81) if isinstance(frame, str) else (frame, 0x82)
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", opcode, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", opcode, 126, size)
    else:
        head = struct.pack("!BBQ", opcode, 127, size)
    if size <= COPIED:
        return head + payload, b""
    view = memoryview(payload)
    return b"".join((head, view[:COPIED])), view[COPIED:]
