"""What waits to be sent to one browser: bounded, so that a slow one costs no memory."""

from __future__ import annotations

import asyncio
from collections import deque

Frame = str | bytes

MOST_FRAMES = 1024
MOST_BYTES = 64 << 20
SLOW = 4408


class Outlet:
    """A queue with one reader that ends with a close code."""

    def __init__(self, most_frames: int | None = None, most_bytes: int | None = None) -> None:
        self.close_code: int | None = None
        self.close_text = ""
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._most_frames = most_frames or MOST_FRAMES
        self._most_bytes = most_bytes or MOST_BYTES
        self._news = asyncio.Event()

    def put(self, frame: Frame) -> None:
        """Queue a frame; a reader that is too far behind is ended with 4408 instead."""
        if self.close_code is not None:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        # One frame always has room, else a large snapshot could never be shown.
        too_many = len(self._frames) > self._most_frames or self._bytes > self._most_bytes
        if too_many and len(self._frames) > 1:
            self._frames.clear()
            self.close(SLOW, "slow consumer")
        self._news.set()

    def close(self, code: int, text: str = "") -> None:
        """End the queue after what is already in it."""
        if self.close_code is None:
            self.close_code, self.close_text = code, text
            self._news.set()

    async def next(self) -> Frame | None:
        """Return the next frame, or None at the end: see `close_code`."""
        while not self._frames:
            if self.close_code is not None:
                return None
            self._news.clear()
            await self._news.wait()
        frame = self._frames.popleft()
        self._bytes -= len(frame)
        return frame
