"""Models of types that this process does not define."""

from __future__ import annotations

from typing import Any

import pytest

import syncline as sl
from syncline import PropertyError
from syncline.core.ops import Add, RootAdd, Set, Splice
from syncline.core.values import Ref
from syncline.model.state import type_of
from syncline.model.unknown import Unknown

HASH = "AAAAAAAAAAAAAAAAAAAAAA"
TYPE = f"far/Gauge@1#{HASH}"
ENTRY: dict[str, Any] = {
    "name": "far/Gauge@1",
    "properties": {
        "value": {"kind": "float", "default": 0, "client": True, "ge": 0, "doc": "How much."},
        "items": {"kind": {"list": "int"}, "default": []},
        "next": {"kind": {"either": [{"model": "far/Gauge@1"}, "null"]}, "default": None},
        "values": {"kind": "str", "default": ""},
    },
    "events": ["reset"],
    "view": None,
}
PROPS = {"value": 1.0, "items": [1], "next": None, "values": "all"}


@pytest.fixture
def document() -> sl.Document:
    return sl.Document()


def add(document: sl.Document, m: str, **props: Any) -> Any:
    with document.transaction():
        document.engine.local(Add(m, TYPE, {**PROPS, **props}))
        document.engine.local(RootAdd(m))
    return document.model(m)


def test_the_entry_that_came_along_makes_it_a_model_like_others(document: sl.Document) -> None:
    document.state.learn({HASH: ENTRY})
    gauge = add(document, "c1-1")
    other = add(document, "c1-2", next=Ref("c1-1"))
    assert issubclass(type(gauge), Unknown)
    assert type(gauge).__name__ == "Gauge"
    assert type(gauge) is type(other)
    assert (type_of(gauge), gauge.type_name, gauge.events) == (TYPE, "far/Gauge@1", ("reset",))
    assert (gauge.value, gauge.items, other.next) == (1.0, [1], gauge)
    seen: list[Any] = []
    gauge.observe(lambda event: seen.append(event.new), "value")
    gauge.value = 3
    gauge.items.append(2)
    assert (seen, gauge.items) == ([3.0], [1, 2])
    for wrong in (-1, "x"):
        with pytest.raises(PropertyError, match="value: expected"):
            gauge.value = wrong
    assert "Gauge(value=3.0" in repr(gauge)
    assert document.select(type="far/Gauge@1") == [gauge, other]


def test_a_property_that_is_called_like_a_method_is_kept_and_not_got(document: sl.Document) -> None:
    document.state.learn({HASH: ENTRY})
    gauge = add(document, "c1-1")
    assert gauge.values()["values"] == "all"
    document.engine.local(Set("c1-1", ["values"], "none"))
    assert gauge.values()["values"] == "none"


def test_without_an_entry_it_is_kept_read_and_edited_inside(document: sl.Document) -> None:
    gauge = add(document, "c1-1", items=[Ref("c1-1")])
    assert (type_of(gauge), gauge.value, gauge.items) == (TYPE, 1.0, [gauge])
    with pytest.raises(PropertyError, match="value of Gauge is read-only"):
        gauge.value = 2
    document.engine.local(Set("c1-1", ["value"], 5.0))
    document.engine.local(Set("c1-1", ["late"], "more"))
    document.engine.local(Splice("c1-1", ["items"], 0, 0, [7]))
    assert (gauge.value, gauge.items) == (5.0, [7, gauge])
    assert next(iter(document.state.items()))[2] == {
        "value": 5.0, "items": [7, gauge], "next": None, "values": "all", "late": "more",
    }  # fmt: skip


def test_an_entry_that_comes_late_makes_it_whole(document: sl.Document) -> None:
    gauge = add(document, "c1-1")
    document.state.learn({HASH: ENTRY})
    gauge.value = 4
    assert gauge.value == 4.0
    assert document.session.log.entries[-1].ops == [Set("c1-1", ["value"], 4.0)]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"properties": 5},
        {"properties": {"value": None}},
        {"properties": {"value": {"kind": "float", "pattern": "("}}},
        {"properties": {"value": {"kind": "float", "clamp": True}}},
        {"properties": {"value": {"kind": "float", "default": {"$": "num", "v": "x"}}}},
    ],
)
def test_an_entry_that_cannot_be_read_describes_nothing(document: sl.Document, wrong: Any) -> None:
    document.state.learn({HASH: wrong})
    gauge = add(document, "c1-1")
    assert gauge.value == 1.0
    with pytest.raises(PropertyError, match="read-only"):
        gauge.value = 2


def test_a_class_here_is_used_where_it_says_the_same(document: sl.Document) -> None:
    class Gauge(sl.Model, type="far/Gauge@2"):
        value: float = sl.prop(default=0, ge=0, client=True, doc="How much.")

    name = f"far/Gauge@2#{HASH}"
    entry = {"name": "far/Gauge@2", "properties": {"value": ENTRY["properties"]["value"]}}
    document.state.learn({HASH: {**entry, "view": {"esm": "x"}}, "B" * 22: ENTRY})
    for m, type in (("c1-1", name), ("c1-2", f"far/Gauge@2#{'B' * 22}")):
        with document.transaction():
            document.engine.local(Add(m, type, {"value": 1.0}))
            document.engine.local(RootAdd(m))
    assert [isinstance(model, Gauge) for model in document.roots] == [True, False]
    assert [type for _, type, _ in document.state.items()] == [name, f"far/Gauge@2#{'B' * 22}"]


def test_it_may_have_a_key_like_every_model(document: sl.Document) -> None:
    document.state.learn({HASH: ENTRY})
    gauge = add(document, "c1-1", key="level")
    assert (gauge.key, gauge.value) == ("level", 1.0)
    gauge.value = 2
