"""The shared log of committed transactions (SPEC 5.6); connections are cursors on it (5.7)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .index import Index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .entry import Entry

MAX_REVISIONS = 4096
MAX_BYTES = 32 << 20
MAX_AGE = 600.0


class Log:
    """Entries `base + 1` to `rev`, bounded by count, by bytes and by age."""

    def __init__(self) -> None:
        self.base = 0
        self.rev = 0
        self.entries: deque[Entry] = deque()
        self.weight = 0
        self.total = 0
        """The weight of all that was ever committed."""
        self._index = Index()

    def append(self, entry: Entry) -> None:
        """Add the next entry and cut the oldest beyond the bounds."""
        entries = self.entries
        entries.append(entry)
        self.rev = entry.rev
        self.weight += entry.weight
        self.total = entry.total = self.total + entry.weight
        oldest = entry.at - MAX_AGE
        while len(entries) > MAX_REVISIONS or entries[0].at < oldest:
            self._cut()
        if self.weight > MAX_BYTES:
            self.shrink(MAX_BYTES)

    def expire(self, now: float) -> None:
        """Cut what is too old."""
        while self.entries and self.entries[0].at < now - MAX_AGE:
            self._cut()

    def shrink(self, weight: int) -> None:
        """Cut the oldest entries down to a weight; the last one stays."""
        while self.weight > weight and len(self.entries) > 1:
            self._cut()

    def clear(self, rev: int) -> None:
        """Begin anew behind a revision of which there is no entry (SPEC 3.2, PUSH-DOC)."""
        self.entries.clear()
        self.base = self.rev = rev
        self.weight = 0
        self._index = Index()

    def _cut(self) -> None:
        entry = self.entries.popleft()
        self.base = entry.rev
        self.weight -= entry.weight
        if entry.rev <= self._index.rev:
            self._index.cut(entry)

    def entry(self, rev: int) -> Entry:
        """Return the entry of a revision that the log has."""
        return self.entries[rev - self.base - 1]

    def after(self, rev: int, to: int | None = None) -> Iterator[Entry]:
        """Yield the entries `rev + 1` to `to` (the last by default)."""
        end = (self.rev if to is None else to) - self.base
        for index in range(rev - self.base, end):
            yield self.entries[index]

    def touching(self, models: Collection[str | None], rev: int) -> Iterator[Entry]:
        """Yield the entries after `rev` that touch any of the models; the others cost nothing."""
        self._index.fill(self.after(max(self._index.rev, self.base)))
        for found in self._index.after(rev, models):
            yield self.entry(found)

    def bytes(self, since: int, rev: int) -> int:
        """Return the weight of revisions `since + 1` to `rev`, of which there is at least one."""
        first = self.entry(since + 1)
        return self.entry(rev).total - first.total + first.weight
