"""The difference of two documents leads from one to the other, in few and narrow operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core.apply import apply
from syncline.core.columns import Columns
from syncline.core.diff import diff
from syncline.core.ops import (
    Add,
    Del,
    Drop,
    Op,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Write,
)
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import clone, equal


def state(value: Any, *roots: str) -> PlainState:
    made = PlainState()
    made.models["m"] = PlainModel("t/T@1", {"p": value})
    made.roots = list(roots)
    return made


def turned(old: PlainState, new: PlainState) -> list[Op]:
    """Return the difference, after a look that it does what it should."""
    ops = diff(old, new)
    for op in ops:
        apply(old, op)
    assert (old.title, old.roots) == (new.title, new.roots)
    assert {m: type for m, type, _ in old.items()} == {m: type for m, type, _ in new.items()}
    for m, _, props in old.items():
        assert equal(props, new.props(m))
    return ops


def source(first: int, *xs: float, gen: str = "g", **more: Any) -> Columns:
    return Columns(gen, {"x": np.array(xs), "y": [str(x) for x in xs], **more}, first)


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (source(0, 1, 2), source(0, 1, 2), []),
        (source(0, 1, 2), source(0, 1, 2, 3), [Stream]),
        (source(0, 1, 2), source(1, 2, 3), [Stream]),
        (source(0, 1, 2), source(5, 6, 7), [Stream]),
        (source(0, 1, 2), source(0, 1, 9), [Write, Write]),
        (source(0, 1, 2, 3), source(1, 9, 3, 4), [Write, Write, Stream]),
        (source(0, 1, 2), source(1, 2), [Set]),
        (source(0, 1, 2), source(0, 1), [Set]),
        (source(1, 2), source(0, 1, 2), [Set]),
        (source(0, 1), source(0, 1, gen="h"), [Set]),
        (source(0, 1), source(0, 1, z=[1]), [Set]),
        (Columns("g", {}), Columns("g", {}, 5), [Set]),
        ([1, 2, 3], [1, 3], [Splice]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, [Del]),
        ({"a": {1: 2}}, {"a": {1: 3}}, [Set]),
        (1, [1], [Set]),
    ],
)
def test_a_value_is_changed_where_it_differs(old: Any, new: Any, kinds: list[type]) -> None:
    assert list(map(type, turned(state(old), state(new)))) == kinds


def test_a_write_of_rows_holds_only_those_that_differ() -> None:
    (x, y) = turned(state(source(0, 1, 2, 3, 4)), state(source(0, 1, 9, 9, 4)))
    assert isinstance(x, Write)
    assert (x.at, x.v.tolist()) == (1, [9, 9])
    assert isinstance(y, Write)
    assert (y.at, y.v) == (1, ["9", "9"])


def test_models_roots_and_the_title() -> None:
    old, new = state(1, "m", "a"), state(1, "b", "m")
    old.models |= {"a": PlainModel("t/T@1", {}), "c": PlainModel("t/T@1", {"x": 1})}
    new.models |= {"b": PlainModel("t/T@1", {}), "c": PlainModel("t/U@1", {"x": 1})}
    new.title = "other"
    assert list(map(type, turned(old, new))) == [
        Title, Add, Drop, Add, RootRemove, RootRemove, RootAdd, RootAdd, Drop,
    ]  # fmt: skip


@given(st.permutations("abcd"), st.permutations("abcd"), st.integers(0, 4), st.integers(0, 4))
def test_the_roots_come_into_their_order(
    old: list[str], new: list[str], some: int, others: int
) -> None:
    before, after = state(1, *old[:some]), state(1, *new[:others])
    models = {m: PlainModel("t/T@1", {}) for m in "abcd"}
    before.models |= models
    after.models |= models
    turned(before, after)


sources = st.builds(
    lambda first, xs, gen: source(first, *xs, gen=gen),
    st.integers(0, 4),
    st.lists(st.sampled_from([1.0, 2.0, float("nan")]), max_size=5),
    st.sampled_from(["g", "g", "g", "h"]),
)
values = st.recursive(
    st.one_of(st.integers(0, 2), st.none(), sources),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(values, values)
def test_any_value_turns_into_any_other(old: Any, new: Any) -> None:
    turned(state(clone(old)), state(new))
