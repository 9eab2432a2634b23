"""What the transform promises (SPEC 5.3), tried on every pair of small operations."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from syncline.core.apply import apply
from syncline.core.ops import (
    Add,
    Del,
    Drop,
    Msg,
    Op,
    Path,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Unstream,
    Write,
)
from syncline.core.state import PlainModel, PlainState
from syncline.core.transform import overlaps, reason, replace, same_address, transform, xf

SIZE = 4


def state() -> PlainState:
    made = PlainState()
    made.models["m"] = PlainModel("t/T@1", {"x": list(range(SIZE)), "d": {"k": {"deep": 1}}})
    return made


def outcome(ops: list[Op]) -> Any:
    made = state()
    for op in ops:
        apply(made, op)
    return made.models["m"].props


def list_edits(tag: str) -> list[Op]:
    splices: list[Op] = [
        Splice("m", ["x"], i, d, [f"{tag}{n}" for n in range(count)])
        for i in range(SIZE + 1)
        for d in range(SIZE + 1 - i)
        for count in range(3)
    ]
    return [*splices, *(Set("m", ["x", i], tag) for i in range(SIZE))]


def test_two_list_edits_come_to_the_same_whichever_is_applied_first() -> None:
    for a, b in product(list_edits("a"), list_edits("b")):
        earlier, later = transform([a], [b])
        assert outcome([a, *later]) == outcome([b, *earlier]), (a, b)


def test_a_delete_never_removes_an_item_that_its_author_had_not_seen() -> None:
    for a, b in product(list_edits("a"), list_edits("b")):
        _, later = transform([a], [b])
        left = outcome([a, *later])["x"]
        inserted = a.v if isinstance(a, Splice) else []
        assert [item for item in left if item in inserted] == inserted, (a, b)


def test_lists_of_edits_come_to_the_same_whichever_is_applied_first() -> None:
    some: list[Op] = [Splice("m", ["x"], 0, 2, ["a"]), Splice("m", ["x"], 1, 1, ["b", "c"])]
    other: list[Op] = [
        Splice("m", ["x"], 0, 0, ["d"]),
        Splice("m", ["x"], 2, 2, []),
        Set("m", ["x", 0], "e"),
    ]
    earlier, later = transform(some, other)
    assert outcome([*some, *later]) == outcome([*other, *earlier])


def test_of_two_inserts_at_one_place_the_later_stands_behind() -> None:
    a, b = Splice("m", ["x"], 1, 0, ["a"]), Splice("m", ["x"], 1, 0, ["b"])
    assert xf(b, a) == [Splice("m", ["x"], 2, 0, ["b"])]
    assert xf(a, b, early=True) == [a]


DEEP: Path = ["d", "k", "deep"]


SOURCE: Path = ["s"]


def rows(at: int, n: int, roll: int | None = None, gen: str = "g") -> Stream:
    return Stream("m", SOURCE, gen, at, n, {"x": list(range(n))}, roll)


def wrote(at: Any, *v: int) -> Write:
    return Write("m", SOURCE, at, list(v), "g", "x")


@pytest.mark.parametrize(
    ("later", "earlier", "result"),
    [
        (rows(5, 2), rows(5, 3), [rows(8, 2)]),
        (rows(7, 2), rows(5, 3), [rows(10, 2)]),
        (rows(5, 2), rows(9, 3), [rows(12, 2)]),
        (rows(5, 2), rows(5, 3, gen="h"), None),
        (wrote(2, 7), rows(5, 3), None),
        (wrote(4, 7, 8), rows(5, 3), [wrote(4, 7), wrote(8, 8)]),
        (wrote(6, 7), rows(5, 3), [wrote(9, 7)]),
        (wrote([0, 9, 3], 7, 8, 9), rows(5, 3), [wrote([0, 4, 3], 7, 8), wrote([9, 10, 3], 9)]),
        (wrote(2, 7, 8), rows(5, 3, roll=5), [wrote(3, 8)]),
        (wrote([0, 5, 2], 7, 8, 9), rows(5, 3, roll=5), [wrote([4, 5, 2], 9)]),
        (wrote(2, 7), rows(5, 3, roll=5), []),
        (wrote(2, 7), wrote(2, 8), None),
        (rows(5, 2), wrote(2, 8), None),
        (rows(5, 2), Set("m", SOURCE, 1), []),
        (wrote(5, 2), Del("m", SOURCE), []),
        (Set("m", SOURCE, 1), rows(5, 2), None),
        (Set("m", SOURCE, 1), wrote(5, 2), None),
        (wrote(5, 2), Drop(["m"]), []),
        (Write("m", ["x", 2], [], 0), Splice("m", ["x"], 0, 1, []), [Write("m", ["x", 1], [], 0)]),
        (Write("m", ["x", 2], [], 0), rows(5, 3), None),
        (rows(8, 2), Unstream("m", SOURCE, "g", 5, 3, None), [rows(5, 2)]),
        (
            wrote(4, 1, 2, 3, 4, 5, 6),
            Unstream("m", SOURCE, "g", 5, 3, None),
            [wrote(4, 1), wrote(5, 5, 6)],
        ),
        (wrote(5, 1), Unstream("m", SOURCE, "g", 5, 3, None), []),
        (rows(5, 2), Unstream("m", SOURCE, "h", 5, 3, None), None),
        (rows(8, 2), Unstream("m", SOURCE, "h", 5, 3, None), None),
        (rows(5, 2), Unstream("m", SOURCE, "g", 5, 3, None), None),
        (Set("m", SOURCE, 1), Unstream("m", SOURCE, "g", 5, 3, None), None),
        (Set("m", ["x", 1], 1), Splice("m", ["x"], 1, 1, []), []),
        (Set("m", ["x", 2], 1), Splice("m", ["x"], 0, 1, [7, 8]), [Set("m", ["x", 3], 1)]),
        (
            Set("m", ["x", 2, "k", 0], 1),
            Splice("m", ["x"], 0, 1, []),
            [Set("m", ["x", 1, "k", 0], 1)],
        ),
        (Set("m", ["x"], 1), Splice("m", ["x"], 0, 1, []), [Set("m", ["x"], 1)]),
        (Set("m", DEEP, 1), Set("m", ["d"], {}), [Set("m", DEEP, 1)]),
        (Set("m", DEEP, 1), Del("m", ["d", "k"]), []),
        (Set("m", ["x", 0], 1), Set("m", ["x"], []), []),
        (Splice("m", ["x"], 0, 1, []), Set("m", ["x"], []), []),
        (Splice("m", ["x"], None, 0, [1]), Splice("m", ["x"], 0, 3, []), None),
        (Del("m", DEEP), Del("m", DEEP), []),
        (Set("m", ["x"], 1), Drop(["m"]), []),
        (Msg("m", "click"), Drop(["m"]), []),
        (Add("n", "t/T@1", {}), Drop(["n"]), None),
        (Title("a"), Title("b"), None),
        (Set("n", ["x"], 1), Set("m", ["x"], 2), None),
    ],
)
def test_the_table_of_the_specification(later: Op, earlier: Op, result: list[Op] | None) -> None:
    assert xf(later, earlier) == ([later] if result is None else result)


def test_a_conflict_is_named_after_what_caused_it() -> None:
    edit = Set("m", ["x", 0], 1)
    assert reason(edit, Drop(["m"])) == "model-gone"
    assert reason(edit, Splice("m", ["x"], 0, 1, [])) == "target-gone"
    assert reason(edit, Set("m", ["x"], [])) == "container-replaced"
    assert reason(wrote(0, 1), rows(5, 3)) == "rolled-out"
    assert reason(wrote(5, 1), Unstream("m", SOURCE, "g", 5, 3, None)) == "target-gone"


def test_strict_looks_at_above_and_below_an_address_and_nowhere_else() -> None:
    here = Set("m", ["d", "k"], 1)
    assert overlaps(here, Set("m", ["d"], {}))
    assert overlaps(here, Set("m", DEEP, 2))
    assert not overlaps(here, Set("m", ["d", "other"], 2))
    assert not overlaps(here, Set("n", ["d", "k"], 2))
    assert overlaps(here, Drop(["m"]))
    assert same_address(here, Del("m", ["d", "k"]))
    assert not same_address(here, Set("m", ["d"], 1))
    assert overlaps(rows(5, 2), wrote(0, 1))


def test_two_writes_are_of_one_place_where_their_regions_may_meet() -> None:
    assert same_address(wrote(2, 1, 2), wrote(3, 1))
    assert not same_address(wrote(2, 1, 2), wrote(4, 1))
    assert not same_address(wrote(2, 1), Write("m", SOURCE, 2, [1], "g", "y"))
    one = Write("m", ["x"], [[0, 2, 1], [0, 2, 1]], None)
    assert same_address(one, Write("m", ["x"], [[1, 2, 1], [1, 2, 1]], None))
    assert not same_address(one, Write("m", ["x"], [[1, 2, 1], [2, 3, 1]], None))


def test_an_earlier_stream_and_write_stay_as_they_are() -> None:
    assert xf(rows(5, 3), rows(5, 2), early=True) == [rows(5, 3)]
    assert xf(wrote(5, 3), rows(5, 2), early=True) == [wrote(5, 3)]
    assert xf(rows(5, 3), Set("m", SOURCE, 1), early=True) == []


def test_rows_of_my_own_that_i_wrote_move_with_the_stream_that_brought_them() -> None:
    _, later = transform([rows(5, 3)], [rows(5, 2), wrote(6, 7), rows(7, 1), wrote(4, 8)])
    assert later == [rows(8, 2), wrote(9, 7), rows(10, 1), wrote(4, 8)]


def test_what_was_split_is_carried_piece_by_piece() -> None:
    earlier: list[Op] = [Splice("m", ["x"], 1, 2, ["a"])]
    later: list[Op] = [Splice("m", ["x"], 2, 0, ["z"]), Splice("m", ["x"], 0, SIZE + 1, [])]
    one, other = transform(earlier, later)
    assert outcome([*earlier, *other]) == outcome([*later, *one])
    assert outcome([*earlier, *other])["x"] == ["a"]


def test_strict_looks_at_the_title_and_at_each_root() -> None:
    assert overlaps(Title("a"), Title("b"))
    assert not overlaps(Title("a"), Set("m", ["d"], 1))
    assert not overlaps(Set("m", ["d"], 1), Title("a"))
    assert overlaps(RootAdd("m"), RootRemove("m"))
    assert overlaps(RootRemove("m"), RootAdd("m"))
    assert not overlaps(RootAdd("m"), RootAdd("n"))
    assert not overlaps(RootAdd("m"), Set("m", ["d"], 1))
    assert not overlaps(Set("m", ["d"], 1), RootAdd("m"))
    assert not overlaps(Title("a"), Drop(["m"]))
    assert not overlaps(Add("m", "t/T@1", {}), Drop(["m"]))
    assert not overlaps(Set("n", ["d"], 1), Drop(["m"]))
    assert not overlaps(Msg("m", "click"), Set("m", ["d"], 1))


def test_an_event_and_a_root_overwrite_nothing() -> None:
    assert same_address(Title("a"), Title("b"))
    assert not same_address(Title("a"), Set("m", ["d"], 1))
    assert not same_address(Set("m", ["d"], 1), Title("a"))
    assert not same_address(Msg("m", "click"), Msg("m", "click"))
    assert not same_address(RootAdd("m"), RootAdd("m"))
    assert not same_address(Set("m", ["d"], 1), Set("n", ["d"], 1))
    assert not same_address(wrote(2, 1), Set("m", SOURCE, 1))
    assert not same_address(wrote(2, 1), replace(wrote(2, 1), m="n"))
    assert not same_address(wrote(2, 1), replace(wrote(2, 1), p=["other"]))


def test_a_delete_that_stays_whole_stays_one_operation() -> None:
    replacing = Splice("m", ["x"], 0, 2, ["a"])
    assert xf(replacing, Splice("m", ["x"], 0, 1, []), early=True) == [
        Splice("m", ["x"], 0, 1, ["a"])
    ]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([(1, 2, "aa"), (0, 3, "bb"), (1, 2, "c")], [(1, 0, "dd"), (0, 2, "e")]),
        ([(1, 3, "a"), (1, 0, "bb")], [(2, 0, ""), (0, 3, "c")]),
        ([(4, 0, "aa"), (1, 4, "b")], [(2, 2, "cc"), (2, 2, "dd"), (0, 3, "ee")]),
    ],
)
def test_edits_that_split_each_other_come_to_the_same(earlier: Any, later: Any) -> None:
    first, second = (
        [Splice("m", ["x"], i, d, list(v)) for i, d, v in edits] for edits in (earlier, later)
    )
    over, under = transform(first, second)
    assert outcome([*first, *under]) == outcome([*second, *over])
