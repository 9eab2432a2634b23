"""Operations on their way to the wire and back, and what is asked about them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from syncline.core.columns import Columns
from syncline.core.errors import BadValue
from syncline.core.ops import (
    Add,
    Del,
    Drop,
    Msg,
    Op,
    RootAdd,
    Set,
    Splice,
    Stream,
    Title,
    Write,
    from_wire,
    is_plain_set,
    references,
    same_ops,
    to_wire,
    touches,
    weight,
)
from syncline.core.rename import made, renamed, renamed_op
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Buffers, Ref
from tests.core.vectors import read_op, write_op

ROWS = Stream("m", ["s"], "g", 0, 1, {"x": np.zeros(1), "y": [Ref]}, 5)
OPS: list[Any] = [
    Set("m", ["p"], 1.5), Set("m", ["p", 0], [Ref("n")]), Del("m", ["p"]),
    Splice("m", ["p"], None, 0, [Ref("n"), b"1"]), Add("m", "t/T@1", {"a": math.inf}),
    Drop(["m"]), RootAdd("m"), Title("t"), Msg("m", "click", {"x": np.zeros(2)}),
    Stream("m", ["s"], "g", 0, 1, {"x": np.zeros(1), "y": ["a"]}, 5),
    Stream("m", ["s"], "g", 0, 1, {"y": [None]}), Write("m", ["s"], 0, ["a"], "g", "y"),
    Write("m", ["i"], [[0, 1, 1]], np.zeros(1)),
]  # fmt: skip


@pytest.mark.parametrize("op", OPS, ids=lambda op: type(op).__name__)
def test_an_operation_comes_back_as_it_went(op: Any) -> None:
    assert same_ops([read_op(write_op(op))], [op])  # type: ignore[list-item]
    parts: list[Any] = []
    wire = to_wire(op, parts)
    assert same_ops([from_wire(wire, Buffers(parts))], [op])
    assert weight(op) >= 48
    assert touches(op) in ("m", None)


def test_equal_operations_are_told_from_others() -> None:
    assert same_ops(OPS, OPS)
    assert not same_ops(OPS, OPS[1:])
    assert not same_ops([Title("a")], [Title("b")])
    assert not same_ops([Title("a")], [Drop([])])


def test_references_of_an_operation() -> None:
    ids = [[ref.id for ref in references(op)] for op in OPS]
    assert [index for index, each in enumerate(ids) if each] == [1, 3]
    assert is_plain_set(OPS[0])
    assert not is_plain_set(OPS[1])


@pytest.mark.parametrize(
    "raw",
    [
        {"op": "set", "m": "m", "p": [], "v": 1},
        {"op": "set", "m": "m", "p": [0], "v": 1},
        {"op": "stream", "m": "m", "p": ["s"], "gen": "g", "at": 0, "n": 2, "cols": {"x": [1]}},
        {"op": "stream", "m": "m", "p": ["s"], "gen": "g", "at": -1, "n": 1, "cols": {"x": [1]}},
        {"op": "write", "m": "m", "p": ["s"], "at": 0, "v": [{"$": "ref", "id": "n"}], "gen": "g",
         "col": "x"},
        {"op": "write", "m": "m", "p": ["s"], "at": 0, "v": [1], "gen": "g"},
        {"op": "write", "m": "m", "p": ["s"], "at": [], "v": 1},
    ],
)  # fmt: skip
def test_a_malformed_operation_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        read_op(raw)


def test_models_and_sources_get_other_names() -> None:
    ids = {"m": "n", "g": "h"}
    value = {"a": [Ref("m"), (Ref("x"), {Ref("m")})], "s": Columns("g", {}), "o": Columns("k", {})}
    found = renamed(value, ids)
    assert found["a"] == [Ref("n"), (Ref("x"), {Ref("n")})]
    assert (found["s"].gen, found["o"].gen) == ("h", "k")
    assert renamed(b"1", ids) == b"1"


def test_an_operation_gets_other_names() -> None:
    ids = {"m": "n", "g": "h"}
    ops: list[Op] = [renamed_op(op, ids) for op in OPS]
    assert {touches(op) for op in ops} == {"n", None}
    assert [op.ms for op in ops if isinstance(op, Drop)] == [["n"]]
    assert [op.gen for op in ops if isinstance(op, Stream)] == ["h", "h"]


def test_what_operations_bring_in_is_named() -> None:
    source = {"deep": [(Columns("g2", {}),)]}
    ops: list[Op] = [Add("m", "t/T@1", {"s": Columns("g1", {})}), Set("m", ["p"], source), OPS[2]]
    assert list(made(ops)) == ["m", "g1", "g2"]


def test_a_state_gives_its_models_other_ids() -> None:
    state = PlainState()
    state.models = {"m": PlainModel("t/T@1", {"to": Ref("m")}), "k": PlainModel("t/T@1", {})}
    state.roots = ["m", "k"]
    state.expect("m", "t/T@1")
    state.forget("m")
    state.rename({"m": "n"})
    assert (state.roots, list(state.ids())) == (["n", "k"], ["n", "k"])
    assert state.get("n", "to") == Ref("n")
