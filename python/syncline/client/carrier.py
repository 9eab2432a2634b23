"""Keeps a document connected: one pipe after the other, as long as that makes sense (SPEC 5.9)."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from syncline.sync.link import Link
from syncline.sync.reconnect import Reconnect
from syncline.transports.records import RecordError

from .errors import ServerGone, SessionError, session_error
from .pipes import LOST

if TYPE_CHECKING:
    from syncline.document.remote import RemoteDocument
    from syncline.sync.frames import Frame

    from .pipes import Dial, Pipe

Predicate = Callable[[], bool]
OPEN_SECONDS = 30.0
"""For the first connection, until the document is there."""


class ClientCarrier:
    """Carries one document; everything but `wake` runs in the loop that made it."""

    def __init__(self, document: RemoteDocument, dial: Dial) -> None:
        self.link = Link(document.replica, self._send)
        self.loop = asyncio.get_running_loop()
        self.error: SessionError | None = None
        """Why it has ended for good."""
        self._dial = dial
        self._reconnect = Reconnect(random.random)
        self._pipe: Pipe | None = None
        self._hangup = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._scheduled = False
        self._waiting: dict[asyncio.Future[None], Predicate] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect for the first time, and keep connected. Raises SessionError."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                pipe = await self._dial()
                self._task = asyncio.ensure_future(self._run(pipe))
                await self.until(lambda: self.link.status == "live")
        except TimeoutError:
            raise ServerGone(f"no answer within {OPEN_SECONDS:g} s") from None
        except SessionError:
            raise
        except OSError as error:
            raise ServerGone(f"nobody answers: {error}") from None

    async def until(self, true: Predicate) -> None:
        """Wait for a state of the document. Raises SessionError at the end of the connection."""
        if true():
            return
        if self.error is not None:
            raise self.error
        waiter = self.loop.create_future()
        self._waiting[waiter] = true
        try:
            await waiter
        finally:
            self._waiting.pop(waiter, None)

    def wake(self) -> None:
        """There may be something to send, or somebody waits for what is now so; any thread."""
        if not self._scheduled and not self.loop.is_closed():
            self._scheduled = True
            self.loop.call_soon_threadsafe(self._proceed)

    async def close(self) -> None:
        """Leave; what is pending is given up."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._end(SessionError("the document was closed"))

    # One connection after the other

    async def _run(self, pipe: Pipe | None) -> None:
        try:
            while True:
                code, text = await self._converse(pipe) if pipe is not None else (LOST, "")
                delay = self._reconnect.delay(code)
                if delay is None:
                    raise session_error(code, text)
                await asyncio.sleep(delay)
                pipe = await self._dialled()
        except SessionError as error:
            self._end(error)

    async def _dialled(self) -> Pipe | None:
        try:
            return await self._dial()
        except SessionError as error:
            if not isinstance(error, ServerGone):
                raise
        except OSError:
            pass
        return None

    async def _converse(self, pipe: Pipe) -> tuple[int, str]:
        """Carry frames until the connection ends; return its code and text."""
        link, self._pipe = self.link, pipe
        self._hangup.clear()
        link.open(self.loop.time())
        ends = [asyncio.ensure_future(self._read(pipe)), asyncio.ensure_future(self._hangup.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            self._pipe = None
            code, text = link.close_code or pipe.close_code or LOST, pipe.close_text
            link.close(code)
            self._arm()
            await pipe.close(link.close_code or 1000)
        return code, text

    async def _read(self, pipe: Pipe) -> Literal[True]:
        with suppress(OSError, RecordError):
            async for frame in pipe:
                self.link.receive(frame, self.loop.time())
                if self.link.status == "live":
                    self._reconnect.reset()
                self._arm()
        return True

    def _send(self, frame: Frame) -> None:
        assert self._pipe is not None, "only an open link sends"
        self._pipe.send(frame)

    # Time

    def _proceed(self) -> None:
        self._scheduled = False
        self.link.flush(self.loop.time())
        self._arm()
        for waiter, true in list(self._waiting.items()):
            if not waiter.done() and true():
                waiter.set_result(None)

    def _tick(self) -> None:
        self.link.tick(self.loop.time())
        self._arm()

    def _arm(self) -> None:
        """Look after what the link has asked for: another end, or another moment."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.link.close_code is not None:
            self._hangup.set()
        due = self.link.due()
        if due < math.inf:
            self._timer = self.loop.call_at(due, self._tick)

    def _end(self, error: SessionError) -> None:
        self.error = self.error or error
        self.link.close()
        self._arm()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(self.error)
