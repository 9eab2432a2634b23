"""Which models nothing refers to any more: counts, kept op by op (SPEC 5.1, GC)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .mark import Mark
from .ops import Add, Drop, Op, RootAdd, RootRemove, Stream, is_plain_set, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .state import State
    from .values import Reference


class Graph:
    """Counts of references to each model; a root counts as one."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.suspects: set[str] = set()
        """Models whose count fell to zero, or that entered without a reference yet."""
        self._fallen: set[str] = set()
        """Those of them that had references: what they refer to may come to refer to them."""
        self.loose = False
        """Whether models may refer to each other that no root reaches: `unreachable` tells."""
        self._mark: Mark | None = None

    def done(self, op: Op, undo: Sequence[Op]) -> None:
        """Account for an operation that was applied, with what undoes it."""
        if type(op) is Add:
            # It ends no reference, whatever undoes it.
            brought = references(op)
            self.entered([op.m], brought)
            # A circle may enter unattached.
            self.loose |= len(brought) > 0
        elif not (is_plain_set(op) and is_plain_set(undo[0])) and type(op) is not Stream:
            self._shift(op, undo, 1)

    def undone(self, op: Op, undo: Sequence[Op]) -> None:
        """Account for an operation that was rolled back."""
        self._shift(op, undo, -1)

    def entered(self, models: Iterable[str], references: Sequence[Reference]) -> None:
        """Account for new models, and all references in them; something is to refer to them."""
        if not references:
            self.suspects.update(models)
            return
        ids = [reference.id for reference in references]
        self.counts.update(ids)
        new = set(models)
        self.suspects.update(new.difference(ids))
        # Who refers to a model that was here may close a circle that no root reaches.
        self.loose |= not new.issuperset(ids)
        if self._mark is not None:
            for m in ids:
                self._mark.reach(m)

    def _shift(self, op: Op, undo: Sequence[Op], sign: int) -> None:
        for reference in references(op):
            self._count(reference.id, sign)
            if reference.id in self.suspects and getattr(op, "m", None) in self.suspects:
                # Both have just entered: they may hold nothing but each other.
                self.loose = True
        for inverse in undo:
            for reference in references(inverse):
                self._count(reference.id, -sign)
        if isinstance(op, (RootAdd, RootRemove)):
            if undo:
                self._count(op.m, sign if isinstance(op, RootAdd) else -sign)
        elif isinstance(op, Add):
            self.suspects.add(op.m)
        elif isinstance(op, Drop) and sign > 0:
            self.suspects.difference_update(op.ms)

    def _count(self, m: str, step: int) -> None:
        count = self.counts.get(m, 0) + step
        if step > 0:
            self.loose |= m in self._fallen
            if self._mark is not None:
                self._mark.reach(m)
        if count:
            self.counts[m] = count
            self.loose |= step < 0
            return
        del self.counts[m]
        self.suspects.add(m)
        self._fallen.add(m)

    @property
    def searching(self) -> bool:
        """Whether `unreachable` has something to do."""
        return self.loose or self._mark is not None

    def unreferenced(self) -> list[str]:
        """Return the suspects that nothing refers to, and forget all suspects."""
        found = sorted(m for m in self.suspects if not self.counts.get(m))
        self.suspects.clear()
        self._fallen.clear()
        return found

    def unreachable(self, state: State, budget: int) -> list[str] | None:
        """Look at up to `budget` models for those that only each other refer to.

        Returns None as long as it is to be called again. The document may change between the calls,
        but no transaction may be open.
        """
        if self._mark is None:
            self._mark, self.loose = Mark(state), False
        found = self._mark.step(budget)
        if found is not None:
            self._mark = None
        return found
