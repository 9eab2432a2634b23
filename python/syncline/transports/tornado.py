"""A Tornado websocket as a carrier (SPEC 6).

The handler that owns the socket decides who may connect; this decides how frames flow.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING

from tornado.websocket import WebSocketClosedError

from syncline.sync.errors import Close
from syncline.sync.frames import Frame

if TYPE_CHECKING:
    from tornado.websocket import WebSocketHandler

    from syncline.sync.peer import Peer

DRAIN_SECONDS = 30.0
SILENT_PINGS = 2
HIGH_WATER = 1 << 20


class TornadoCarrier:
    """Carries one peer over the websocket of a handler.

    Call `open` from the handler's `open`, `receive` from `on_message`, `close` from `on_close`.
    """

    def __init__(self, handler: WebSocketHandler, peer: Peer) -> None:
        self.handler = handler
        self.peer = peer
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._draining: asyncio.Future[None] | None = None
        self._silence = 0
        self._pinger: asyncio.TimerHandle | None = None
        self._unlisten = peer.session.listen(self._wake)

    def open(self) -> None:
        """Send the ACK."""
        self.handler.set_nodelay(True)
        for frame in self.peer.open():
            self._write(frame)
        self._pinger = self._loop.call_later(self.peer.ping, self._ping)

    def receive(self, frame: str | bytes) -> None:
        """Handle a frame of the browser and answer at once."""
        self._silence = 0
        # A commit in here wakes this carrier too; the flush below serves it.
        self._scheduled = True
        try:
            self.peer.receive(frame)
        finally:
            self._scheduled = False
        self.send()

    def send(self) -> None:
        """Write what is due, until the socket is full."""
        self._scheduled = False
        while not self.closed and self._draining is None:
            if self.peer.close_code is not None:
                self._end(self.peer.close_code, self.peer.close_text)
                return
            frame = self.peer.take()
            if frame is None:
                return
            self._write(frame)

    def close(self) -> None:
        """End the connection after the socket closed."""
        if self.closed:
            return
        self.closed = True
        self._unlisten()
        if self._pinger is not None:
            self._pinger.cancel()
        self.peer.close()

    def _wake(self) -> None:
        if self._scheduled or self.closed:
            return
        self._scheduled = True
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.send)

    def _write(self, frame: Frame) -> None:
        try:
            written = self.handler.write_message(frame, binary=isinstance(frame, bytes))
        except WebSocketClosedError:
            self.close()
            return
        if written.done():
            self._retrieve(written)
            return
        if self._buffered() > HIGH_WATER:
            self._draining = written
            timer = self._loop.call_later(DRAIN_SECONDS, self._slow, written)
            written.add_done_callback(functools.partial(self._drained, timer))
        else:
            written.add_done_callback(self._retrieve)

    def _buffered(self) -> int:
        stream = getattr(self.handler.ws_connection, "stream", None)
        return len(stream._write_buffer) if stream is not None else 0

    def _drained(self, timer: asyncio.TimerHandle, written: asyncio.Future[None]) -> None:
        timer.cancel()
        self._retrieve(written)
        self._draining = None
        self.send()

    def _retrieve(self, written: asyncio.Future[None]) -> None:
        """Take the exception of a write to a closed socket; `on_close` follows."""
        if not written.cancelled():
            written.exception()

    def _slow(self, written: asyncio.Future[None]) -> None:
        if not written.done():
            self._end(Close.SLOW_CONSUMER, "the connection is too slow")

    def _ping(self) -> None:
        """Ping a silent browser; two pings without an answer end the connection (SPEC 3.2)."""
        if self.closed:
            return
        if self._silence > SILENT_PINGS:
            self._end(Close.SLOW_CONSUMER, "no answer to two pings")
            return
        if self._silence:
            self.peer.send_ping()
            self.send()
        self._silence += 1
        self._pinger = self._loop.call_later(self.peer.ping, self._ping)

    def _end(self, code: int, text: str) -> None:
        # A reason of more than 123 bytes does not fit a close frame.
        self.handler.close(code, text.encode()[:120].decode(errors="ignore"))
        self.close()
