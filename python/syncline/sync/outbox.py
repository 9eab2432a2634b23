"""What a connection has to send, in order: replies beside the shared log (SPEC 5.7)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .frames import Frame

MAX_SIDE = 64
DRAIN_SECONDS = 30.0
"""How long a carrier may take to get rid of what it took, before it closes the connection."""


class Reply:
    """A message that is not in the log: sent when the cursor is at `after`, moves it to `rev`."""

    __slots__ = ("after", "frame", "rev")

    def __init__(self, frame: Frame, after: int, rev: int) -> None:
        self.frame = frame
        self.after = after
        self.rev = rev


class Outbox:
    """The side queue of one connection and its cursor on the log."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        """Last revision handed to the carrier."""
        self.replies: deque[Reply] = deque()
        self.following = False
        """Whether patches are sent: from the reply to the first PULL on."""

    @property
    def full(self) -> bool:
        """Whether the peer takes no replies any more and must be closed."""
        return len(self.replies) > MAX_SIDE

    def put(self, frame: Frame, after: int | None = None, rev: int | None = None) -> None:
        """Queue a reply behind revision `after` (now, by default), to move the cursor to `rev`."""
        after = self.cursor if after is None else after
        self.replies.append(Reply(frame, after, after if rev is None else rev))

    def due(self, cursor: int) -> Frame | None:
        """Return the next reply if its place has come."""
        if not self.replies or self.replies[0].after > cursor:
            return None
        reply = self.replies.popleft()
        self.cursor = max(self.cursor, reply.rev)
        return reply.frame

    def limit(self, head: int) -> int:
        """Return the revision up to which patches may go before the next reply."""
        return min(head, self.replies[0].after) if self.replies else head
