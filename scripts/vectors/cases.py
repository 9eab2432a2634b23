"""What is asked of an implementation: a case holds the question and the answer."""

from __future__ import annotations

import random
from typing import Any

from syncline.core.apply import apply
from syncline.core.diff import diff
from syncline.core.errors import BadValue, Gone
from syncline.core.ops import Op
from syncline.core.squash import squash
from syncline.core.state import PlainState
from syncline.core.transform import transform
from syncline.core.values import encode_value

from . import operations, values
from .documents import copy, document, unwire, wire, wire_doc

Case = dict[str, Any]


def apply_case(state: PlainState, op: Op) -> Case:
    """What an operation makes of a document, or why it does not resolve."""
    case = {"doc": wire_doc(state), "op": wire(op)}
    after = copy(state)
    try:
        apply(after, unwire(case["op"]))
    except Gone as gone:
        return case | {"gone": gone.kind}
    except BadValue:
        return case | {"error": True}
    return case | {"after": wire_doc(after)}


def invert_case(state: PlainState, ops: list[Op]) -> Case:
    """What several operations make of a document; undone, they leave it as it was."""
    case = {"doc": wire_doc(state), "ops": [wire(op) for op in ops]}
    for op in ops:
        apply(state, op)
    return case | {"after": wire_doc(state)}


def transform_case(earlier: list[Op], later: list[Op]) -> Case:
    """Two lists of operations, each carried over the other."""
    a, b = transform(earlier, later)
    return {
        "earlier": [wire(op) for op in earlier],
        "later": [wire(op) for op in later],
        "result": [[wire(op) for op in a], [wire(op) for op in b]],
    }


def squash_case(state: PlainState, ops: list[Op]) -> Case:
    """Operations, and fewer that come to the same."""
    case = {"doc": wire_doc(state), "ops": [wire(op) for op in ops]}
    return case | {"squashed": [wire(op) for op in squash(ops)]}


def diff_case(old: PlainState, new: PlainState) -> Case:
    """Two documents and what leads from one to the other."""
    ops = [wire(op) for op in diff(old, new)]
    return {"old": wire_doc(old), "new": wire_doc(new), "ops": ops}


# Random ones


def random_apply(rnd: random.Random) -> Case:
    state = document()
    operations.applied(rnd, state, rnd.randrange(3))
    return apply_case(state, operations.random_op(rnd, state))


def random_invert(rnd: random.Random) -> Case:
    return invert_case(document(), operations.applied(rnd, document(), rnd.randrange(1, 8)))


def random_transform(rnd: random.Random) -> Case:
    counts = rnd.choice([(1, 1), (rnd.randrange(1, 4), rnd.randrange(1, 4))])
    earlier, later = (operations.applied(rnd, document(), count) for count in counts)
    return transform_case(earlier, later)


def random_squash(rnd: random.Random) -> Case:
    return squash_case(document(), operations.applied(rnd, document(), rnd.randrange(2, 20)))


def random_diff(rnd: random.Random) -> Case:
    old, new = document(), document()
    operations.applied(rnd, new, rnd.randrange(1, 5))
    if rnd.random() < 0.2:
        new.models.pop("py-4", None)
        new.roots = [m for m in new.roots if m != "py-4"]
    return diff_case(old, new)


def random_value(rnd: random.Random) -> Case:
    return {"json": encode_value(values.random_value(rnd), None)}
