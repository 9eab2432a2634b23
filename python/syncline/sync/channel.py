"""A cursor on the log that several connections share: patches are published once (SPEC 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .frames import Frame
    from .session import Session


class Channel:
    """Publishes the patches of a session for every page that listens.

    Its peers send a reply only when `cursor` has passed the revision that the reply speaks of. Take
    from the channel first, then from its peers, in one thread.
    """

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name
        self.cursor = session.rev
        """Last revision published."""

    def take(self) -> Frame | None:
        """Return the next patch frame, or None when everything is published."""
        with self.session.lock:
            log = self.session.log
            if self.cursor >= log.rev:
                return None
            # Beyond the log there is a gap, and a page that sees it pulls.
            since = max(self.cursor, log.base)
            self.cursor, frame = log.chunk(since, log.rev)
            return frame
