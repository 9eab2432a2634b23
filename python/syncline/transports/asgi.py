"""An ASGI websocket as a carrier (SPEC 6).

The view that owns the socket decides who may connect; this decides how frames flow.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocketDisconnect

from syncline.document.tally import NOBODYS, Tally
from syncline.sync.errors import Close
from syncline.sync.liveness import DRAIN_SECONDS

from .fan_out import NOTHING
from .served import ServedCarrier

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from syncline.core.arrays import Buffer
    from syncline.sync.frames import Frame
    from syncline.sync.peer import Peer

    from .fan_out import Message
    from .websocket import Source

CLOSE_SECONDS = 2.0
"""How long a browser is waited for that is to be sent away."""


class AsgiCarrier(ServedCarrier):
    """Carries one peer: the source of what an `AsgiSocket` sends.

    The next frame is made when the one before has left: a slow browser holds none but that.
    """

    __slots__ = ("_answered", "_due", "_flushing", "_greeting")

    def __init__(self, peer: Peer, tally: Tally = NOBODYS) -> None:
        super().__init__(peer, tally)
        self._due = asyncio.Event()
        """There may be something to send."""
        self._flushing = False
        self._answered = False
        self._greeting = peer.open()
        self._tick()

    @property
    def close_code(self) -> int | None:
        """Why there is nothing more."""
        return self.peer.close_code

    @property
    def close_text(self) -> str:
        """The same in words."""
        return self.peer.close_text

    async def receive(self, frame: Frame) -> None:
        """Handle a frame of the browser; it is answered at once."""
        self._hear(frame)
        self._answered = True
        self._due.set()

    async def next(self) -> Frame | None:
        """Return the next frame for the browser as soon as it is due, or None at the end."""
        while self.peer.close_code is None:
            frame = self._greeting.pop(0) if self._greeting else self.peer.take()
            if frame is not None:
                self._flushing = True
                self.tally.sent += 1
                self.tally.sent_bytes += len(frame)
                return frame
            self._flushed()
            self._due.clear()
            await self._due.wait()
        return None

    def turn(self, now: float) -> Message:
        """Let what is due be sent: at once when idle, then at intervals."""
        wait = self._pace.due - now
        if wait <= 0:
            self._due.set()
        elif self._paced is None:
            self._paced = self._loop.call_later(wait, self._send_paced)
        return NOTHING

    def write(self, first: bytes, rest: Buffer) -> None:
        """Do nothing: no turn has a message."""

    def _tick(self) -> None:
        """Let the peer look after what depends on time."""
        self._timer = self._loop.call_later(self.peer.tick(), self._tick)
        self._due.set()

    def _send_paced(self) -> None:
        self._paced = None
        self._due.set()

    def _flushed(self) -> None:
        """All that was due has left."""
        if self._answered:
            self._answered = False
            self._pace.answered()
        elif self._flushing:
            self._pace.flushed(self._loop.time())
        self._flushing = False


class AsgiSocket:
    """A websocket that has been accepted, whose frames are a source's business."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._end: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    @property
    def subprotocols(self) -> list[str]:
        """What the browser asked for, the token among it."""
        asked: list[str] = self._websocket.scope.get("subprotocols", [])
        return asked

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Ask for the end; who asks first says why."""
        if not self._end.done():
            self._end.set_result((code or 1000, reason or ""))

    async def carry(self, source: Source) -> None:
        """Carry the frames of a source both ways, until either side ends."""
        both = (self._receive(source), self._send(source))
        work = [asyncio.ensure_future(each) for each in both]
        ends: list[asyncio.Future[Any]] = [self._end, *work]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in work:
                each.cancel()
            await asyncio.wait(work)
            source.close()
        for each in work:
            if not each.cancelled():
                each.result()

    async def finish(self) -> None:
        """Tell the browser why it is sent away, where that was asked for."""
        if not self._end.done():
            return
        code, reason = self._end.result()
        # A reason of more than 123 bytes does not fit a close frame.
        reason = reason.encode()[:120].decode(errors="ignore")
        # One that went first is told nothing, and by Uvicorn's words that is a RuntimeError.
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close(code, reason)

    async def _receive(self, source: Source) -> None:
        """Hand frames to the source, and read no further until it has taken each."""
        while (message := await self._websocket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            await source.receive(message["bytes"] if text is None else text)

    async def _send(self, source: Source) -> None:
        """Send what the source has, each frame once there is room for it."""
        while (frame := await source.next()) is not None:
            try:
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._put(frame)
            except TimeoutError:
                self.close(Close.SLOW_CONSUMER, "the connection is too slow")
                return
            except (WebSocketDisconnect, RuntimeError):
                return
        self.close(source.close_code, source.close_text)

    async def _put(self, frame: Frame) -> None:
        if isinstance(frame, str):
            await self._websocket.send_text(frame)
        else:
            await self._websocket.send_bytes(frame)
