"""Links between models and the real traitlets."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import ipywidgets
import pytest
from traitlets import CFloat, Dict, Float, HasTraits, Int, List, TraitError, Unicode, validate

from syncline import Document, Model, PropertyError, prop
from syncline.interop.traitlets import directional_link, dlink, link
from tests.sync.speaker import live, put

SECONDS = 30.0


class Gauge(Model, type="test/Gauge@1"):
    value: float = prop(default=1.0, client=True)
    low: float = prop(default=0.0, client=True)
    small: float = prop(default=0.0, le=10, clamp=True)
    strict: float = prop(default=0.0, le=10)
    name: str = prop(default="")
    items: list[int] = prop(default=[])
    table: dict[str, Any] = prop(default={})


class Traits(HasTraits):
    value = Float(5.0)
    low = Float(0.0, max=100.0)
    small = Float(0.0)
    strict = Float(0.0)
    whole = Int(0)
    name = Unicode("")
    items = List(Int())
    table = Dict()
    lower = CFloat(0.0)

    @validate("lower")
    def _not_negative(self, proposal: Any) -> float:
        return max(0.0, float(proposal["value"]))


@pytest.fixture
def gauge() -> Gauge:
    return Gauge()


@pytest.fixture
def document(gauge: Gauge) -> Document:
    document = Document()
    document.add_root(gauge)
    return document


@pytest.fixture
def traits() -> Traits:
    return Traits()


def revisions(document: Document, edit: Callable[[], Any]) -> int:
    before = document.rev
    edit()
    return document.rev - before


@pytest.mark.parametrize("inside", [True, False])
def test_both_sides_follow_each_other_and_the_source_begins(
    gauge: Gauge, traits: Traits, inside: bool
) -> None:
    document = Document()
    if inside:
        document.add_root(gauge)
    link((gauge, "value"), (traits, "value"))
    assert traits.value == 1.0
    gauge.value = 2
    assert traits.value == 2.0
    traits.value = 3.0
    assert gauge.value == 3.0


def test_the_other_side_may_begin(gauge: Gauge, traits: Traits) -> None:
    link((traits, "value"), (gauge, "value"))
    assert gauge.value == 5.0


def test_a_change_is_carried_once_and_never_back(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "value"), (traits, "value"))
    heard: list[float] = []
    traits.observe(lambda change: heard.append(change.new), "value")
    assert revisions(document, lambda: setattr(gauge, "value", 2)) == 1
    assert revisions(document, lambda: setattr(traits, "value", 3.0)) == 1
    assert heard == [2.0, 3.0]


def test_a_directional_link_goes_one_way(gauge: Gauge, traits: Traits) -> None:
    assert dlink is directional_link
    dlink((gauge, "value"), (traits, "value"), lambda value: 10 * value)
    assert traits.value == 10.0
    gauge.value = 2
    assert traits.value == 20.0
    traits.value = 7.0
    assert gauge.value == 2.0


def test_transforms_go_both_ways(document: Document, gauge: Gauge, traits: Traits) -> None:
    link((gauge, "value"), (traits, "whole"), (round, lambda whole: whole / 1))
    gauge.value = 2.4
    assert (gauge.value, traits.whole) == (2.4, 2), "a transform that loses is not turned round"
    traits.whole = 7
    assert gauge.value == 7.0


def test_several_names_at_once_are_one_transaction(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, ["value", "low", "name"]), (traits, ["value", "low", "name"]))

    def held() -> None:
        with traits.hold_trait_notifications():
            traits.value = 8.0
            traits.low = 3.0
            traits.name = "held"

    assert revisions(document, held) == 1
    assert (gauge.value, gauge.low, gauge.name) == (8.0, 3.0, "held")


def test_a_transaction_is_carried_over_as_one(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, ["value", "low"]), (traits, ["value", "low"]))
    seen: list[tuple[float, float]] = []
    traits.observe(lambda change: seen.append((traits.value, traits.low)), ["value", "low"])
    with document.transaction():
        gauge.value, gauge.low = 8, 3
    assert seen == [(8.0, 3.0), (8.0, 3.0)]


def test_lists_and_dicts_that_are_edited_in_place_arrive(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, ["items", "table"]), (traits, ["items", "table"]))
    gauge.items.append(1)
    gauge.table["a"] = {"b": [1]}
    assert (traits.items, traits.table) == ([1], {"a": {"b": [1]}})
    gauge.items[0] = 2
    gauge.table["a"]["b"].append(2)
    assert (traits.items, traits.table) == ([2], {"a": {"b": [1, 2]}})
    assert type(traits.table["a"]["b"]) is list
    traits.items = [2, 3]
    assert gauge.items == [2, 3]
    entry = document.session.log.entries[-1]
    assert [type(op).__name__ for op in entry.ops] == ["Splice"], "only what changed travels"


def test_what_the_other_side_edits_in_place_later_does_not_reach_into_the_model(
    gauge: Gauge, traits: Traits
) -> None:
    gauge.table = {"a": [1]}
    link((gauge, "table"), (traits, "table"))
    traits.table["a"].append(2)
    assert gauge.table == {"a": [1]}


def test_what_traits_edited_in_place_comes_along_with_the_next_change(
    gauge: Gauge, traits: Traits
) -> None:
    link((gauge, ["items", "value"]), (traits, ["items", "value"]))
    traits.items.append(1)
    traits.value = 2.0
    assert (gauge.items, gauge.value) == ([1], 2.0)


# Values that one side does not take


def test_a_value_the_model_does_not_take_raises_at_the_setter(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "strict"), (traits, "strict"))
    traits.strict = 4.0
    with pytest.raises(PropertyError):
        traits.strict = 99.0
    assert (gauge.strict, traits.strict) == (4.0, 4.0)
    traits.strict = 5.0
    assert gauge.strict == 5.0


def test_a_value_the_traits_do_not_take_raises_at_the_setter_of_a_model_alone(
    gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "low"), (traits, "low"))
    gauge.low = 4
    with pytest.raises(TraitError):
        gauge.low = 999
    assert (gauge.low, traits.low) == (4.0, 4.0)


def test_a_value_of_a_view_that_the_traits_do_not_take_is_reported_and_taken_back(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    reported: list[BaseException] = []
    document.report = lambda error, where: reported.append(error)
    link((gauge, "low"), (traits, "low"))
    client = live(document.session)
    client.edit(put(999, "low", m=gauge.id))
    assert [type(error) for error in reported] == [TraitError]
    assert (gauge.low, traits.low) == (0.0, 0.0)


def test_of_several_values_all_are_taken_or_none(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, ["value", "strict"]), (traits, ["value", "strict"]))

    def held() -> None:
        with traits.hold_trait_notifications():
            traits.value = 8.0
            traits.strict = 99.0

    with pytest.raises(PropertyError):
        held()
    assert (gauge.value, gauge.strict) == (traits.value, traits.strict) == (1.0, 0.0)
    document.report = lambda error, where: None
    link((gauge, ["name", "low"]), (traits, ["name", "low"]))
    with document.transaction():
        gauge.name, gauge.low = "x", 999
    assert (gauge.name, gauge.low) == (traits.name, traits.low) == ("", 0.0)


def test_what_one_side_makes_of_a_value_the_other_takes_over(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "small"), (traits, "small"))
    traits.small = 99.0
    assert (gauge.small, traits.small) == (10.0, 10.0)
    link((gauge, "value"), (traits, "lower"))
    gauge.value = -3
    assert (gauge.value, traits.lower) == (0.0, 0.0)


def test_a_transform_that_fails_leaves_both_sides_as_they_were(
    gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "value"), (traits, "value"), (lambda v: 1 / (v - 7), lambda v: v))
    with pytest.raises(ZeroDivisionError):
        gauge.value = 7
    assert gauge.value == 1.0


# Its end


def test_after_unlink_both_go_their_own_ways(gauge: Gauge, traits: Traits) -> None:
    made = link((gauge, "value"), (traits, "value"))
    made.unlink()
    made.unlink()
    gauge.value = 2
    assert traits.value == 1.0
    traits.value = 3.0
    assert gauge.value == 2.0
    assert not traits._trait_notifiers.get("value", {}).get("change")


def test_a_link_keeps_neither_side_alive_and_ends_with_either(gauge: Gauge) -> None:
    traits = Traits()
    gone = weakref.ref(traits)
    made = weakref.ref(link((gauge, "value"), (traits, "value")))
    gauge.value = 2
    assert traits.value == 2.0, "nobody need keep the link"
    del traits
    gc.collect()
    assert gone() is None
    assert made() is None
    assert list(gauge.observers("value")) == []
    gauge.value = 3


def test_a_link_ends_with_its_model(traits: Traits) -> None:
    gauge = Gauge()
    gone = weakref.ref(gauge)
    link((gauge, "value"), (traits, "value"))
    del gauge
    gc.collect()
    assert gone() is None
    assert not traits._trait_notifiers.get("value", {}).get("change")
    traits.value = 3.0


# Threads


def test_changes_of_both_sides_from_many_threads_end_equal(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "value"), (traits, "value"))
    begin = threading.Barrier(4)

    def edit(target: Any, number: int) -> None:
        begin.wait(SECONDS)
        for step in range(200):
            target.value = float(number * 1000 + step)

    threads = [
        threading.Thread(target=edit, args=(target, number))
        for number, target in enumerate((gauge, traits, gauge, traits))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    assert gauge.value == traits.value


def test_an_observer_of_the_other_side_may_join_a_thread_that_edits_the_model(
    document: Document, gauge: Gauge, traits: Traits
) -> None:
    link((gauge, "value"), (traits, "value"))

    def join(change: Any) -> None:
        if change.new == 2.0:
            thread = threading.Thread(target=lambda: setattr(gauge, "value", 3))
            thread.start()
            thread.join(SECONDS)
            assert not thread.is_alive()

    traits.observe(join, "value")
    gauge.value = 2
    assert (gauge.value, traits.value) == (3.0, 3.0)


# What can be linked


def test_what_cannot_be_linked_is_refused(gauge: Gauge, traits: Traits) -> None:
    with pytest.raises(ValueError, match="Traits has no trait 'nothing'"):
        link((gauge, "value"), (traits, "nothing"))
    with pytest.raises(ValueError, match="Gauge has no property 'nothing'"):
        link((gauge, "nothing"), (traits, "value"))
    with pytest.raises(ValueError, match="2 properties cannot be linked to 1"):
        link((gauge, ["value", "low"]), (traits, "value"))
    with pytest.raises(TypeError, match="expected a model or a HasTraits object, got list"):
        link((gauge, "value"), ([], "value"))
    with pytest.raises(TraitError):
        link((gauge, "name"), (traits, "value"))


def test_two_has_traits_objects_may_be_linked_too(traits: Traits) -> None:
    other = Traits()
    link((traits, "value"), (other, "value"))
    traits.value = 9.0
    assert other.value == 9.0


def test_an_ipywidget_follows_a_model_and_the_model_it(document: Document, gauge: Gauge) -> None:
    slider = ipywidgets.FloatSlider(min=0, max=100)
    link((gauge, "value"), (slider, "value"))
    dlink((gauge, "name"), (slider, "description"), str.upper)
    gauge.value = 42
    gauge.name = "gain"
    assert (slider.value, slider.description) == (42.0, "GAIN")
    # As when the front end moves it.
    slider.set_state({"value": 7.0})
    assert gauge.value == 7.0
    gauge.value = 999
    assert (slider.value, gauge.value) == (100.0, 100.0), "the slider clamps"
    slider.close()


def test_nothing_of_the_libraries_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, syncline, syncline.interop.traitlets, syncline.interop.param\n"
        "print(*{'traitlets', 'param'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
