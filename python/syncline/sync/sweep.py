"""Models that only refer to each other: looked for when idle, a slice at a time (SPEC 5.1, GC)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import Session

SLICE_SECONDS = 0.002
SLICE_MODELS = 32
"""How many models are looked at between two looks at the clock."""
PAUSE_SECONDS = 1.0
SHARE = 50
"""A search is followed by a pause of so many times what it took."""


class Sweep:
    """The search of one session; used under its lock, while no transaction is open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._spent = 0.0
        self._due = -math.inf

    def slice(self, now: float) -> bool:
        """Search for a while; tell whether the search is to go on soon."""
        session, graph = self._session, self._session.graph
        if now < self._due or not graph.searching:
            return False
        found = graph.unreachable(session.state, SLICE_MODELS)
        while found is None and session.clock() < now + SLICE_SECONDS:
            found = graph.unreachable(session.state, SLICE_MODELS)
        self._spent += session.clock() - now
        if found is None:
            return True
        if found:
            session.drop(found)
        self._due = session.clock() + max(PAUSE_SECONDS, SHARE * self._spent)
        self._spent = 0.0
        return False
