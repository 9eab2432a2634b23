"""How much may be on its way to a page that does not say when its carrier is full (SPEC 5.7)."""

from __future__ import annotations

from collections import deque

MAX_MESSAGES = 32
MAX_BYTES = 2 << 20


class Window:
    """Numbers the frames to a page and counts those it has not acknowledged."""

    def __init__(self) -> None:
        self.number = 0
        """Number of the last frame."""
        self._sent: deque[tuple[int, int]] = deque()
        self._bytes = 0

    @property
    def open(self) -> bool:
        """Whether another frame may go: one always, when nothing is unacknowledged."""
        return not self._sent or (len(self._sent) < MAX_MESSAGES and self._bytes < MAX_BYTES)

    def sent(self, size: int) -> None:
        """Count the frame that has the next number."""
        self.number += 1
        self._sent.append((self.number, size))
        self._bytes += size

    def got(self, number: int) -> None:
        """Take a receipt: it stands for all frames up to its number."""
        while self._sent and self._sent[0][0] <= number:
            self._bytes -= self._sent.popleft()[1]

    def reset(self) -> None:
        """A PULL reply: whatever was on its way does not matter any more."""
        self._sent.clear()
        self._bytes = 0
