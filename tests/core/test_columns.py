"""Columns: rows with absolute numbers, in memory that copies share (SPEC 2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from syncline.core.apply import apply, attempt, placed
from syncline.core.columns import Columns
from syncline.core.errors import BadValue, Gone
from syncline.core.ops import Op, Set, Splice, Stream, Title, Write
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import (
    Buffers,
    Ref,
    clone,
    decode_value,
    encode_value,
    equal,
    settled,
    size,
)


def source(rows: int = 3, first: int = 0) -> Columns:
    return Columns("g", {"x": np.arange(first, first + rows, dtype="f8"), "y": ["a"] * rows}, first)


def state(value: Any = None) -> PlainState:
    made = PlainState()
    made.models["m"] = PlainModel("t/T@1", {"s": source() if value is None else value})
    return made


def held(made: PlainState) -> Any:
    return made.models["m"].props["s"]


def stream(at: int, n: int = 2, roll: int | None = None, **changes: Any) -> Stream:
    cols = {"x": np.arange(at, at + n, dtype="f8"), "y": ["b"] * n}
    return Stream("m", ["s"], "g", at, n, {**cols, **changes}, roll)


def write(at: Any, v: Any, col: str = "x", gen: str = "g") -> Write:
    return Write("m", ["s"], at, v, gen, col)


def xs(columns: Columns) -> list[float]:
    return [float(x) for x in columns["x"]]


def test_rows_keep_their_numbers_through_append_and_rollover() -> None:
    made = state()
    apply(made, stream(3, 2, roll=4))
    assert (held(made).first, held(made).end, xs(held(made))) == (1, 5, [1, 2, 3, 4])
    assert held(made)["y"] == ["a", "a", "b", "b"]


def test_a_stream_longer_than_what_is_kept_leaves_its_last_rows() -> None:
    made = state()
    apply(made, stream(3, 5, roll=2))
    assert (held(made).first, xs(held(made))) == (6, [6, 7])


def test_rows_that_take_the_place_of_all_others_are_not_copied_until_they_are_written() -> None:
    made, op = state(), stream(3, 2, roll=2)
    apply(made, op)
    assert np.shares_memory(held(made)["x"], op.cols["x"])
    apply(made, write(3, np.array([9.0])))
    apply(made, write(4, ["z"], "y"))
    assert (xs(held(made)), held(made)["y"]) == ([9, 4], ["b", "z"])
    apply(made, stream(5, 1))
    assert (xs(held(made)), held(made)["y"]) == ([9, 4, 5], ["b", "z", "b"])
    assert (op.cols["x"].tolist(), op.cols["y"]) == ([3, 4], ["b", "b"])
    again = state()
    for inverse in apply(again, op):
        apply(again, inverse)
    assert equal(held(again), source())


def test_the_last_rows_of_a_stream_do_not_keep_the_memory_of_all() -> None:
    made, op = state(), stream(3, 100, roll=2)
    apply(made, op)
    assert xs(held(made)) == [101, 102]
    assert not np.shares_memory(held(made)["x"], op.cols["x"])


def test_a_stream_beyond_the_end_discards_what_was_there() -> None:
    made = state()
    undo = apply(made, stream(10, 2))
    assert (held(made).first, xs(held(made))) == (10, [10, 11])
    for inverse in undo:
        apply(made, inverse)
    assert equal(held(made), source())


def test_undo_restores_and_the_rows_may_come_again() -> None:
    made = state()
    for roll in (None, 2, 4, 3):
        undo = apply(made, stream(3, 2, roll))
        after = xs(held(made))
        for inverse in undo:
            apply(made, inverse)
        assert equal(held(made), source())
        apply(made, stream(3, 2, roll))
        assert xs(held(made)) == after
        made = state()


def test_many_streams_and_rollovers_cost_what_their_rows_cost() -> None:
    made = state()
    for at in range(3, 5000):
        apply(made, stream(at, 1, roll=100))
    assert xs(held(made)) == list(map(float, range(4900, 5000)))
    column = held(made)._columns["y"]
    assert len(column.memory.items) <= column.memory.room < 500


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        (Stream("m", ["s"], "other", 3, 1, {"x": np.zeros(1), "y": [1]}), "container-replaced"),
        (stream(2), "target-gone"),
        (write(0, np.zeros(1), gen="other"), "container-replaced"),
        (write(3, np.zeros(1)), "target-gone"),
        (write([0, 4, 2], np.zeros(2)), "target-gone"),
        (Write("m", ["s"], [], np.zeros(())), "target-gone"),
        (Write("n", ["s"], 0, np.zeros(1), "g", "x"), "model-gone"),
    ],
)
def test_an_operation_that_does_not_resolve_changes_nothing(op: Op, kind: str) -> None:
    made = state()
    with pytest.raises(Gone) as caught:
        apply(made, op)
    assert caught.value.kind == kind
    assert equal(held(made), source())


@pytest.mark.parametrize(
    "op",
    [
        Stream("m", ["s"], "g", 3, 1, {"x": np.zeros(1)}),
        Stream("m", ["s"], "g", 3, 0, {"x": np.zeros(0), "y": []}),
        stream(3, z=np.zeros(2)),
        stream(3, x=np.zeros(2, "f4")),
        stream(3, x=[1, 2]),
        stream(3, y=np.zeros(2)),
        stream(3, x=np.zeros(3)),
        stream(3, x=np.zeros((2, 1))),
        stream(3, x=7),
        stream(3, roll=0),
        write(0, np.zeros(1, "i4")),
        write(0, [1.0]),
        write(0, ["b"], col="z"),
        write(0, np.zeros(0)),
        write(-1, np.zeros(1)),
        write(0.5, np.zeros(1)),
        write(True, np.zeros(1)),
        write([0, 3, 2], np.zeros(3)),
        write([0, 3], np.zeros(3)),
        write([2, 2, 1], np.zeros(1)),
        write([0, 2, 0], np.zeros(2)),
        Write("m", ["s"], 0, np.zeros(1), "g"),
    ],
)
def test_rows_of_another_shape_are_refused_and_change_nothing(op: Op) -> None:
    made = state()
    with pytest.raises(BadValue):
        apply(made, op)
    assert equal(held(made), source())


def test_rows_are_written_by_run_and_by_step_and_come_back() -> None:
    made = state(source(10))
    undo = [*apply(made, write(1, np.array([-1.0, -2.0]))), *apply(made, write(0, ["z"], "y"))]
    undo += apply(made, write([0, 9, 4], np.array([5.0, 6.0, 7.0])))
    assert xs(held(made)) == [5, -1, -2, 3, 6, 5, 6, 7, 7, 9]
    assert held(made)["y"][:2] == ["z", "a"]
    for inverse in reversed(undo):
        apply(made, inverse)
    assert equal(held(made), source(10))


def test_a_write_of_rows_partly_gone_is_trimmed_when_it_is_committed() -> None:
    made = state(source(3, first=5))
    with pytest.raises(Gone, match="rolled-out"):
        apply(made, write(4, np.zeros(2)))
    assert equal(placed(made, write(4, np.arange(3.0))).v, np.array([1.0, 2.0]))  # type: ignore[union-attr]
    strided = placed(made, write([1, 8, 3], np.arange(3.0)))
    assert isinstance(strided, Write)
    assert strided.at == [7, 8, 3]
    whole = write(5, np.zeros(3))
    assert placed(made, whole) is whole
    with pytest.raises(Gone, match="rolled-out"):
        placed(made, write(2, np.zeros(3)))


def test_what_was_handed_out_stays_as_it_was() -> None:
    made = state()
    copy, seen = clone(held(made)), held(made).cols
    parts: list[Any] = []
    encoded = encode_value(held(made), parts)
    apply(made, write(0, np.array([9.0])))
    apply(made, write(0, ["z"], "y"))
    apply(made, stream(3))
    assert equal(copy, source())
    assert xs(seen) == [0, 1, 2]
    assert equal(decode_value(encoded, Buffers(parts)), source())
    apply(made, write(0, np.array([8.0])))
    assert xs(held(made)) == [8, 1, 2, 3, 4]


def test_two_that_go_on_from_one_end_do_not_disturb_each_other() -> None:
    one, other = state(), state()
    other.put("m", "s", held(one))
    apply(one, stream(3))
    apply(other, stream(3, x=np.array([7.0, 8.0])))
    apply(one, stream(5))
    assert xs(held(one)) == [0, 1, 2, 3, 4, 5, 6]
    assert xs(held(other)) == [0, 1, 2, 7, 8]


def test_a_write_in_place_is_not_seen_by_the_operation_that_set_the_source() -> None:
    made, op = state(), Set("m", ["s"], source())
    apply(made, op)
    apply(made, write(0, np.array([9.0])))
    apply(made, stream(3))
    assert equal(op.v, source())


def test_an_array_nobody_writes_is_taken_as_it_is_and_others_are_copied() -> None:
    mine = np.arange(3.0)
    copied = Columns("g", {"x": mine})
    mine[0] = 9
    assert xs(copied) == [0, 1, 2]
    mine.flags.writeable = False
    assert np.shares_memory(Columns("g", {"x": mine})["x"], mine)
    assert not copied["x"].flags.writeable


def test_columns_are_of_one_length_and_one_dimension() -> None:
    for cols in ({"x": np.zeros(2), "y": [1]}, {"x": np.zeros((2, 2))}, {"x": "no"}):
        with pytest.raises(BadValue):
            Columns("g", cols)


def test_columns_without_rows_take_the_first_ones() -> None:
    made = state(Columns("g", {"x": np.zeros(0), "y": []}))
    apply(made, stream(0))
    assert xs(held(made)) == [0, 1]
    assert equal(decode_value(encode_value(Columns("g", {}), None), Buffers()), Columns("g", {}))
    with pytest.raises(BadValue):
        apply(state(Columns("g", {})), Stream("m", ["s"], "g", 0, 1, {}))


def test_a_source_is_settled_measured_and_shown() -> None:
    made = settled(Columns("g", {"x": np.zeros(2), "y": ["a", b"1"]}))
    assert size(made) > size(Columns("g", {"x": np.zeros(1)}))
    assert repr(made) == "Columns('g', ['x', 'y'], rows 0 to 2)"
    assert len(made) == 2
    with pytest.raises(BadValue, match="references"):
        settled(Columns("g", {"y": [Ref("m")]}))
    assert not equal(made, Columns("g", {"x": np.zeros(2), "y": ["a", "1"]}))
    assert not equal(made, 3)


@pytest.mark.parametrize(
    "raw",
    [
        {"gen": 1}, {"first": -1}, {"first": 1.5}, {"first": True}, {"cols": []},
        {"cols": {"y": [1], "z": [1, 2]}}, {"cols": {"y": "ab"}},
        {"cols": {"y": [{"$": "ref", "id": "m"}]}},
    ],
)  # fmt: skip
def test_a_malformed_source_is_refused(raw: Any) -> None:
    good = {"$": "cols", "gen": "g", "first": 0, "cols": {"y": [1]}}
    assert equal(decode_value(good, Buffers()), Columns("g", {"y": [1]}))
    with pytest.raises(BadValue):
        decode_value(good | raw, Buffers())


def test_a_block_of_an_array_is_written_and_comes_back() -> None:
    image = settled(np.arange(12, dtype="u1").reshape(3, 4))
    made = state(image)
    block = Write("m", ["s"], [[0, 3, 2], [1, 3, 1]], np.full((2, 2), 99, "u1"))
    undo = apply(made, block)
    assert held(made).tolist() == [[0, 99, 99, 3], [4, 5, 6, 7], [8, 99, 99, 11]]
    assert image[0, 1] == 1
    apply(made, undo[0])
    assert equal(held(made), image)


def test_an_array_is_copied_once_and_again_only_after_it_was_handed_out() -> None:
    made = state({"deep": [settled(np.zeros(4))]})
    path: list[str | int] = ["s", "deep", 0]
    apply(made, Write("m", path, [[0, 1, 1]], np.ones(1)))
    first = held(made)["deep"][0]
    apply(made, Write("m", path, [[1, 2, 1]], np.ones(1)))
    assert held(made)["deep"][0] is first
    kept = clone(held(made))
    apply(made, Write("m", path, [[2, 3, 1]], np.ones(1)))
    assert kept["deep"][0].tolist() == [1, 1, 0, 0]
    assert held(made)["deep"][0].tolist() == [1, 1, 1, 0]
    scalar = state(settled(np.zeros(())))
    apply(scalar, Write("m", ["s"], [], np.ones(())))
    assert held(scalar) == 1


@pytest.mark.parametrize(
    "op",
    [
        Write("m", ["s"], [[0, 1, 1]], np.zeros(1)),
        Write("m", ["s"], [[0, 1, 1], [0, 5, 1]], np.zeros((1, 5))),
        Write("m", ["s"], [[0, 1, 1], [0, 1, 1]], np.zeros((1, 2))),
        Write("m", ["s"], [[0, 1, 1], [0, 1, 1]], np.zeros((1, 1), "f4")),
        Write("m", ["s"], [[0, 1, 1], [0, 1, 1]], [0]),
        Write("m", ["s"], 0, np.zeros((1, 1))),
    ],
)
def test_a_block_that_does_not_fit_is_refused(op: Op) -> None:
    with pytest.raises(BadValue):
        apply(state(settled(np.zeros((2, 4)))), op)


def test_an_append_is_placed_and_a_try_that_fails_says_so() -> None:
    made = state([1, 2])
    assert placed(made, Splice("m", ["s"], None, 0, [3])) == Splice("m", ["s"], 2, 0, [3])
    with pytest.raises(Gone):
        placed(state(7), Splice("m", ["s"], None, 0, [3]))
    title = Title("t")
    assert placed(made, title) is title
    assert attempt(made, Splice("m", ["s"], 9, 0, [])) is None
    assert attempt(state(), write(0, [1])) is None
    assert attempt(made, Splice("m", ["s"], 0, 1, [])) is not None
