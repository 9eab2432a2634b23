"""A Tornado websocket as a carrier (SPEC 6).

The handler that owns the socket decides who may connect; this decides how frames flow.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from tornado.iostream import StreamClosedError

from syncline.document.tally import NOBODYS, Tally
from syncline.sync.errors import Close
from syncline.sync.liveness import DRAIN_SECONDS

from .fan_out import NOTHING
from .served import ServedCarrier

if TYPE_CHECKING:
    from tornado.websocket import WebSocketHandler

    from syncline.core.arrays import Buffer
    from syncline.sync.peer import Peer

    from .fan_out import Message

BATCH_BYTES = 1 << 16
"""Messages are put together up to this size, to leave with one system call."""


class TornadoCarrier(ServedCarrier):
    """Carries one peer over the websocket of a handler.

    Call `open` from the handler's `open`, `receive` from `on_message`, `close` from `on_close`.
    """

    __slots__ = ("_connection", "_draining", "_stream", "handler")

    def __init__(self, handler: WebSocketHandler, peer: Peer, tally: Tally = NOBODYS) -> None:
        super().__init__(peer, tally)
        self.handler = handler
        self._connection: Any = None
        self._stream: Any = None
        self._draining = False

    def open(self) -> None:
        """Send the ACK; the handler has a connection."""
        self._connection = cast("Any", self.handler.ws_connection)
        self._stream = self._connection.stream
        for frame in self.peer.open():
            self.write(*self._fan_out.message(frame))
        self._tick()

    def receive(self, frame: str | bytes) -> None:
        """Handle a frame of the browser and answer at once."""
        self._hear(frame)
        self.send()
        self._pace.answered()

    def send(self) -> None:
        """Write what is due, until the socket is full."""
        first, rest = self._take(self._loop.time())
        if first:
            self.write(first, rest)

    def turn(self, now: float) -> Message:
        """Return what is due, to be written: at once when idle, then at intervals."""
        wait = self._pace.due - now
        if wait <= 0:
            return self._take(now)
        if self._paced is None:
            self._paced = self._loop.call_later(wait, self.send)
        return NOTHING

    def write(self, first: bytes, rest: Buffer) -> None:
        """Hand a message to the socket: `write_message` costs a task and a turn of the loop."""
        try:
            sent = self._put(first)
            more = self._put(rest) if rest and sent == len(first) else 0
        except OSError:
            self._lost()
            return
        if sent < len(first) or more < len(rest):
            self._drain(memoryview(first)[sent:], memoryview(rest)[more:])
        elif rest:
            # Others have their turn before the next large one.
            self._loop.call_soon(self.send)
        elif sent >= BATCH_BYTES:
            self.send()

    def _put(self, piece: Buffer) -> int:
        """Return how much the socket takes. Raises OSError where it is gone."""
        try:
            return int(self._stream.write_to_fd(piece))
        except BlockingIOError:
            return 0

    def _tick(self) -> None:
        """Let the peer look after what depends on time."""
        if self.closed:
            return
        self._timer = self._loop.call_later(self.peer.tick(), self._tick)
        self.send()

    def _take(self, now: float) -> Message:
        """Return what is to be written now."""
        if self._paced is not None:
            self._paced.cancel()
            self._paced = None
        if self._draining or self.closed:
            return NOTHING
        if self._connection.is_closing():
            self.close()
            return NOTHING
        if self.peer.close_code is not None:
            self._end(self.peer.close_code, self.peer.close_text)
            return NOTHING
        first, rest = self._due()
        if first:
            self._pace.flushed(now)
            if self._stream.writing():
                # A frame of Tornado's own has not left yet.
                self._drain(first, rest)
                return NOTHING
        return first, rest

    def _due(self) -> Message:
        """Return the next messages of the peer in one piece, and the rest of a large last one."""
        first, rest = NOTHING
        while not rest and len(first) < BATCH_BYTES and (frame := self.peer.take()) is not None:
            head, rest = self._fan_out.message(frame)
            # The only one is not copied.
            first += head
            self.tally.sent += 1
        self.tally.sent_bytes += len(first) + len(rest)
        return first, rest

    def _drain(self, *pieces: Buffer) -> None:
        """Leave the rest to the stream, and take nothing more until it has got rid of that."""
        self._draining = True
        try:
            written = [self._stream.write(piece) for piece in pieces if piece][-1]
        except StreamClosedError:
            self._lost()
            return
        timer = self._loop.call_later(DRAIN_SECONDS, self._slow)
        written.add_done_callback(lambda done: self._drained(done, timer))

    def _drained(self, written: asyncio.Future[None], timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        # A write to a socket that closed meanwhile fails; `on_close` follows.
        written.exception()
        self._draining = False
        self.send()

    def _slow(self) -> None:
        self._end(Close.SLOW_CONSUMER, "the connection is too slow")

    def _lost(self) -> None:
        self.handler.close()
        self.close()

    def _end(self, code: int, text: str) -> None:
        # A reason of more than 123 bytes does not fit a close frame.
        self.handler.close(code, text.encode()[:120].decode(errors="ignore"))
        self.close()
