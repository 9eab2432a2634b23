"""What holds for any operations, tried on random cases; `make test` lets both languages read them.

The seed is shown where a test fails; SYNCLINE_SEED repeats it, SYNCLINE_VECTORS names a folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from scripts.vectors.documents import document, wire_doc

from syncline.core.apply import apply
from syncline.core.diff import diff
from syncline.core.errors import BadValue, Gone
from syncline.core.ops import (
    Add,
    Addressed,
    Del,
    Drop,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Write,
)
from syncline.core.squash import squash
from syncline.core.state import PlainState
from syncline.core.transform import same_address, transform
from syncline.core.values import Buffers, clone, decode_value, encode_value, equal, settled
from syncline.sync.errors import ProtocolError
from syncline.sync.frames import unpack
from tests.core.vectors import SEED, generated, read_doc, read_op, write_doc, write_op

BASE = wire_doc(document())


def each(name: str) -> Iterator[dict[str, Any]]:
    print("seed", SEED)  # noqa: T201  shown where a test fails
    yield from generated()[name]


def folded(doc: Any, ops: list[Op]) -> PlainState:
    state = read_doc(doc)
    for op in ops:
        apply(state, op)
    return state


def read_ops(raw: list[Any]) -> list[Op]:
    return [read_op(op) for op in raw]


def same(a: PlainState, b: PlainState) -> bool:
    models = [{m: [type, props] for m, type, props in state.items()} for state in (a, b)]
    return (a.title, a.roots) == (b.title, b.roots) and equal(*models)


def test_applying_is_as_told_and_undo_restores() -> None:
    for case in each("apply"):
        state = read_doc(case["doc"])
        try:
            undo = apply(state, read_op(case["op"]))
        except (Gone, BadValue) as error:
            told = {"gone": error.kind} if isinstance(error, Gone) else {"error": True}
            assert told.items() <= case.items()
        else:
            assert write_doc(state) == case["after"], case
            for inverse in undo:
                apply(state, inverse)
        assert write_doc(state) == case["doc"], case


def test_many_operations_are_undone_in_reverse() -> None:
    for case in each("invert"):
        state = read_doc(case["doc"])
        undo = [apply(state, op) for op in read_ops(case["ops"])]
        assert write_doc(state) == case["after"], case
        for inverse in (op for ops in reversed(undo) for op in ops):
            apply(state, inverse)
        assert write_doc(state) == case["doc"], case


def test_squash_keeps_the_fold() -> None:
    for case in each("squash"):
        ops = read_ops(case["ops"])
        fewer = squash(ops)
        assert [write_op(op) for op in fewer] == case["squashed"], case
        assert len(fewer) <= len(ops)
        assert same(folded(case["doc"], ops), folded(case["doc"], fewer)), case


def test_a_difference_leads_from_one_document_to_the_other() -> None:
    for case in each("diff"):
        ops = diff(read_doc(case["old"]), read_doc(case["new"]))
        assert [write_op(op) for op in ops] == case["ops"], case
        assert same(folded(case["old"], ops), read_doc(case["new"])), case


def test_a_value_comes_back_as_it_went() -> None:
    for case in each("values"):
        value = decode_value(case["json"], Buffers())
        parts: list[Any] = []
        encoded = json.loads(json.dumps(encode_value(value, parts)))
        again = decode_value(encoded, Buffers([bytes(part) for part in parts]))
        for other in (again, clone(value), settled(value)):
            assert equal(value, other), case
        assert json.loads(json.dumps(encode_value(value, None))) == case["json"]


def test_a_frame_is_read_or_refused() -> None:
    for case in each("frames"):
        frame = decode_value({"$": "bytes", "b64": case["frame"]}, Buffers())
        if "error" in case:
            with pytest.raises(ProtocolError):
                unpack(frame)
        else:
            assert unpack(frame)[0].header.msgid == case["body"]["header"]["msgid"]


def test_edits_that_commute_come_to_the_same_whichever_is_applied_first() -> None:
    compared = 0
    for case in each("transform"):
        earlier, later = read_ops(case["earlier"]), read_ops(case["later"])
        one, other = transform(earlier, later)
        assert [[write_op(op) for op in ops] for ops in (one, other)] == case["result"], case
        if any(map(ordered, product(earlier, later))):
            continue
        compared += 1
        there, back = folded(BASE, [*earlier, *other]), folded(BASE, [*later, *one])
        assert same(there, back), case
    assert compared > len(generated()["transform"]) / 3


def ordered(pair: tuple[Op, Op]) -> bool:
    """Tell whether the outcome of two operations depends on their order (SPEC 5.3)."""
    return any(_ordered(a, b) for a, b in (pair, pair[::-1]))


def _ordered(a: Op, b: Op) -> bool:
    if isinstance(a, RootAdd | RootRemove) and isinstance(b, RootAdd | RootRemove):
        return True
    if isinstance(a, Drop):
        return True
    if isinstance(a, Add) and getattr(b, "m", None) == a.m:
        return True
    if not (isinstance(a, Addressed) and isinstance(b, Addressed)) or a.m != b.m:
        return False
    if isinstance(a, Set | Del) and b.p[: len(a.p)] == a.p and len(b.p) > len(a.p):
        # What stands in a container that is replaced.
        return True
    if a.p != b.p:
        return False
    if isinstance(a, Splice) and a.i is None:
        return isinstance(b, Splice)
    if isinstance(a, Stream):
        return isinstance(b, Stream | Write)
    return isinstance(a, Write) and isinstance(b, Write) and same_address(a, b)
