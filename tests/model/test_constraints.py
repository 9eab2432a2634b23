"""Constraints of properties: what they refuse, what they adjust, whom they hold for."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest

import syncline as sl
from syncline import PropertyError, prop
from syncline.core.ops import Del, Set, Splice
from syncline.sync.errors import Refused

START = datetime(2026, 1, 1, tzinfo=UTC)


class Bound(sl.Model, type="test/Bound@1"):
    ge: float = prop(default=1.0, ge=1)
    gt: float = prop(default=2.0, gt=1)
    le: int | None = prop(default=None, le=9)
    lt: int = prop(default=0, lt=9)
    step: float = prop(default=0.0, multiple_of=0.1)
    even: int = prop(default=0, multiple_of=2)
    clamped: float = prop(default=0.0, ge=-1, le=1, clamp=True, client=True)
    level: int = prop(default=0, ge=0, clamp=True)
    text: str = prop(default="ab", min_length=2, max_length=3)
    code: str = prop(default="a1", pattern=r"[a-z]\d")
    size: str = prop(default="m", choices=["s", "m", "l"])
    few: list[int] = prop(default=[1], min_length=1, max_length=3, client=True)
    table: dict[str, int] = prop(default={}, max_length=2, client=True)
    when: datetime = prop(default=START, ge=START)
    both: int = prop(default=0, le=9, check=lambda value: value + 1)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("ge", 1.0), ("gt", 1.1), ("le", 9), ("le", None), ("lt", 8), ("step", 0.3), ("step", 1e9),
        ("step", -0.7), ("even", -4), ("text", "abc"), ("code", "z9"), ("size", "l"),
        ("few", [1, 2, 3]), ("when", START), ("level", 7), ("table", {"a": 1, "b": 2}),
    ],
)  # fmt: skip
def test_what_keeps_to_them_is_taken_as_it_is(name: str, right: Any) -> None:
    assert getattr(Bound(**{name: right}), name) == right


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("ge", 0.5, "expected 1 or more, got 0.5"),
        ("ge", math.nan, "expected 1 or more, got nan"),
        ("gt", 1, "expected more than 1, got 1.0"),
        ("le", 10, "expected 9 or less, got 10"),
        ("lt", 9, "expected less than 9, got 9"),
        ("step", 0.25, "expected a multiple of 0.1, got 0.25"),
        ("step", math.inf, "expected a multiple of 0.1, got inf"),
        ("even", 3, "expected a multiple of 2, got 3"),
        ("clamped", math.nan, "expected -1 or more, got nan"),
        ("text", "a", "expected a length of 2 or more, got 1"),
        ("text", "abcd", "expected a length of 3 or less, got 4"),
        ("code", "xa1", r"expected a text like [a-z]\d, got 'xa1'"),
        ("code", "a1x", r"expected a text like [a-z]\d, got 'a1x'"),
        ("size", "xl", "expected one of 's', 'm', 'l', got 'xl'"),
        ("few", [], "expected a length of 1 or more, got 0"),
        ("when", datetime(2025, 1, 1, tzinfo=UTC), "or more"),
        ("both", 10, "expected 9 or less, got 10"),
    ],
)
def test_what_does_not_is_refused_and_nothing_changes(name: str, wrong: Any, text: str) -> None:
    model = Bound()
    before = getattr(model, name)
    with pytest.raises(PropertyError) as caught:
        setattr(model, name, wrong)
    assert str(caught.value).startswith(f"{name}: ")
    assert text in str(caught.value)
    assert getattr(model, name) == before


def test_clamping_adjusts_to_the_nearer_bound() -> None:
    model = Bound(clamped=5, level=-3)
    assert (model.clamped, model.level) == (1.0, 0)
    assert type(model.clamped) is float
    model.clamped = -7
    assert model.clamped == -1.0


def test_a_check_comes_after_the_constraints() -> None:
    assert Bound(both=9).both == 10


def test_edits_inside_keep_to_the_length_of_the_whole() -> None:
    model = Bound(few=[1, 2], table={"a": 1})
    for document in (None, sl.Document()):
        if document is not None:
            document.add_root(model)
        with pytest.raises(PropertyError, match="few: expected a length of 3 or less, got 4"):
            model.few.extend([3, 4])
        with pytest.raises(PropertyError, match="few: expected a length of 1 or more, got 0"):
            model.few.clear()
        with pytest.raises(PropertyError, match="table: expected a length of 2 or less, got 3"):
            model.table.update(b=2, c=3)
    assert (model.few, model.table) == ([1, 2], {"a": 1})
    model.few.append(3)
    model.table["b"] = 2
    assert (model.few, model.table) == ([1, 2, 3], {"a": 1, "b": 2})


def test_edits_of_views_keep_to_the_length_of_the_whole() -> None:
    model, document = Bound(few=[1, 2], table={"a": 1, "b": 2}), sl.Document()
    document.add_root(model)
    check = document.session.guard.check
    fits = Splice(model.id, ["few"], None, 0, [3])
    assert check(fits) == fits
    gone = Splice(model.id, ["few"], 9, 0, [3])
    assert check(gone) is gone
    assert check(Del(model.id, ["table", "a"])) == Del(model.id, ["table", "a"])
    for op in (Splice(model.id, ["few"], 0, 2, []), Set(model.id, ["table", "c"], 3)):
        with pytest.raises(Refused, match="expected a length"):
            check(op)
    assert check(Set(model.id, ["clamped"], 9)) == Set(model.id, ["clamped"], 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clamp": True},
        {"clamp": True, "gt": 1},
        {"multiple_of": 0},
        {"default": 5, "le": 4},
        {"default": "b", "choices": ["a"]},
        {"pattern": "("},
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, re.error)):
        prop(**wrong)
