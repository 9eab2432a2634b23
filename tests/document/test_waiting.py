"""What queues up behind a running callback: changes merge, messages and functions do not."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Columns, Document, Event, Model, curdoc, prop
from syncline.core.ops import Msg
from syncline.document.observers import MOST_WAITING
from syncline.document.waiting import Waiting
from syncline.model import Observer
from tests.document.knobs import Knob
from tests.sync.speaker import live, put


class Behind:
    """Makes changes while a callback is running, as a slider does while a figure is drawn."""

    def __init__(self, knob: Knob) -> None:
        self.knob = knob

    def __call__(self, *changes: Callable[[], object]) -> None:
        def busy(event: Event) -> None:
            for change in changes:
                change()

        self.knob.observe(busy, "name")
        self.knob.name += "busy"
        self.knob.unobserve(busy, "name")

    def values(self, *values: float) -> None:
        self(*(lambda value=value: setattr(self.knob, "value", value) for value in values))


@pytest.fixture
def behind(knob: Knob) -> Behind:
    return Behind(knob)


def test_changes_behind_a_running_callback_come_as_one_from_the_oldest_to_the_newest(
    knob: Knob, behind: Behind
) -> None:
    seen: list[Any] = []
    knob.observe(lambda event: seen.append((event.old, event.new)), "value")
    behind.values(1, 2, 3)
    assert seen == [(0.0, 3.0)]


def test_an_observer_that_asks_for_every_change_hears_each(knob: Knob, behind: Behind) -> None:
    seen: list[Any] = []
    knob.observe(lambda event: seen.append((event.old, event.new)), "value", every=True)
    behind.values(1, 2, 3)
    assert seen == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]


def test_observers_properties_and_models_merge_apart(
    document: Document, knob: Knob, behind: Behind
) -> None:
    other = Knob()
    document.add_root(other)
    seen: list[tuple[str, str, object]] = []
    for model, label in ((knob, "knob"), (other, "other")):
        model.observe(
            lambda event, label=label: seen.append((label, event.name, event.new)),  # type: ignore[misc]
            ["value", "shown"],
        )
    knob.observe(lambda event: seen.append(("second", event.name, event.new)), "value")
    behind(
        lambda: setattr(knob, "value", 1),
        lambda: setattr(other, "value", 2),
        lambda: setattr(knob, "shown", "a"),
        lambda: setattr(knob, "value", 3),
        lambda: setattr(other, "value", 4),
        lambda: setattr(knob, "shown", "b"),
    )
    assert seen == [
        ("knob", "value", 3.0),
        ("second", "value", 3.0),
        ("other", "value", 4.0),
        ("knob", "shown", "b"),
    ]


def test_a_value_that_came_back_is_told_too(knob: Knob, behind: Behind) -> None:
    # The callback that ran meanwhile may have read the value in between.
    seen: list[Any] = []
    knob.observe(lambda event: seen.append((event.old, event.new)), "value")
    behind.values(1, 0)
    assert seen == [(0.0, 0.0)]


def test_a_merged_event_was_made_by_the_last_who_changed_it(
    document: Document, knob: Knob, behind: Behind
) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, "value")
    client = live(document.session, user="ada")
    behind(
        lambda: setattr(knob, "value", 1),
        lambda: client.edit(put(5, m=knob.id)),
    )
    ((event),) = seen
    assert (event.old, event.new, event.origin, event.user) == (0.0, 5.0, client.client, "ada")


def test_an_event_that_was_handed_over_is_never_changed(
    document: Document, knob: Knob, behind: Behind
) -> None:
    early: list[Event] = []
    late: list[Event] = []

    def first(event: Event) -> None:
        early.append(event)
        if len(early) == 1:
            knob.value = 2

    knob.observe(first, "value")
    knob.observe(late.append, "value")
    knob.value = 1
    assert [(event.old, event.new) for event in early] == [(0.0, 1.0), (1.0, 2.0)]
    assert [(event.old, event.new) for event in late] == [(0.0, 2.0)]


def test_messages_are_never_merged_and_nothing_merges_across_one(
    document: Document, knob: Knob, behind: Behind
) -> None:
    seen: list[object] = []
    knob.observe(lambda event: seen.append(event.new), "value")
    knob.on("click", lambda event: seen.append(event.data))
    client = live(document.session)

    def click(number: int) -> dict[str, Any]:
        return {"op": "msg", "m": knob.id, "name": "click", "data": f"click {number}"}

    behind(
        lambda: client.edit(put(1, m=knob.id)),
        lambda: client.edit(put(2, m=knob.id)),
        lambda: client.edit(click(1)),
        lambda: client.edit(click(2)),
        lambda: client.edit(put(3, m=knob.id)),
        lambda: client.edit(put(4, m=knob.id)),
    )
    assert seen == [2.0, "click 1", "click 2", 4.0]


def test_of_volatile_messages_only_the_latest_is_told(
    document: Document, knob: Knob, behind: Behind
) -> None:
    seen: list[object] = []
    knob.on("click", lambda event: seen.append((event.data, event.origin)))
    knob.observe(lambda event: seen.append(event.new), "value")
    behind(
        lambda: setattr(knob, "value", 1),
        lambda: document.session.whisper([Msg(knob.id, "click", 1)], "c1"),
        lambda: document.session.whisper([Msg(knob.id, "click", 2)], "c2"),
        lambda: setattr(knob, "value", 2),
    )
    assert seen == [2.0, (2, "c2")]


def test_clients_wait_while_too_much_waits_for_callbacks(document: Document, knob: Knob) -> None:
    seen: list[object] = []
    document.dispatch = lambda: None
    knob.on("click", lambda event: seen.append(event.data))
    client = live(document.session)
    click = {"op": "msg", "m": knob.id, "name": "click", "data": None}
    client.edit(*[click] * MOST_WAITING)
    assert client.answer().type == "OK"
    client.edit(click)
    answer = client.answer()
    assert (answer.content["code"], answer.content["retry"]) == ("rate-limited", "later")
    document.observers.run()
    assert len(seen) == MOST_WAITING
    client.edit(click, seq=client.seq)
    assert client.answer().type == "OK"


def test_a_message_stands_where_it_was_sent_among_the_changes_of_its_transaction(
    document: Document, knob: Knob
) -> None:
    seen: list[str] = []
    knob.observe(lambda event: seen.append(event.name), ["value"])
    knob.on("click", lambda event: seen.append("click"))
    client = live(document.session)
    click = {"op": "msg", "m": knob.id, "name": "click", "data": None}
    client.edit(put(5, m=knob.id), click)
    assert seen == ["value", "click"]


def test_an_observer_that_was_taken_off_hears_not_even_what_waits(
    knob: Knob, behind: Behind
) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, ["value", "shown"])
    behind(
        lambda: setattr(knob, "value", 1),
        lambda: setattr(knob, "shown", "x"),
        lambda: knob.unobserve(seen.append, "value"),
    )
    assert [event.name for event in seen] == ["shown"]


def test_what_was_laid_aside_for_a_coroutine_comes_first_and_in_order() -> None:
    waiting, observer = Waiting(), Observer(print, {"value"}, every=True)
    knob = Knob()
    for number in (1, 2):
        waiting.put(observer, Event(knob, "value", new=number))
    observer.awaited = []
    assert waiting.take(True, math.inf, None) is None
    waiting.put(observer, Event(knob, "value", new=3))
    laid_aside, observer.awaited = observer.awaited, None
    waiting.put_back(laid_aside)
    taken = [waiting.take(True, math.inf, None) for _ in range(3)]
    assert [call.event.new for call in taken if call and call.event] == [1, 2, 3]


# Functions that are called soon


def test_call_soon_calls_behind_what_waits(document: Document, knob: Knob, behind: Behind) -> None:
    seen: list[object] = []
    knob.observe(lambda event: seen.append(event.new), "value")
    behind(
        lambda: setattr(knob, "value", 1),
        lambda: document.call_soon(lambda: seen.append(curdoc())),
        lambda: setattr(knob, "value", 2),
        lambda: setattr(knob, "value", 3),
        lambda: seen.append("busy"),
    )
    assert seen == ["busy", 1.0, document, 3.0]


def test_call_soon_calls_at_once_when_nothing_waits(document: Document) -> None:
    seen: list[int] = []
    document.call_soon(lambda: seen.append(1))
    assert seen == [1]


@pytest.mark.parametrize("undone", [False, True])
def test_call_soon_waits_for_the_end_of_a_transaction(
    document: Document, knob: Knob, undone: bool
) -> None:
    seen: list[object] = []
    knob.observe(lambda event: seen.append(event.new), "value")
    with contextlib.suppress(KeyError), document.transaction():
        document.call_soon(lambda: seen.append("soon"))
        knob.items.append(1)
        knob.value = 1
        assert seen == []
        if undone:
            raise KeyError
    assert seen == (["soon"] if undone else [1.0, "soon"])


def test_an_error_of_a_function_that_is_called_soon_is_reported(document: Document) -> None:
    reported: list[str] = []
    document.report = lambda error, where: reported.append(where)

    def fail() -> None:
        raise SystemExit

    document.call_soon(fail)
    assert reported[0].endswith("fail")


# Columnar sources


class Table(Model, type="test/EventTable@1"):
    data: Columns = prop(factory=Columns)


@pytest.fixture
def rows(document: Document) -> tuple[Table, list[range | None]]:
    """Give a table of four rows, and the ranges of which its observer hears."""
    table = Table(data=Columns({"x": [0.0, 1.0, 2.0, 3.0]}))
    document.add_root(table)
    heard: list[range | None] = []
    table.observe(lambda event: heard.append(event.rows), "data")
    return table, heard


def test_an_event_names_the_rows_that_were_appended_or_overwritten(
    rows: tuple[Table, list[range | None]],
) -> None:
    table, heard = rows
    table.data.stream({"x": [4.0, 5.0]}, rollover=5)
    table.data.stream({"x": [6.0]})
    table.data.patch({"x": [(0, 9.0)]})
    table.data.patch({"x": [(slice(1, 3), [9.0, 9.0]), (range(0, 5, 2), 8.0)]})
    table.data = Columns({"x": [1.0]})
    # Of the six rows the first was rolled out: absolute numbers do not change.
    assert heard == [range(4, 6), range(6, 7), range(1, 2), range(1, 6), None]


def test_the_rows_of_merged_events_are_the_smallest_range_that_holds_them(
    rows: tuple[Table, list[range | None]], behind: Behind
) -> None:
    table, heard = rows
    behind(
        lambda: table.data.stream({"x": [4.0]}),
        lambda: table.data.stream({"x": [5.0]}),
        lambda: table.data.patch({"x": [(2, 9.0)]}),
    )
    assert heard == [range(2, 6)]
    behind(
        lambda: table.data.stream({"x": [6.0]}),
        lambda: setattr(table, "data", Columns({"x": [1.0]})),
        lambda: table.data.stream({"x": [2.0]}),
    )
    assert heard[1:] == [None]
