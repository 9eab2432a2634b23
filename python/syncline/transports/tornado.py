"""A Tornado websocket as a carrier (SPEC 6).

The handler that owns the socket decides who may connect; this decides how frames flow.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from syncline.sync.errors import Close
from syncline.sync.liveness import DRAIN_SECONDS
from syncline.sync.pace import FLUSH_SECONDS, Pace

if TYPE_CHECKING:
    from tornado.websocket import WebSocketHandler

    from syncline.sync.frames import Frame
    from syncline.sync.peer import Peer

BATCH_BYTES = 1 << 20


class TornadoCarrier:
    """Carries one peer over the websocket of a handler.

    Call `open` from the handler's `open`, `receive` from `on_message`, `close` from `on_close`.
    """

    def __init__(self, handler: WebSocketHandler, peer: Peer) -> None:
        self.handler = handler
        self.peer = peer
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._scheduled = False
        self._draining = False
        self._pace = Pace(FLUSH_SECONDS)
        self._timer: asyncio.TimerHandle | None = None
        self._unlisten = peer.session.listen(self._wake)

    def open(self) -> None:
        """Send the ACK."""
        self.handler.set_nodelay(True)
        self._write(self.peer.open())
        self._tick()

    def receive(self, frame: str | bytes) -> None:
        """Handle a frame of the browser and answer at once."""
        # A commit in here wakes this carrier too; the flush below serves it.
        self._scheduled = True
        try:
            self.peer.receive(frame)
        finally:
            self._scheduled = False
        self.send()
        self._pace.answered()

    def send(self) -> None:
        """Write what is due, until the socket is full."""
        self._scheduled = False
        self._pace.flushed(self._loop.time())
        while not self.closed and not self._draining:
            if self.peer.close_code is not None:
                self._end(self.peer.close_code, self.peer.close_text)
                return
            frames = self._due()
            if not frames:
                return
            self._write(frames)

    def close(self) -> None:
        """End the connection after the socket closed."""
        if self.closed:
            return
        self.closed = True
        self._unlisten()
        if self._timer is not None:
            self._timer.cancel()
        self.peer.close()

    def _wake(self) -> None:
        if self._scheduled or self.closed:
            return
        self._scheduled = True
        if threading.get_ident() == self._thread:
            # Without the system call that wakes a sleeping loop: this one is awake.
            self._loop.call_soon(self._flush)
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        """Send at once when idle, then at intervals."""
        wait = self._pace.due - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self.send)
        else:
            self.send()

    def _tick(self) -> None:
        """Let the peer look after what depends on time."""
        if self.closed:
            return
        self._timer = self._loop.call_later(self.peer.tick(), self._tick)
        self.send()

    def _due(self) -> list[Frame]:
        frames: list[Frame] = []
        size = 0
        while size < BATCH_BYTES and (frame := self.peer.take()) is not None:
            frames.append(frame)
            size += len(frame)
        return frames

    def _write(self, frames: list[Frame]) -> None:
        """Write messages with one system call: `write_message` costs a task and a call for each."""
        connection: Any = self.handler.ws_connection
        stream = connection.stream if connection is not None else None
        if stream is None or connection.is_closing():
            self.close()
            return
        data = b"".join(part for frame in frames for part in _message(frame))
        try:
            sent = 0 if stream.writing() else _send(stream, data)
            written = stream.write(data[sent:]) if sent < len(data) else None
        except (StreamClosedError, OSError):
            self.handler.close()
            self.close()
            return
        if written is not None:
            self._draining = True
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

    def _end(self, code: int, text: str) -> None:
        # A reason of more than 123 bytes does not fit a close frame.
        self.handler.close(code, text.encode()[:120].decode(errors="ignore"))
        self.close()


def _message(frame: Frame) -> tuple[bytes, bytes]:
    """Return a whole, unmasked websocket message as head and payload (RFC 6455, 5.2)."""
    payload, opcode = (frame.encode(), 0x81) if isinstance(frame, str) else (frame, 0x82)
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", opcode, size), payload
    if size < 1 << 16:
        return struct.pack("!BBH", opcode, 126, size), payload
    return struct.pack("!BBQ", opcode, 127, size), payload


def _send(stream: Any, data: bytes) -> int:
    """Hand bytes to the socket now, without the future and the turn of the loop `write` takes."""
    try:
        return int(stream.write_to_fd(memoryview(data)))
    except BlockingIOError:
        return 0
