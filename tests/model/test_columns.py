"""Columns: made from what users have, streamed, patched, rolled over."""

from __future__ import annotations

import math
import struct
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

import syncline as sl
from syncline import PropertyError, prop
from syncline.core.columns import Columns as Source
from syncline.core.ops import Set, Stream, Write
from syncline.sync.errors import Code, Refused


class Table(sl.Model, type="test/Table@1"):
    data: sl.Columns = prop(factory=sl.Columns, client=True)
    fixed: sl.Columns = prop(factory=sl.Columns)
    few: sl.Columns = prop(factory=sl.Columns, client=True, max_length=3)
    anything: Any = prop(default=None)


@pytest.fixture(params=["alone", "in a document"])
def table(request: pytest.FixtureRequest) -> Table:
    made = Table(data=sl.Columns({"x": [0, 1, 2, 3], "name": ["a", "b", None, "d"]}))
    if request.param == "in a document":
        sl.Document().add_root(made)
    return made


def content(columns: Source) -> dict[str, list[Any]]:
    return {name: list(rows) for name, rows in columns.cols.items()}


def last(model: sl.Model) -> Any:
    return model.document.session.log.entries[-1].ops[-1]


# Made


@pytest.mark.parametrize(
    ("given", "dtype", "kept"),
    [
        ([1, 2.5], "f8", [1.0, 2.5]),
        (range(3), "f8", [0, 1, 2]),
        ((1, 2), "f8", [1, 2]),
        ([], "f8", []),
        ([True, False], "b1", [True, False]),
        (np.arange(3), "i8", [0, 1, 2]),
        (np.arange(3, dtype=">f4"), "f4", [0, 1, 2]),
        (np.arange(6)[::2], "i8", [0, 2, 4]),
        (["a", None], None, ["a", None]),
        ([1, None], None, [1, None]),
        ([2**60, 1], None, [2**60, 1]),
        (np.array(["a", "b"]), None, ["a", "b"]),
        (np.array(["a", 1], dtype=object), None, ["a", 1]),
        (np.array([], dtype=object), None, []),
        (pd.Series([1.5, None]), "f8", [1.5, math.nan]),
        (pd.Series([1, 2], dtype="Int64"), "i8", [1, 2]),
        (pd.Series([1, None], dtype="Int64"), "f8", [1, math.nan]),
        (pd.Series([True, None], dtype="boolean"), None, [True, None]),
        (pd.Series(["a", None]), None, ["a", None]),
        (pd.Series(["a", "b", "a"], dtype="category"), None, ["a", "b", "a"]),
        (pd.Index([3, 4]), "i8", [3, 4]),
    ],
)
def test_columns_are_made_of_what_users_have(given: Any, dtype: str | None, kept: Any) -> None:
    columns = sl.Columns({"x": given})
    assert columns.dtypes == {"x": dtype}
    np.testing.assert_equal(list(columns["x"]), kept)


def test_instants_become_milliseconds() -> None:
    zone = timezone(timedelta(hours=1))
    times = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=zone)]
    frame = pd.DataFrame(
        {
            "listed": times,
            "zoned": pd.Series(pd.to_datetime(times, utc=True)).dt.tz_convert("Europe/Paris"),
            "naive": pd.to_datetime(["2026-01-01", None]),
            "long": pd.to_timedelta([1, 2], unit="s"),
        }
    )
    columns = sl.Columns(frame, more=times)
    assert set(columns.dtypes.values()) == {"M8[ms]", "m8[ms]"}
    first = np.datetime64("2026-01-01", "ms")
    for name in ("listed", "zoned", "more"):
        assert columns[name].tolist() == [first.item(), first.item()]
    assert np.isnat(columns["naive"][1])
    assert columns["long"].tolist() == [timedelta(seconds=1), timedelta(seconds=2)]


def test_a_frame_is_taken_as_it_is() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], 3: [0.5, 1.5]})
    columns = sl.Columns(frame)
    assert list(columns) == ["a", "b", "3"]
    assert ("a" in columns, "z" in columns) == (True, False)
    assert content(columns) == {"a": [1, 2], "b": ["x", "y"], "3": [0.5, 1.5]}
    table = Table(data=frame)
    assert content(table.data) == content(columns)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"x": [1], "y": [1, 2]}, "columns of one length"),
        ({"x": "abc"}, "expected a sequence as a column, got str"),
        ({"x": 5}, "expected a sequence as a column, got int"),
        ({"x": np.zeros((2, 2))}, "one dimension, got 2"),
        ({"x": np.array([1j])}, "complex128 has no form"),
        ({"x": [object()]}, "has no form on the wire"),
        ({1: [1]}, "expected a text as the name of a column, got 1"),
        ([1, 2], "expected a dict of columns or a DataFrame, got list"),
        ({"x": [Table()]}, "holds no references"),
    ],
)
def test_what_is_no_table_is_refused(given: Any, text: str) -> None:
    with pytest.raises(PropertyError, match=text):
        sl.Columns(given)


def test_an_array_is_copied_unless_the_caller_lets_go() -> None:
    mine, given, read_only = np.zeros(3), np.zeros(3), np.zeros(3)
    read_only.flags.writeable = False
    copied = sl.Columns({"x": mine})
    mine[0] = 5
    assert copied["x"][0] == 0
    taken = sl.Columns({"x": given, "y": read_only}, copy=False)
    assert np.shares_memory(taken["x"], given)
    assert np.shares_memory(taken["y"], read_only)
    assert not given.flags.writeable
    table = Table(data=taken)
    sl.Document().add_root(table)
    assert np.shares_memory(table.data["x"], given)


def test_a_column_is_read_only(table: Table) -> None:
    with pytest.raises(ValueError, match="read-only"):
        table.data["x"][0] = 5
    with pytest.raises(KeyError):
        table.data["none"]


# Streamed


def test_rows_are_appended_and_rolled_over(table: Table) -> None:
    table.data.stream({"x": [4, 5], "name": ["e", "f"]})
    assert (len(table.data), table.data.first, table.data.end) == (6, 0, 6)
    table.data.stream({"x": [6], "name": ["g"]}, rollover=3)
    assert (len(table.data), table.data.first, table.data.end) == (3, 4, 7)
    assert content(table.data) == {"x": [4, 5, 6], "name": ["e", "f", "g"]}


def test_only_the_new_rows_travel() -> None:
    table = Table(data=sl.Columns({"x": [0.5]}))
    sl.Document().add_root(table)
    gen = table.data.gen
    table.data.stream({"x": np.array([1, 2], dtype="i4")}, rollover=10)
    op = last(table)
    assert isinstance(op, Stream)
    assert (op.gen, op.at, op.n, op.roll, op.p) == (gen, 1, 2, 10, ["data"])
    assert op.cols["x"].dtype == "f8"
    assert op.cols["x"].tolist() == [1, 2]


def test_without_numpy_rows_are_streamed_and_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    table = Table(data=sl.Columns(x=[1.0]))
    sl.Document().add_root(table)
    table.data.stream({"x": [2.0, 3.0]}, rollover=2)
    table.data.patch({"x": [(0, 4.0)]})
    assert bytes(table.data["x"].data) == struct.pack("<2d", 4, 3)


def test_the_rollover_of_the_columns_is_that_of_each_stream() -> None:
    table = Table(data=sl.Columns(x=[1, 2, 3], name=["a", "b", "c"], rollover=2))
    sl.Document().add_root(table)
    table.data.stream({"x": [4], "name": ["d"]})
    assert content(table.data) == {"x": [3, 4], "name": ["c", "d"]}
    table.data.rollover = None
    table.data.stream({"x": [5], "name": ["e"]})
    assert len(table.data) == 3


def test_a_frame_is_streamed(table: Table) -> None:
    table.data.stream(pd.DataFrame({"x": [1.5], "name": ["e"]}))
    assert content(table.data)["name"][-1] == "e"


def test_no_rows_are_no_change(table: Table) -> None:
    document = table.document
    before = document and document.rev
    table.data.stream({"x": [], "name": []})
    assert len(table.data) == 4
    assert (document and document.rev) == before


WRONG_ROWS: list[tuple[Any, str]] = [
    ({"x": [1]}, r"data: expected the columns \['x', 'name'\], got \['x'\]"),
    ({"x": [1], "name": ["a"], "z": [1]}, "data: expected the columns"),
    ({"x": [1, 2], "name": ["a"]}, "expected 2 rows, got 1|expected columns of one length"),
    ({"x": ["one"], "name": ["a"]}, "data: column 'x': expected f8, got a list"),
    ({"x": [None], "name": ["a"]}, "data: column 'x': expected f8, got a list"),
    ({"x": [datetime(2026, 1, 1, tzinfo=UTC)], "name": ["a"]}, "expected f8, got datetime64"),
    ({"x": 1, "name": "a"}, "expected a sequence as a column"),
    ([1], "expected a dict of columns"),
    ({}, "data: expected the columns"),
]


@pytest.mark.parametrize(("rows", "text"), WRONG_ROWS)
def test_rows_that_do_not_fit_are_refused_and_nothing_changes(
    table: Table, rows: Any, text: str
) -> None:
    before = content(table.data)
    with pytest.raises(PropertyError, match=text):
        table.data.stream(rows)
    assert content(table.data) == before


def test_an_integer_column_takes_integers_alone() -> None:
    columns = sl.Columns({"n": np.array([1], dtype="i4")})
    columns.stream({"n": [2, 3.0]})
    assert columns["n"].tolist() == [1, 2, 3]
    for wrong in (0.5, 2**40):
        with pytest.raises(PropertyError, match="column 'n': expected i4, got values that are"):
            columns.stream({"n": [wrong]})
    assert columns["n"].dtype == np.dtype("i4")


# Patched


PATCHES: list[tuple[Any, list[Any], list[Any]]] = [
    ({"x": [(0, 9)]}, [9, 1, 2, 3], []),
    ({"x": [(-1, 9)]}, [0, 1, 2, 9], []),
    ({"x": [(slice(1, 3), [8, 9])]}, [0, 8, 9, 3], []),
    ({"x": [(slice(None, None, 2), [8, 9])]}, [8, 1, 9, 3], []),
    ({"x": [(range(1, 4, 2), np.array([8, 9]))]}, [0, 8, 2, 9], []),
    ({"x": [(slice(None), 7)]}, [7, 7, 7, 7], []),
    ({"x": [(0, 5), (1, 6)], "name": [(slice(2, 4), ["y", "z"])]}, [5, 6, 2, 3], ["y", "z"]),
    ({"name": [(3, None)]}, [0, 1, 2, 3], [None, None]),
    ({"name": [(slice(2, 4), "s")]}, [0, 1, 2, 3], ["s", "s"]),
]


@pytest.mark.parametrize(("changes", "x", "names"), PATCHES)
def test_rows_are_overwritten(table: Table, changes: Any, x: list[Any], names: list[Any]) -> None:
    table.data.patch(changes)
    assert content(table.data)["x"] == x
    if names:
        assert content(table.data)["name"][2:] == names


def test_a_patch_is_one_revision_and_counts_from_the_first_row_that_is_there() -> None:
    table = Table(data=sl.Columns({"x": [0, 1, 2, 3]}))
    document = sl.Document()
    document.add_root(table)
    table.data.stream({"x": [4, 5]}, rollover=3)
    rev = document.rev
    table.data.patch({"x": [(0, 30), (slice(1, 3), [40, 50])]})
    assert document.rev == rev + 1
    first, second = document.session.log.entries[-1].ops
    assert isinstance(first, Write)
    assert isinstance(second, Write)
    assert (first.at, second.at) == (3, 4)
    assert content(table.data) == {"x": [30, 40, 50]}


WRONG_PATCHES: list[tuple[Any, str]] = [
    ({"z": [(0, 1)]}, "data: no column 'z'"),
    ({"x": [(4, 1)]}, "data: 4 is no forward region of 4 places"),
    ({"x": [(-5, 1)]}, "-5 is no forward region"),
    ({"x": [(slice(2, 2), [])]}, "is no forward region"),
    ({"x": [(slice(3, 0, -1), [1, 2, 3])]}, "is no forward region"),
    ({"x": [(range(2, 9), 1)]}, "is no forward region"),
    ({"x": [("a", 1)]}, "expected an index, a slice or a range"),
    ({"x": [(True, 1)]}, "expected an index, a slice or a range"),
    ({"x": [(slice(0, 2), [1, 2, 3])]}, "expected 2 rows, got 3"),
    ({"x": [(0, "text")]}, "column 'x': expected f8"),
    ({"x": [(0, 5), (9, 1)]}, "9 is no forward region"),
]


@pytest.mark.parametrize(("changes", "text"), WRONG_PATCHES)
def test_a_patch_that_does_not_fit_changes_nothing(table: Table, changes: Any, text: str) -> None:
    before = content(table.data)
    with pytest.raises(PropertyError, match=text):
        table.data.patch(changes)
    assert content(table.data) == before


# As part of a model


def test_each_assignment_is_a_new_generation(table: Table) -> None:
    columns = sl.Columns({"x": [1]})
    gens = {table.data.gen}
    for _ in range(2):
        table.data = columns
        gens.add(table.data.gen)
    table.data = {"x": [1]}  # type: ignore[assignment]
    gens.add(table.data.gen)
    assert len(gens) == 4
    assert columns.gen not in gens


def test_what_was_replaced_says_so(table: Table) -> None:
    before = table.data
    table.data = sl.Columns({"x": [1]})
    with pytest.raises(LookupError, match="this source is no longer part of its model"):
        before.stream({"x": [1], "name": ["a"]})
    assert len(table.data) == 1


def test_what_was_set_stays_the_callers_own(table: Table) -> None:
    mine = sl.Columns({"x": [1]})
    table.data = mine
    table.data.stream({"x": [2]})
    mine.stream({"x": [3]})
    mine.patch({"x": [(0, 0)]})
    assert (content(table.data), content(mine)) == ({"x": [1, 2]}, {"x": [0, 3]})


def test_columns_stand_anywhere(table: Table) -> None:
    table.anything = {"deep": [sl.Columns({"x": [1]})]}
    deep = table.anything["deep"]
    deep.insert(0, "first")
    deep[1].stream({"x": [2]})
    assert content(deep[1]) == {"x": [1, 2]}
    if table.document is not None:
        assert last(table).p == ["anything", "deep", 1]
    table.anything = {1: sl.Columns({"x": [1]})}
    table.anything[1].stream({"x": [2]})
    assert content(table.anything[1]) == {"x": [1, 2]}
    if table.document is not None:
        assert isinstance(last(table), Set)


def test_a_transaction_undoes_streams_and_patches() -> None:
    table = Table(data=sl.Columns({"x": [0, 1]}))
    document = sl.Document()
    document.add_root(table)

    def fail() -> None:
        with document.transaction():
            table.data.stream({"x": [2, 3]}, rollover=3)
            table.data.patch({"x": [(0, 9)]})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (content(table.data), table.data.first) == ({"x": [0, 1]}, 0)
    table.data.stream({"x": [5]})
    assert content(table.data) == {"x": [0, 1, 5]}


def test_constraints_see_the_number_of_rows(table: Table) -> None:
    table.few = sl.Columns({"x": [1, 2]})
    with pytest.raises(PropertyError, match="few: expected a length of 3 or less, got 4"):
        table.few.stream({"x": [3, 4]})
    table.few.stream({"x": [3]})
    assert len(table.few) == 3


def test_observers_hear_of_streams_and_patches(table: Table) -> None:
    seen: list[Any] = []
    table.observe(lambda event: seen.append((event.new, event.rows)), "data")
    table.data.stream({"x": [4], "name": ["e"]})
    table.data.patch({"x": [(1, 9)]})
    table.data.patch({"x": [(slice(0, 4, 2), 9)]})
    data = table.data
    assert seen == [(data, range(4, 5)), (data, range(1, 2)), (data, range(3))]


def test_links_of_columns_come_to_rest() -> None:
    tables = [Table() for _ in range(3)]
    document = sl.Document()
    for number, table in enumerate(tables):
        document.add_root(table)
        sl.link((table, "data"), (tables[(number + 1) % 3], "data"))
    tables[0].data = sl.Columns({"x": [1, 2]})
    tables[1].data.stream({"x": [3]})
    assert [content(table.data) for table in tables] == [{"x": [1, 2, 3]}] * 3


# From views


def check(table: Table, op: Any) -> Any:
    if table.document is None:
        sl.Document().add_root(table)
    return table.document.session.guard.check(op)


def test_a_view_streams_and_writes_where_it_may() -> None:
    table = Table(
        data=sl.Columns({"x": [1, 2]}), fixed=sl.Columns({"x": [1]}), few=sl.Columns({"x": [1, 2]})
    )
    rows = {"x": np.array([3.0, 4.0])}
    stream = Stream(table.id, ["data"], table.data.gen, 2, 2, rows)
    write = Write(table.id, ["data"], 0, np.array([9.0]), table.data.gen, "x")
    assert check(table, stream) is stream
    assert check(table, write) is write
    gone = Stream("py-none", ["data"], "g", 0, 2, rows)
    assert check(table, gone) is gone
    refused: list[tuple[Any, Code]] = [
        (Stream(table.id, ["fixed"], table.fixed.gen, 1, 2, rows), Code.READ_ONLY),
        (Stream(table.id, ["none"], "g", 1, 2, rows), Code.INVALID_OP),
        (Stream(table.id, ["few"], table.few.gen, 2, 2, rows), Code.INVALID_VALUE),
    ]
    for op, code in refused:
        with pytest.raises(Refused) as caught:
            check(table, op)
        assert caught.value.code is code
    stale = Stream(table.id, ["few"], "other", 2, 2, rows)
    assert check(table, stale) is stale


def test_the_generation_a_view_gives_is_kept() -> None:
    table = Table()
    op = Set(table.id, ["data"], Source("c1-3", {"x": np.array([1.0])}))
    assert check(table, op).v.gen == "c1-3"


# Blocks of arrays


class Picture(sl.Model, type="test/Picture@1"):
    image: np.ndarray[Any, Any] = prop(default=None)
    locked: np.ndarray[Any, Any] = prop(default=None, readonly=True)


@pytest.fixture(params=["alone", "in a document"])
def picture(request: pytest.FixtureRequest) -> Picture:
    made = Picture(image=np.zeros((4, 6), dtype="u1"), locked=np.zeros(2))
    if request.param == "in a document":
        sl.Document().add_root(made)
    return made


BLOCKS: list[Any] = [
    (slice(1, 3), 7),
    ((slice(0, 4, 2), slice(1, 3)), [[1, 2], [3, 4]]),
    ((2, slice(None)), range(6)),
    ((..., 5), [1, 2, 3, 4]),
    ((0, ...), 9),
    ((-1, -1), 5),
    (..., np.full((4, 6), 3, dtype="i8")),
]


@pytest.mark.parametrize(("where", "values"), BLOCKS)
def test_a_block_of_an_array_is_written_as_numpy_has_it(
    picture: Picture, where: Any, values: Any
) -> None:
    expected = picture.image.copy()
    expected[where] = (
        np.asarray(values).reshape(expected[where].shape) if not np.isscalar(values) else values
    )
    picture.write("image", where, values)
    np.testing.assert_array_equal(picture.image, expected)
    assert not picture.image.flags.writeable


def test_only_the_block_travels() -> None:
    picture = Picture(image=np.zeros((400, 600)))
    sl.Document().add_root(picture)
    picture.write("image", (slice(10, 20), slice(0, 60, 2)), 1)
    op = last(picture)
    assert isinstance(op, Write)
    assert op.at == [[10, 20, 1], [0, 59, 2]]
    assert op.v.shape == (10, 30)


@pytest.mark.parametrize(
    ("name", "where", "values", "text"),
    [
        ("image", slice(1, 3), [1, 2], "image: expected values of shape"),
        ("image", slice(3, 9), 1000, "image: expected u1, got values that are none"),
        ("image", 9, 1, "image: 9 is no forward region of 4 places"),
        ("image", (0, 0, 0), 1, "image: expected at most 2 axes, got 3"),
        ("image", "a", 1, "image: expected an index"),
        ("image", 0, "a", "image: expected u1, got"),
        ("locked", 0, 1, "locked of Picture is read-only"),
    ],
)
def test_a_block_that_does_not_fit_changes_nothing(
    picture: Picture, name: str, where: Any, values: Any, text: str
) -> None:
    with pytest.raises(PropertyError, match=text):
        picture.write(name, where, values)
    assert not picture.image.any()
    assert not picture.locked.any()


def test_only_arrays_are_written_to_in_blocks(picture: Picture) -> None:
    with pytest.raises(ValueError, match="Picture has no property 'none'"):
        picture.write("none", 0, 1)
    with pytest.raises(PropertyError, match="image: expected an array to write to, got NoneType"):
        Picture().write("image", 0, 1)
