"""Letting an edit that waits take in a later one of the same place (SPEC 5.2)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from syncline.core.ops import Addressed, Set, Splice, Stream, Unstream, weight
from syncline.core.squash import squash

if TYPE_CHECKING:
    from .pending import Edit

REACH = 64
"""How many edits back a partner is looked for."""
MAX_ITEMS = 1000
"""Of a list: what is longer waits as several splices, so that joining never grows quadratic."""

MAX_BYTES = 256 << 10
"""Of a stream, for the same reason."""


def coalesce(edits: list[Edit], edit: Edit) -> int | None:
    """Join `edit` with the last edit of its property; return the growth in weight.

    None says that it has to stand on its own.
    """
    op = edit.op
    if not isinstance(op, Addressed) or not edit.undo:
        return None
    for known in islice(reversed(edits), REACH):
        other = known.op
        if not isinstance(other, Addressed):
            return None
        if other.m == op.m and other.p[0] == op.p[0]:
            before = known.weight
            joined = known.undo and other.p == op.p and _join(known, edit)
            return known.weight - before if joined else None
    return None


def _join(known: Edit, edit: Edit) -> bool:
    if isinstance(known.op, Set) and isinstance(edit.op, Set):
        # What undoes the first brings back what was there before both.
        known.op, known.weight = edit.op, edit.weight
        return True
    if isinstance(known.op, Splice) and isinstance(edit.op, Splice):
        return _join_splices(known, known.op, edit, edit.op)
    if isinstance(known.op, Stream) and isinstance(edit.op, Stream):
        return _join_streams(known, known.op, edit, edit.op)
    return False


def _join_splices(known: Edit, a: Splice, edit: Edit, b: Splice) -> bool:
    """Make one splice of two that touch: `b` was made on top of `a`."""
    back, again = known.undo[0], edit.undo[0]  # type: ignore[index]
    assert isinstance(back, Splice), "it undoes a splice"
    assert isinstance(again, Splice), "it undoes a splice"
    start, at = back.i or 0, again.i or 0
    end = start + len(a.v)
    appends = a.i is None and b.i is None and not a.d and not b.d
    if not appends and (a.i is None or b.i is None):
        return False
    if at > end or at + b.d < start or len(a.v) + len(b.v) > MAX_ITEMS:
        return False
    left, right = max(0, start - at), max(0, at + b.d - end)
    items = [*a.v[: max(0, at - start)], *b.v, *a.v[max(0, at + b.d - start) :]]
    restored = [*again.v[:left], *back.v, *again.v[len(again.v) - right :]]
    i = min(start, at)
    known.op = Splice(a.m, a.p, None if appends else i, a.d + left + right, items)
    known.undo = [Splice(a.m, a.p, i, len(items), restored)]
    known.weight += edit.weight
    return True


def _join_streams(known: Edit, a: Stream, edit: Edit, b: Stream) -> bool:
    """Make one stream of two, unless that leaves out rows: a client sends every row."""
    back = known.undo[0]  # type: ignore[index]
    assert isinstance(back, Unstream), "it undoes a stream"
    joined = squash([a, b]) if known.weight + edit.weight <= MAX_BYTES else []
    if len(joined) != 1 or joined[0].at != a.at:  # type: ignore[union-attr]
        return False
    known.op, known.weight = joined[0], weight(joined[0])
    known.undo = [Unstream(back.m, back.p, back.gen, back.at, back.n + b.n, back.v)]
    return True
