"""Links between properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import syncline as sl
from syncline import PropertyError, prop
from syncline.core.ops import Splice


class Side(sl.Model, type="test/Side@1"):
    x: float = prop(default=0.0)
    low: float = prop(default=0.0, le=10, clamp=True)
    text: str = prop(default="")
    items: list[Any] = prop(default=[])


@pytest.fixture(params=["alone", "one document", "two documents"])
def sides(request: pytest.FixtureRequest) -> tuple[Side, Side]:
    pair = Side(), Side()
    if request.param == "alone":
        return pair
    documents = [sl.Document() for _ in range(2 if request.param == "two documents" else 1)]
    documents[0].add_root(pair[0])
    documents[-1].add_root(pair[1])
    return pair


def test_the_target_begins_with_the_source_and_both_follow(sides: tuple[Side, Side]) -> None:
    a, b = sides
    a.x = 3
    link = sl.link((a, "x"), (b, "x"))
    assert b.x == 3
    a.x = 4
    assert b.x == 4
    b.x = 5
    assert a.x == 5
    link.unlink()
    link.unlink()
    a.x = 6
    b.x = 7
    assert (a.x, b.x) == (6, 7)


def test_one_direction_only(sides: tuple[Side, Side]) -> None:
    a, b = sides
    sl.dlink((a, "x"), (b, "text"), lambda x: f"{x:g} m")
    assert b.text == "0 m"
    a.x = 2
    assert b.text == "2 m"
    b.text = "mine"
    assert a.x == 2


def test_transforms_go_both_ways(sides: tuple[Side, Side]) -> None:
    a, b = sides
    sl.link((a, "x"), (b, "text"), (str, float))
    b.text = "2.5"
    assert a.x == 2.5
    a.x = 3
    assert b.text == "3.0"


def test_transforms_that_never_agree_come_to_rest(sides: tuple[Side, Side]) -> None:
    a, b = sides
    sl.link((a, "x"), (b, "x"), (lambda x: x + 1, lambda x: x + 1))
    assert (a.x, b.x) == (0, 1)
    a.x = 5
    assert (a.x, b.x) == (5, 6)
    b.x = 8
    assert (a.x, b.x) == (9, 8)


def test_a_target_that_adjusts_keeps_its_own_value(sides: tuple[Side, Side]) -> None:
    a, b = sides
    sl.link((a, "x"), (b, "low"))
    a.x = 99
    assert (a.x, b.low) == (99, 10)
    b.low = 1
    assert a.x == 1


def test_lists_are_linked_edit_by_edit(sides: tuple[Side, Side]) -> None:
    a, b = sides
    a.items = list(range(50))
    sl.link((a, "items"), (b, "items"))
    rows = b.items
    a.items.append(50)
    b.items.insert(0, -1)
    assert a.items == b.items == list(range(-1, 51))
    assert b.items is rows
    if b.document is not None:
        a.items[10] = "x"
        op = b.document.session.log.entries[-1].ops[-1]
        assert op == Splice(b.id, ["items"], 10, 1, ["x"])
    b.items.append("end")
    assert a.items[-1] == "end"


def test_links_may_stand_in_a_circle() -> None:
    models = [Side() for _ in range(3)]
    document = sl.Document()
    for model in models:
        document.add_root(model)
    for number, model in enumerate(models):
        sl.link((model, "x"), (models[(number + 1) % 3], "x"))
    models[1].x = 4
    assert [model.x for model in models] == [4, 4, 4]


def test_each_side_is_one_transaction() -> None:
    a, b, document = Side(), Side(), sl.Document()
    document.add_root(a)
    document.add_root(b)
    sl.link((a, "x"), (b, "x"))
    rev = document.rev
    a.x = 1
    assert document.rev == rev + 2


def test_an_echo_that_comes_late_does_not_hide_a_change_made_meanwhile() -> None:
    a, b, document = Side(), Side(), sl.Document()
    document.add_root(a)
    document.add_root(b)
    sl.link((a, "x"), (b, "x"))
    jobs: list[Callable[..., Any]] = []
    run = document.dispatch
    document.dispatch = lambda *job: jobs.append(lambda: run(*job))
    a.x = 1
    b.x = 2
    while jobs:
        jobs.pop(0)()
    assert a.x == b.x


def test_what_cannot_be_linked_says_so() -> None:
    a, b = Side(), Side()
    with pytest.raises(ValueError, match="Side has no property 'y'"):
        sl.link((a, "x"), (b, "y"))
    with pytest.raises(PropertyError, match="x: expected a number"):
        sl.link((a, "text"), (b, "x"))
    a.text = "t"
    assert b.x == 0
