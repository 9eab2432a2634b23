"""Which entries of a log touch a model, so that coming late does not cost the lag (SPEC 5.6)."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .entry import Entry


class Index:
    """Revisions by the models that they touch.

    It is filled when it is asked, up to head: what nobody asks for costs nothing at a commit.
    """

    def __init__(self) -> None:
        self.rev = 0
        """Last revision in it."""
        self._revs: dict[str | None, deque[int]] = defaultdict(deque)

    def fill(self, entries: Iterable[Entry]) -> None:
        """Take in the entries beyond `rev`, in order."""
        for entry in entries:
            for m in entry.models:
                self._revs[m].append(entry.rev)
            self.rev = entry.rev

    def cut(self, entry: Entry) -> None:
        """Forget the oldest entry of the log, which is in it."""
        for m in entry.models:
            revs = self._revs[m]
            revs.popleft()
            if not revs:
                del self._revs[m]

    def after(self, rev: int, models: Collection[str | None]) -> list[int]:
        """Return the revisions beyond `rev` that touch any of the models, in order."""
        found: set[int] = set()
        for m in models:
            revs = self._revs.get(m)
            if revs is not None and revs[-1] > rev:
                found.update(_beyond(revs, rev))
        return sorted(found)


def _beyond(revs: deque[int], rev: int) -> list[int]:
    tail: list[int] = []
    for known in reversed(revs):
        if known <= rev:
            break
        tail.append(known)
    return tail
