"""Squash keeps the outcome and loses what nobody would see (SPEC 5.7)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.apply import apply
from syncline.core.columns import Columns
from syncline.core.errors import Gone
from syncline.core.ops import (
    Add,
    Del,
    Drop,
    Msg,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Write,
)
from syncline.core.squash import squash
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import Ref, equal


def state() -> PlainState:
    made = PlainState("t")
    made.models["m"] = PlainModel(
        "t/T@1",
        {
            "a": {"k": {"deep": 1}},
            "l": [[1], {"k": 2}, 3],
            "s": Columns("g", {"x": np.arange(3.0), "y": ["a", "b", "c"]}),
            "i": np.zeros((2, 3)),
        },
    )
    made.models["n"] = PlainModel("t/T@1", {"a": 1})
    made.roots = ["m"]
    return made


def fold(ops: list[Op]) -> Any:
    made = state()
    for op in ops:
        apply(made, op)
    models = {m: [type, props] for m, type, props in made.items()}
    return [made.title, made.roots, models]


def rows(at: int, n: int = 1, roll: int | None = None, gen: str = "g") -> Stream:
    return Stream("m", ["s"], gen, at, n, {"x": np.arange(at, at + n) * 1.5, "y": ["z"] * n}, roll)


def wrote(at: Any, *v: float) -> Write:
    return Write("m", ["s"], at, np.array(v), "g", "x")


A: list[str | int] = ["a", "k"]
B: list[str | int] = ["l", 0]


@pytest.mark.parametrize(
    ("ops", "left"),
    [
        ([Set("m", ["a"], 1), Set("m", ["a"], 2)], [1]),
        ([Set("m", [*A, "deep"], 1), Set("m", A, 2)], [1]),
        ([Set("m", A, {}), Set("m", [*A, "x"], 2)], [0, 1]),
        ([Set("m", A, {}), Del("m", A)], [1]),
        ([Set("m", A, 1), Set("n", ["a"], 1), Set("m", A, 2)], [1, 2]),
        ([Set("m", ["l", 0], 1), Set("m", ["l", 0], 2)], [1]),
        ([Set("m", B, 1), Splice("m", ["l"], 0, 0, [9]), Set("m", B, 2)], [0, 1, 2]),
        ([Splice("m", B, 0, 1, []), Set("m", ["l"], [])], [1]),
        ([Title("a"), Title("b")], [1]),
        ([Set("m", ["a"], 1), Msg("m", "x"), Set("m", ["a"], 2)], [0, 1, 2]),
        ([Set("m", ["new"], 1), Del("m", ["new"])], [0, 1]),
        ([Del("m", ["a"]), Set("m", ["a"], 1)], [1]),
        ([Add("c", "t/T@1", {}), Set("c", ["a"], 1), Drop(["c"])], []),
        ([Add("c", "t/T@1", {}), RootAdd("c"), RootRemove("c"), Drop(["c"])], []),
        ([Set("n", ["a"], 2), Drop(["n"])], [1]),
        ([Drop(["n"]), Add("n", "t/T@1", {}), Set("n", ["a"], 5)], [0, 1, 2]),
        ([RootAdd("n"), RootRemove("n")], [1]),
        ([RootRemove("m"), RootAdd("m")], [0, 1]),
        ([RootAdd("n"), RootRemove("n"), RootAdd("n")], [1, 2]),
        ([rows(3), Set("m", ["s"], 1)], [1]),
        ([wrote(0, 1.0), wrote(0, 2.0)], [1]),
        ([wrote(0, 1.0), wrote(0, 2.0, 3.0)], [0, 1]),
    ],
)
def test_what_nobody_would_see_is_left_out(ops: list[Op], left: list[int]) -> None:
    assert squash(ops) == [ops[index] for index in left]
    assert equal(fold(squash(ops)), fold(ops))


def test_of_several_models_dropped_at_once_those_that_were_added_vanish() -> None:
    ops: list[Op] = [Add("c", "t/T@1", {}), Drop(["c", "n"])]
    assert squash(ops) == [Drop(["n"])]


def test_a_dropped_model_that_is_still_a_root_stays() -> None:
    ops: list[Op] = [Add("c", "t/T@1", {}), RootAdd("c"), Drop(["c"])]
    assert squash(ops) == ops


def test_streams_of_one_roll_join() -> None:
    found = squash([rows(3), rows(4, 2), Set("n", ["a"], 1), rows(6)])
    assert equal(vars_of(found[0]), vars_of(rows(3, 4)))
    assert len(found) == 2


def test_rows_that_are_rolled_out_are_not_sent() -> None:
    (found,) = squash([rows(3, 10, roll=5), rows(13, 10, roll=5)])
    assert equal(vars_of(found), vars_of(rows(18, 5, roll=5)))
    found, last = squash([rows(3, 10), wrote(2, 1.0), wrote(11, 1.0), rows(13, 1, roll=3)])[::2]
    assert equal(vars_of(found), vars_of(rows(11, 2)))
    assert equal(vars_of(last), vars_of(rows(13, 1, roll=3)))
    assert len(squash([rows(3, 2), rows(5, 9, roll=3)])) == 1


def test_a_gap_left_by_an_earlier_squash_discards_what_was_before() -> None:
    (found,) = squash([rows(3, 2), rows(10, 2)])
    assert equal(vars_of(found), vars_of(rows(10, 2)))


def test_streams_of_another_generation_do_not_join() -> None:
    other = Columns("h", {"x": np.zeros(0), "y": []})
    assert len(squash([rows(3), rows(0, gen="h")])) == 2
    assert len(squash([rows(3), Set("m", ["s"], other), rows(0, gen="h")])) == 2


def test_blocks_of_an_array_that_are_written_again_are_left_out() -> None:
    block = Write("m", ["i"], [[0, 1, 1], [0, 2, 1]], np.ones((1, 2)))
    other = Write("m", ["i"], [[0, 1, 1], [1, 2, 1]], np.zeros((1, 1)))
    assert squash([block, other, block]) == [other, block]


def vars_of(op: Any) -> dict[str, Any]:
    return {name: getattr(op, name) for name in op.__struct_fields__}


values = st.sampled_from([1, 2, {"k": {"deep": 3}}, [[4], {"k": 5}], Ref("n")])
paths = st.sampled_from(
    [
        ["a"], ["a", "k"], ["a", "k", "deep"], ["a", "j"], ["l"], ["l", 0], ["l", 1], ["l", 1, "k"],
        ["l", 2], ["l", 0, 0],
    ]
)  # fmt: skip
models = st.sampled_from(["m", "m", "m", "n", "c"])
edits = st.one_of(
    st.builds(Set, models, paths, values),
    st.builds(Del, models, paths),
    st.builds(
        Splice,
        models,
        paths,
        st.integers(0, 3),
        st.integers(0, 2),
        st.lists(values, max_size=2),
    ),
)
others = st.one_of(
    st.builds(Title, st.sampled_from("ab")),
    st.builds(RootAdd, models),
    st.builds(RootRemove, models),
    st.builds(Add, models, st.just("t/T@1"), st.just({"a": 1, "l": [1, 2]})),
    st.builds(Drop, st.lists(models, min_size=1, max_size=2)),
    st.builds(Msg, st.just("m"), st.just("click")),
    st.just(Set("m", ["s"], Columns("g", {"x": np.zeros(2), "y": ["n", None]}))),
    st.just(Set("m", ["i"], np.ones((2, 3)))),
)
streams = st.builds(
    lambda n, roll: rows(0, n, roll), st.integers(1, 6), st.sampled_from([None, 2, 4, 7])
)
writes = st.one_of(
    st.builds(
        lambda at, v: wrote(at, *v),
        st.integers(0, 20),
        st.lists(st.floats(0, 9), min_size=1, max_size=3),
    ),
    st.builds(lambda at: wrote([at, at + 4, 2], 7.0, 8.0), st.integers(0, 20)),
    st.builds(
        lambda a, b, v: Write("m", ["i"], [[a, a + 1, 1], [b, b + 1, 1]], np.array([[v]])),
        st.integers(0, 1),
        st.integers(0, 2),
        st.floats(0, 9),
    ),
)


def committed(ops: list[Op]) -> list[Op]:
    """Return the operations that resolve, streams at the end of their source."""
    made, done = state(), []
    for op in ops:
        if isinstance(op, Stream) and isinstance(source := at_source(made), Columns):
            op = rows(source.end, op.n, op.roll)
        # A root is no garbage.
        if isinstance(op, Drop) and not set(op.ms).isdisjoint(made.roots):
            continue
        try:
            apply(made, op)
        except (Gone, ValueError):
            continue
        done.append(op)
    return done


def at_source(made: PlainState) -> Any:
    model = made.models.get("m")
    return model and model.props.get("s")


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.one_of(edits, edits, others, streams, streams, writes), max_size=30))
def test_squash_keeps_the_fold(ops: list[Op]) -> None:
    ops = committed(ops)
    found = squash(ops)
    assert len(found) <= len(ops)
    assert equal(fold(found), fold(ops))
    assert equal(fold(squash(found)), fold(ops))


def test_a_root_that_was_dropped_and_comes_back_is_still_removed() -> None:
    ops: list[Op] = [Drop(["m"]), Add("m", "t/T@1", {}), RootRemove("m"), Drop(["m"])]
    assert equal(fold(squash(ops)), fold(ops))
