"""Re-expressing operations over others that were committed first (SPEC 5.3).

`xf(a, b)` is `a`, defined on the same state as `b`, to be run after `b`. Only the intention of `a`
depends on it: replicas are equal whatever it answers, because they apply nothing but committed
operations.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .ops import (
    Add,
    Addressed,
    Del,
    Drop,
    Msg,
    Op,
    Path,
    RootAdd,
    RootRemove,
    Roots,
    Set,
    Splice,
    Stream,
    Title,
    Unstream,
    Write,
)
from .regions import index_of, overlap, part

replace = msgspec.structs.replace


def xf(a: Op, b: Op, *, early: bool = False) -> list[Op]:
    """Return `a` as to be run after `b`; an empty list drops it, and one may become several.

    `early` says that `a` stands before `b` in the server's order, so that ties go the other way.
    """
    if isinstance(b, Drop):
        return _over_drop(a, b, early=early)
    if isinstance(a, Title) and isinstance(b, Title):
        return [] if early else [a]
    if not (isinstance(a, Addressed) and isinstance(b, Addressed)) or a.m != b.m:
        return [a]
    if isinstance(b, Splice):
        return _over_splice(a, b, early=early)
    if isinstance(b, Set | Del):
        return _over_set(a, b, early=early)
    # Two writes of one place: the later wins there, whichever way they are carried.
    if isinstance(b, Write) or early or a.p != b.p:
        return [a]
    return _over_stream(a, b) if isinstance(b, Stream) else _over_unstream(a, b)


def _over_drop(a: Op, b: Drop, *, early: bool) -> list[Op]:
    if isinstance(a, Add | Drop | Title | Roots) or early:
        return [a]
    return [] if a.m in b.ms else [a]


def _over_set(a: Addressed, b: Set | Del, *, early: bool) -> list[Op]:
    depth = len(b.p)
    if a.p[:depth] != b.p:
        return [a]
    leaf = isinstance(a, Set | Del)
    if len(a.p) == depth:
        both_delete = isinstance(a, Del) and isinstance(b, Del)
        return [a] if leaf and not early and not both_delete else []
    # Below a replaced container only plain keys still mean the same place.
    keys_only = all(isinstance(step, str) for step in a.p[depth:])
    return [a] if leaf and not early and isinstance(b, Set) and keys_only else []


def _over_splice(a: Addressed, b: Splice, *, early: bool) -> list[Op]:
    depth = len(b.p)
    if a.p[:depth] != b.p or b.i is None:
        return [a]
    if len(a.p) > depth:
        return _map_step(a, b, b.i, depth)
    return _splice_splice(a, b, b.i, early=early) if isinstance(a, Splice) else [a]


def _map_step(a: Addressed, b: Splice, start: int, depth: int) -> list[Op]:
    """Move the list index in `a`'s path; an element that `b` removed takes `a` with it."""
    index = a.p[depth]
    if not isinstance(index, int) or index < start:
        return [a]
    if index < start + b.d:
        return []
    path: Path = [*b.p, index - b.d + len(b.v), *a.p[depth + 1 :]]
    return [replace(a, p=path)]


def _splice_splice(a: Splice, b: Splice, b_start: int, *, early: bool) -> list[Op]:
    """Two splices of one list: a delete never removes an item that its author had not seen."""
    if a.i is None:
        return [a]
    start, end = a.i, a.i + a.d
    b_end, inserted = b_start + b.d, len(b.v)
    at = _insertion(start, b_start, b_end, inserted, early=early)
    if not a.d:
        return [replace(a, i=at)]
    left = max(0, min(end, b_start) - start)
    right = max(0, end - max(start, b_end))
    split = left > 0 or (early and start == b_start and inserted > 0)
    if split and right:
        rest = Splice(a.m, a.p, start + len(a.v) + inserted, right, [])
        return [replace(a, d=left), rest] if left or a.v else [rest]
    if left:
        return [replace(a, d=left)]
    if right:
        return [replace(a, i=at if start >= b_end else b_start + inserted, d=right)]
    return [replace(a, i=at, d=0)] if a.v else []


def _insertion(start: int, b_start: int, b_end: int, inserted: int, *, early: bool) -> int:
    if start < b_start:
        return start
    if start == b_start:
        return start if early else start + inserted
    if start < b_end:
        return b_start + inserted
    return start + inserted - (b_end - b_start)


def _over_stream(a: Addressed, b: Stream) -> list[Op]:
    """Rows of `a`'s own move behind those of `b`; what `b` rolls out is not written any more."""
    if isinstance(a, Stream):
        return [replace(a, at=max(a.at, b.at) + b.n)] if a.gen == b.gen else [a]
    if not isinstance(a, Write) or a.gen != b.gen:
        return [a]
    own = index_of(a, b.at)
    pieces = [part(a, 0, own), part(a, own, None, b.n)]
    if b.roll is not None:
        first = b.at + b.n - b.roll
        pieces = [piece and part(piece, index_of(piece, first), None) for piece in pieces]
    return [piece for piece in pieces if piece]


def _over_unstream(a: Addressed, b: Unstream) -> list[Op]:
    """Rows behind those that are taken back move up; these themselves are gone."""
    end = b.at + b.n
    if isinstance(a, Stream):
        return [replace(a, at=a.at - b.n)] if a.gen == b.gen and a.at >= end else [a]
    if not isinstance(a, Write) or a.gen != b.gen:
        return [a]
    pieces = [part(a, 0, index_of(a, b.at)), part(a, index_of(a, end), None, -b.n)]
    return [piece for piece in pieces if piece]


def transform(earlier: Sequence[Op], later: Sequence[Op]) -> tuple[list[Op], list[Op]]:
    """Carry two lists over each other; both start on one state, `earlier` stands first in the log.

    Returns (earlier after later, later after earlier).
    """
    carried: list[Op] = []
    rest = list(later)
    for op in earlier:
        crossed, rest = _cross(op, rest)
        carried += crossed
    return carried, rest


def _cross(early: Op, later: Sequence[Op]) -> tuple[list[Op], list[Op]]:
    """Carry one earlier operation over a list of later ones."""
    ahead: list[Op] = [early]
    out: list[Op] = []
    for op in later:
        ahead, pieces = _grid(ahead, [op])
        out += pieces
    return ahead, out


def _grid(early: list[Op], late: list[Op]) -> tuple[list[Op], list[Op]]:
    if not early or not late:
        return early, late
    if len(early) == 1 and len(late) == 1:
        return xf(early[0], late[0], early=True), xf(late[0], early[0])
    if len(early) == 1:
        first, head = _grid(early, late[:1])
        first, tail = _grid(first, late[1:])
        return first, head + tail
    head, late = _grid(early[:1], late)
    tail, late = _grid(early[1:], late)
    return head + tail, late


def reason(a: Op, b: Op) -> str:
    """Name the conflict when `xf(a, b)` dropped `a` (SPEC 5.5)."""
    if isinstance(b, Drop):
        return "model-gone"
    if isinstance(b, Stream):
        return "rolled-out"
    return "target-gone" if isinstance(b, Splice | Unstream) else "container-replaced"


def overlaps(a: Op, b: Op) -> bool:
    """Tell whether one stands at, above or below the address of the other (mode `strict`)."""
    if isinstance(a, Title) and isinstance(b, Title):
        return True
    if isinstance(a, RootAdd | RootRemove) and isinstance(b, RootAdd | RootRemove):
        return a.m == b.m
    if isinstance(b, Drop):
        return not isinstance(a, Add | Drop | Title | Roots) and a.m in b.ms
    if not (isinstance(a, Addressed) and isinstance(b, Addressed)) or a.m != b.m:
        return False
    shared = min(len(a.p), len(b.p))
    return a.p[:shared] == b.p[:shared]


def same_address(a: Op, b: Op) -> bool:
    """Tell whether both set the same place, so that the later one overwrites (`concurrent`)."""
    if isinstance(a, Msg) or isinstance(b, Msg):
        return False
    if isinstance(a, Set | Del) and isinstance(b, Set | Del):
        return a.m == b.m and a.p == b.p
    if isinstance(a, Write) and isinstance(b, Write):
        return a.m == b.m and a.p == b.p and overlap(a, b)
    return isinstance(a, Title) and isinstance(b, Title)
