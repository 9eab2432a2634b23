"""Models that no root reaches, found a slice at a time while the document goes on changing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import refs

if TYPE_CHECKING:
    from .state import State


class Mark:
    """One search from the roots.

    A model is marked before anything may come to refer to it unseen: `reach` is to be told of every
    reference that is made meanwhile. What loses its last reference meanwhile is left to the next.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._unswept = list(state.ids())
        self._marked: set[str] = set()
        self._grey: list[str] = []
        """Marked, but what they refer to is not looked at yet."""
        self._white: list[str] = []
        for m in state.roots:
            self.reach(m)

    def reach(self, m: str) -> None:
        """Note that something reachable refers to a model, or may."""
        if m not in self._marked:
            self._marked.add(m)
            self._grey.append(m)

    def step(self, budget: int) -> list[str] | None:
        """Look at so many models; return those that nothing reaches when all are done."""
        while budget > 0 and (self._grey or self._unswept):
            budget -= 1
            if self._grey:
                self._look(self._grey.pop())
            elif (m := self._unswept.pop()) not in self._marked:
                self._white.append(m)
        if self._grey or self._unswept:
            return None
        return sorted(m for m in self._white if m not in self._marked and self._state.has(m))

    def _look(self, m: str) -> None:
        if self._state.has(m):
            for reference in refs(self._state.props(m)):
                self.reach(reference.id)
