"""A cursor on the log that several connections share: patches are published once (SPEC 6.2)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .outbox import MAX_SIDE

if TYPE_CHECKING:
    from .frames import Frame
    from .session import Session
    from .volatile import Whisper


class Channel:
    """Publishes the patches of a session for every page that listens.

    Its peers send the outcome of a transaction only when `cursor` has passed it. Take from the
    channel first, then from its peers, in one thread.
    """

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name
        self.cursor = session.rev
        """Last revision published."""
        self.jumped = 0
        """Last revision that was passed over: the log did not have it any more."""
        self.inline = False
        """Whether arrays go inside the JSON, because the buffers of some page get lost."""
        self.readers: set[str] = set()
        """The clients that read here."""
        self._stops: set[int] = set()
        self._parts: deque[Frame] = deque()
        self._volatile: dict[tuple[str, str], Whisper] = {}
        session.ears[self] = None

    def take(self) -> Frame | None:
        """Return the next frame with patches, or None when everything is published."""
        with self.session.lock:
            if self._parts:
                return self._parts.popleft()
            if self._volatile:
                whisper = self._volatile.pop(next(iter(self._volatile)))
                return whisper.frame(inline=self.inline)
            return self._patch()

    def hear(self, whisper: Whisper) -> None:
        """Queue a volatile message; the latest of its model and name is kept."""
        self._volatile.pop(whisper.key, None)
        self._volatile[whisper.key] = whisper
        if len(self._volatile) > MAX_SIDE:
            del self._volatile[next(iter(self._volatile))]

    def stop(self, rev: int) -> None:
        """Let a frame end at a revision: a page that begins there must not see a gap."""
        self._stops.add(rev)

    def close(self) -> None:
        """Publish no more."""
        with self.session.lock:
            self.session.ears.pop(self, None)

    def _patch(self) -> Frame | None:
        log = self.session.log
        if self.cursor < log.base:
            # Each page is sent the document on its own comm.
            self.cursor = self.jumped = log.base
        if self._stops:
            self._stops = {stop for stop in self._stops if stop > self.cursor}
        if self.cursor >= log.rev:
            return None
        limit = min(self._stops, default=log.rev)
        feed = self.session.feed
        self.cursor, frames, _ = feed.next(self.cursor, limit, self.readers, inline=self.inline)
        self._parts.extend(frames[1:])
        return frames[0]
