"""Edits that wait become few, and undo as many would (SPEC 5.2)."""

from __future__ import annotations

import random

import pytest

from syncline.core.ops import Add, Del, Msg, Op, Set, Splice
from syncline.sync.coalesce import MAX_ITEMS
from tests.sync.told import Told, append, splice, value


def waits(*ops: Op) -> list[Op]:
    told = Told()
    for op in ops:
        told.replica.local(op)
    shown = {name: list(v) if isinstance(v, list) else v for name, v in told.props.items()}
    told.replica.edits.withdraw()
    assert told.props == {"value": 1, "items": [1, 2, 3], "d": {}}, "undone, nothing is left"
    told.replica.edits.reapply()
    assert told.props == shown, "few edits show what many did"
    return told.queue


def test_a_later_set_of_a_place_replaces_the_earlier_one() -> None:
    assert waits(value(2), Set("m", ["d", "k"], 1), value(3)) == [value(3), Set("m", ["d", "k"], 1)]


def test_typing_at_the_end_waits_as_one_splice() -> None:
    assert waits(splice(3, 0, "a"), splice(4, 0, "b"), splice(5, 0, "c")) == [
        splice(3, 0, "a", "b", "c")
    ]


def test_appends_wait_as_one_append() -> None:
    assert waits(append("a"), append("b")) == [append("a", "b")]


def test_an_append_and_a_place_stay_apart() -> None:
    assert len(waits(append("a"), splice(4, 0, "b"))) == 2


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (splice(1, 0, "a", "b"), splice(2, 1), splice(1, 0, "a")),
        (splice(1, 1), splice(1, 1), splice(1, 2)),
        (splice(1, 1), splice(0, 1), splice(0, 2)),
        (splice(1, 1, "a"), splice(0, 3, "b"), splice(0, 3, "b")),
        (splice(1, 0, "a", "b", "c"), splice(2, 1, "x", "y"), splice(1, 0, "a", "x", "y", "c")),
    ],
)
def test_splices_that_touch_wait_as_one(first: Splice, second: Splice, joined: Splice) -> None:
    assert waits(first, second) == [joined]


def test_splices_apart_stay_apart() -> None:
    assert len(waits(splice(0, 0, "a"), splice(3, 1))) == 2
    assert len(waits(splice(2, 0, "a"), splice(0, 1))) == 2


def test_a_long_splice_takes_in_no_more() -> None:
    long = [splice(3, 0, *range(MAX_ITEMS)), splice(MAX_ITEMS + 3, 0, "more")]
    assert len(waits(*long)) == 2


def test_other_edits_of_the_property_are_not_passed() -> None:
    assert len(waits(value(2), Del("m", ["d", "x"]), Set("m", ["d"], {"k": 1}), value(3))) == 2
    apart: list[Op] = [Set("m", ["items", 0], 9), splice(0, 0, 8), Set("m", ["items", 0], 7)]
    assert len(waits(*apart)) == 3
    assert len(waits(Set("m", ["d", "k"], 1), Del("m", ["d", "k"]))) == 2


def test_events_and_new_models_are_not_passed() -> None:
    assert len(waits(value(2), Msg("m", "click"), value(3))) == 3
    assert len(waits(value(2), Add("c1-1", "t/T@1", {}), value(3))) == 3


def test_a_partner_far_back_is_not_looked_for() -> None:
    between: list[Op] = [Set("m", [f"p{n}"], n) for n in range(70)]
    assert len(waits(value(2), *between, value(3))) == 72


def test_any_splices_undo_and_show_the_same() -> None:
    die = random.Random(3)
    for _ in range(300):
        told = Told()
        for token in range(12):
            length = len(told.props["items"])
            at = die.randrange(length + 1)
            new = ["x"] * die.randrange(3)
            told.replica.local(splice(at, die.randrange(min(3, length - at) + 1), token, *new))
        shown = list(told.props["items"])
        told.replica.edits.withdraw()
        assert told.props["items"] == [1, 2, 3]
        told.replica.edits.reapply()
        assert told.props["items"] == shown
