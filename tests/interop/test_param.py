"""Links between models and the real param."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import param
import pytest

from syncline import Document, Model, PropertyError, prop
from syncline.interop.param import directional_link, dlink, link
from tests.sync.speaker import live, put

SECONDS = 30.0


class Meter(Model, type="test/Meter@1"):
    value: float = prop(default=1.0, client=True)
    low: float = prop(default=0.0, client=True)
    small: float = prop(default=0.0, le=10, clamp=True)
    strict: float = prop(default=0.0, le=10)
    name: str = prop(default="")
    items: list[int] = prop(default=[])


class Settings(param.Parameterized):  # type: ignore[misc,unused-ignore]
    value = param.Number(5.0)
    low = param.Number(0.0, bounds=(None, 100))
    small = param.Number(0.0)
    strict = param.Number(0.0)
    title = param.String("")
    items = param.List([])


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def document(meter: Meter) -> Document:
    document = Document()
    document.add_root(meter)
    return document


def make_settings() -> Any:
    made: Any = Settings
    return made()


@pytest.fixture
def settings() -> Any:
    return make_settings()


def revisions(document: Document, edit: Callable[[], Any]) -> int:
    before = document.rev
    edit()
    return document.rev - before


def test_both_sides_follow_each_other_once_and_the_source_begins(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, "value"), (settings, "value"))
    assert settings.value == 1.0
    heard: list[float] = []
    settings.param.watch(lambda event: heard.append(event.new), "value")
    assert revisions(document, lambda: setattr(meter, "value", 2)) == 1
    assert revisions(document, lambda: setattr(settings, "value", 3.0)) == 1
    assert (meter.value, settings.value, heard) == (3.0, 3.0, [2.0, 3.0])


def test_a_directional_link_goes_one_way(meter: Meter, settings: Any) -> None:
    assert dlink is directional_link
    dlink((meter, "value"), (settings, "value"), lambda value: 10 * value)
    meter.value = 2
    assert settings.value == 20.0
    settings.value = 7.0
    assert meter.value == 2.0


def test_transforms_go_both_ways(document: Document, meter: Meter, settings: Any) -> None:
    link((meter, "value"), (settings, "title"), (str, float))
    meter.value = 2
    assert settings.title == "2.0"
    settings.title = "7.5"
    assert meter.value == 7.5


@pytest.mark.parametrize("batch", ["batch_call_watchers", "update"])
def test_what_is_set_in_a_batch_is_one_transaction(
    document: Document, meter: Meter, settings: Any, batch: str
) -> None:
    link((meter, ["value", "low", "name"]), (settings, ["value", "low", "title"]))

    def together() -> None:
        if batch == "update":
            settings.param.update(value=8.0, low=3.0, title="held")
            return
        with param.parameterized.batch_call_watchers(settings):
            settings.value = 8.0
            settings.low = 3.0
            settings.title = "held"

    assert revisions(document, together) == 1
    assert (meter.value, meter.low, meter.name) == (8.0, 3.0, "held")


def test_a_transaction_is_carried_over_as_one(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, ["value", "low"]), (settings, ["value", "low"]))
    batches: list[int] = []
    settings.param.watch(lambda *events: batches.append(len(events)), ["value", "low"])
    with document.transaction():
        meter.value, meter.low = 8, 3
    assert batches == [2]


def test_a_list_that_is_edited_in_place_arrives(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, "items"), (settings, "items"))
    meter.items.append(1)
    meter.items.append(2)
    assert settings.items == [1, 2]
    assert type(settings.items) is list
    settings.items = [1, 2, 3]
    assert meter.items == [1, 2, 3]


def test_a_value_the_model_does_not_take_raises_at_the_setter(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, "strict"), (settings, "strict"))
    settings.strict = 4.0
    with pytest.raises(PropertyError):
        settings.strict = 99.0
    assert (meter.strict, settings.strict) == (4.0, 4.0)


def test_a_value_of_a_view_that_param_does_not_take_is_reported_and_taken_back(
    document: Document, meter: Meter, settings: Any
) -> None:
    reported: list[BaseException] = []
    document.report = lambda error, where: reported.append(error)
    link((meter, ["value", "low"]), (settings, ["value", "low"]))
    client = live(document.session)
    client.edit(put(3, "value", m=meter.id), put(999, "low", m=meter.id))
    assert [type(error) for error in reported] == [ValueError]
    assert (meter.value, meter.low) == (settings.value, settings.low) == (1.0, 0.0)


def test_what_the_model_makes_of_a_value_the_other_takes_over(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, "small"), (settings, "small"))
    settings.small = 99.0
    assert (meter.small, settings.small) == (10.0, 10.0)


def test_after_unlink_both_go_their_own_ways(meter: Meter, settings: Any) -> None:
    made = link((meter, "value"), (settings, "value"))
    made.unlink()
    meter.value = 2
    settings.value = 3.0
    assert (meter.value, settings.value) == (2.0, 3.0)


def test_a_link_keeps_neither_side_alive_and_ends_with_either(meter: Meter) -> None:
    settings = make_settings()
    gone = weakref.ref(settings)
    link((meter, "value"), (settings, "value"))
    meter.value = 2
    assert settings.value == 2.0, "nobody need keep the link"
    del settings
    gc.collect()
    assert gone() is None
    assert list(meter.observers("value")) == []
    meter.value = 3


def test_changes_of_both_sides_from_many_threads_end_equal(
    document: Document, meter: Meter, settings: Any
) -> None:
    link((meter, "value"), (settings, "value"))
    begin = threading.Barrier(4)

    def edit(target: Any, number: int) -> None:
        begin.wait(SECONDS)
        for step in range(200):
            target.value = float(number * 1000 + step)

    threads = [
        threading.Thread(target=edit, args=(target, number))
        for number, target in enumerate((meter, settings, meter, settings))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    assert meter.value == settings.value


def test_what_cannot_be_linked_is_refused(meter: Meter, settings: Any) -> None:
    with pytest.raises(ValueError, match="Settings has no parameter 'nothing'"):
        link((meter, "value"), (settings, "nothing"))
    with pytest.raises(TypeError, match="expected a model or a Parameterized object, got list"):
        link((meter, "value"), ([], "value"))
