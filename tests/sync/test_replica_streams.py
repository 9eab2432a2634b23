"""Rows of columnar sources in a replica: shown, coalesced, rebased, undone (SPEC 4 and 5.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from syncline.core.columns import Columns
from syncline.core.ops import Add, Set, Stream, Write
from syncline.core.rename import made, renamed
from syncline.core.values import BadValue, Ref
from tests.sync.told import Told


def column(*values: float) -> Any:
    array = np.array(values, "f8")
    array.flags.writeable = False
    return array


def source(*values: float, gen: str = "g1") -> Set:
    cols = {"x": column(*values), "name": [str(n) for n in values]}
    return Set("m", ["data"], Columns(gen, cols))


def stream(at: int, *values: float, roll: int | None = None, gen: str = "g1") -> Stream:
    cols = {"x": column(*values), "name": [str(n) for n in values]}
    return Stream("m", ["data"], gen, at, len(values), cols, roll)


def write(at: Any, *values: float) -> Write:
    return Write("m", ["data"], at, column(*values), "g1", "x")


@pytest.fixture
def told() -> Told:
    told = Told()
    told.commit(source(0, 1, 2))
    return told


def rows(told: Told) -> list[float]:
    found: list[float] = told.props["data"]["x"].tolist()
    return found


def test_streams_wait_as_one_and_are_undone_as_one(told: Told) -> None:
    for at in range(3, 9):
        told.replica.local(stream(at, at))
    assert rows(told) == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    (op,) = told.replica.pending
    assert isinstance(op, Stream)
    assert (op.at, op.n, op.cols["x"].tolist()) == (3, 6, [3, 4, 5, 6, 7, 8])
    told.replica.edits.withdraw()
    assert rows(told) == [0, 1, 2]
    told.replica.edits.reapply()
    assert rows(told) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_joined_stream_leaves_no_row_out(told: Told) -> None:
    for at in range(3, 13, 2):
        told.replica.local(stream(at, at, at + 1, roll=4))
    pending = told.replica.pending
    assert [(op.at, op.n) for op in pending if isinstance(op, Stream)] == [(3, 4), (7, 4), (11, 2)]
    assert rows(told) == [9, 10, 11, 12]
    told.replica.edits.withdraw()
    assert rows(told) == [0, 1, 2]


def test_streams_that_differ_or_are_large_stay_apart(told: Told) -> None:
    told.replica.local(stream(3, 3, roll=10))
    told.replica.local(stream(4, 4))
    told.replica.local(write(4, 40))
    told.replica.local(stream(5, 5))
    assert len(told.replica.pending) == 4
    told.replica.local(stream(6, *range(40_000)))
    assert len(told.replica.pending) == 5


def test_rows_of_others_come_first_and_mine_move_behind(told: Told) -> None:
    told.replica.local(stream(3, 30, 31))
    told.replica.local(write(4, 41))
    told.commit(stream(3, 7))
    assert rows(told) == [0, 1, 2, 7, 30, 41]
    batch = told.send()
    told.ok(3, None)
    assert told.replica.pending == []
    assert [getattr(op, "at", None) for op in batch.submitted] == [4, 5]


def test_a_write_of_rows_that_are_gone_is_told(told: Told) -> None:
    told.replica.local(write(0, 9))
    told.commit(stream(3, 3, 4, 5, roll=3))
    assert rows(told) == [3, 4, 5]
    assert [one.kind for one in told.told("conflict")] == ["rolled-out"]


def test_a_trimmed_write_moves_nothing_behind_it(told: Told) -> None:
    told.replica.local(write(0, 8, 9, 10))
    told.send()
    told.replica.local(write(2, 11))
    told.ok(3, [write(1, 9, 10)])
    assert rows(told) == [0, 9, 11]


def test_an_adjusted_stream_keeps_the_rows_behind_it(told: Told) -> None:
    told.replica.local(stream(3, 30))
    told.send()
    told.replica.local(stream(4, 40))
    told.ok(3, [stream(3, 31)])
    assert rows(told) == [0, 1, 2, 31, 40]


def test_a_refused_stream_takes_its_rows_back(told: Told) -> None:
    told.replica.local(stream(3, 30))
    told.send()
    told.replica.local(stream(4, 40))
    told.refuse("read-only")
    assert rows(told) == [0, 1, 2, 40]
    (op,) = told.replica.pending
    assert isinstance(op, Stream)
    assert op.at == 3


def test_another_generation_replaces_what_was_pending(told: Told) -> None:
    told.replica.local(stream(3, 30))
    told.commit(source(9, gen="g2"))
    assert rows(told) == [9]
    assert [one.kind for one in told.told("conflict")] == ["container-replaced"]


def test_a_block_that_no_longer_fits_waits_outside_the_view(told: Told) -> None:
    told.commit(Set("m", ["image"], np.zeros((2, 2))))
    told.replica.local(Write("m", ["image"], [[1, 2, 1], [0, 2, 1]], np.ones((1, 2))))
    assert told.props["image"].sum() == 2
    told.replica.edits.withdraw()
    told.props["image"] = np.zeros((1, 1))
    told.replica.edits.reapply()
    assert told.props["image"].shape == (1, 1)


def test_a_text_in_a_column_keeps_the_limit(told: Told) -> None:
    told.replica.limits.string = 100
    long = Stream("m", ["data"], "g1", 3, 1, {"x": column(1), "name": ["x" * 101]})
    with pytest.raises(BadValue, match="text of 101"):
        told.replica.local(long)


def test_generations_take_the_new_id_of_their_maker(told: Told) -> None:
    told.replica.local(source(5, gen="c1-3"))
    told.replica.local(stream(1, 6, gen="c1-3"))
    told.replica.local(Add("c1-4", "t/T@1", {"all": [Columns("c1-5", {})], "d": {"k": 1}}))
    assert list(made(told.replica.pending)) == ["c1-3", "c1-4", "c1-5"]
    told.replica.rename("c2")
    assert list(made(told.replica.pending)) == ["c2-3", "c2-4", "c2-5"]
    assert told.props["data"].gen == "c2-3"
    assert rows(told) == [5, 6]
    told.replica.edits.withdraw()
    assert told.props["data"].gen == "g1"
    told.replica.edits.reapply()
    assert rows(told) == [5, 6]


def test_references_are_renamed_wherever_they_stand() -> None:
    value = [Ref("a"), {"k": (Ref("a"), {1, 2})}, "a"]
    assert renamed(value, {"a": "b"}) == [Ref("b"), {"k": (Ref("b"), {1, 2})}, "a"]
