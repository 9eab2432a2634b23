"""Observers: who is called, when, in which order and on which thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Event, config, curdoc
from tests.document.knobs import SECONDS, Knob, rev_of
from tests.sync.speaker import live, put


def test_observers_run_after_the_commit_and_in_order(document: Document, knob: Knob) -> None:
    seen: list[tuple[str, Any]] = []
    knob.observe(lambda event: seen.append(("value", document.rev)), "value")
    knob.observe(lambda event: seen.append((event.name, event.new)), ["value", "name"])
    knob.observe(lambda event: seen.append(("any", event.name)))
    with document.transaction():
        knob.value = 1
        knob.name = "x"
        assert seen == []
    rev = document.rev
    assert seen == [
        ("value", rev),
        ("value", 1.0),
        ("any", "value"),
        ("name", "x"),
        ("any", "name"),
    ]


def test_an_event_says_what_was_and_what_is(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, ["value", "items"])
    knob.value = 1
    knob.items = [1]
    knob.items.append(2)
    assert [(event.old, event.new, event.origin) for event in seen] == [
        (0.0, 1.0, "py"),
        ([], [1, 2], "py"),
        (None, [1, 2], "py"),
    ]
    assert seen[0].model is knob


def test_one_transaction_is_one_event_from_the_first_value_to_the_last(
    document: Document, knob: Knob
) -> None:
    seen: list[Any] = []
    knob.observe(lambda event: seen.append((event.old, event.new)), "value")
    with document.transaction():
        for value in (1, 2, 3):
            knob.value = value
    with document.transaction():
        knob.value = 9
        knob.value = 3
    knob.value = 3
    assert seen == [(0.0, 3.0)]


def test_two_knobs_may_follow_each_other(document: Document, knob: Knob) -> None:
    other = Knob()
    document.add_root(other)
    knob.observe(lambda event: setattr(other, "value", event.new), "value")
    other.observe(lambda event: setattr(knob, "value", event.new), "value")
    other.value = 5
    assert knob.value == 5


def test_what_an_observer_changes_is_a_revision_of_its_own(document: Document, knob: Knob) -> None:
    knob.observe(lambda event: setattr(knob, "shown", f"{event.new}"), "value")

    def edit() -> None:
        knob.value = 1

    assert rev_of(document, edit) == 2
    assert knob.shown == "1.0"


def test_an_event_of_a_view_says_who_it_was(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    knob.observe(seen.append, "value")
    knob.on("click", seen.append)
    client = live(document.session, user="ada")
    click = {"op": "msg", "m": knob.id, "name": "click", "data": {"x": 3}}
    client.edit(put(5, m=knob.id), click)
    assert {(event.origin, event.user) for event in seen} == {(client.client, "ada")}
    assert sorted((event.name, event.data) for event in seen) == [
        ("click", {"x": 3}),
        ("value", None),
    ]


def test_a_handler_that_was_taken_off_hears_nothing(document: Document, knob: Knob) -> None:
    seen: list[Event] = []
    off = knob.on("click", seen.append)
    knob.observe(seen.append, "value")
    off()
    off()
    knob.unobserve(seen.append, "value")
    client = live(document.session)
    client.edit(put(5, m=knob.id), {"op": "msg", "m": knob.id, "name": "click", "data": None})
    assert knob.value == 5
    assert seen == []


def test_the_author_is_answered_before_observers_make_revisions(
    document: Document, knob: Knob
) -> None:
    knob.observe(lambda event: setattr(knob, "shown", "yes"), "value")
    client = live(document.session)
    client.edit(put(5, m=knob.id))
    assert [heard.type for heard in client.hear()] == ["OK", "PATCH-DOC"]


def test_an_error_in_an_observer_is_reported_and_nothing_is_undone(
    document: Document, knob: Knob, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[tuple[BaseException, str]] = []
    seen: list[float] = []

    def fail(event: Event) -> None:
        raise KeyError("oops")

    knob.observe(fail, "value")
    knob.observe(lambda event: seen.append(event.new), "value")
    with caplog.at_level(logging.ERROR, "syncline"):
        knob.value = 1
    assert "oops" in caplog.text
    document.report = lambda error, where: reported.append((error, where))
    knob.value = 2
    assert seen == [1, 2]
    assert knob.value == 2
    ((error, where),) = reported
    assert isinstance(error, KeyError)
    assert where.endswith("fail")


def test_an_interrupted_observer_does_not_silence_the_others(
    document: Document, knob: Knob
) -> None:
    seen: list[float] = []

    def interrupt(event: Event) -> None:
        if event.new == 1:
            raise KeyboardInterrupt

    knob.observe(interrupt, "value")
    knob.observe(lambda event: seen.append(event.new), "value")
    with pytest.raises(KeyboardInterrupt):
        knob.value = 1
    knob.value = 2
    assert seen == [2], "what the interrupt left waiting has merged with the next"


def test_an_async_observer_runs_on_the_loop(document: Document, knob: Knob) -> None:
    async def main() -> None:
        done = asyncio.Event()

        async def follow(event: Event) -> None:
            await asyncio.sleep(0)
            assert curdoc() is document
            knob.shown = str(event.new)
            done.set()

        knob.observe(follow, "value")
        knob.value = 1
        assert knob.shown == ""
        await asyncio.wait_for(done.wait(), SECONDS)

    asyncio.run(main())
    assert knob.shown == "1.0"


def test_an_async_observer_without_a_loop_runs_to_its_end(document: Document, knob: Knob) -> None:
    reported: list[BaseException] = []
    document.report = lambda error, where: reported.append(error)

    async def follow(event: Event) -> None:
        await asyncio.sleep(0)
        knob.shown = str(event.new)
        raise KeyError

    knob.observe(follow, "value")
    knob.value = 1
    assert knob.shown == "1.0"
    assert [type(error) for error in reported] == [KeyError]


def test_observers_run_one_at_a_time_whatever_thread_commits(
    document: Document, knob: Knob
) -> None:
    inside, overlaps, order = threading.Lock(), [], []
    started, go = threading.Event(), threading.Event()

    def slow(event: Event) -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(event.new)
            return
        order.append(event.new)
        started.set()
        assert go.wait(SECONDS)
        inside.release()

    knob.observe(slow, "value")
    first = threading.Thread(target=lambda: setattr(knob, "value", 1))
    first.start()
    assert started.wait(SECONDS)
    knob.value = 2
    knob.value = 3
    assert order == [1], "a commit does not wait for observers on another thread"
    go.set()
    first.join(SECONDS)
    assert order == [1, 3]
    assert overlaps == []


def test_callbacks_run_when_and_where_dispatch_says(document: Document, knob: Knob) -> None:
    asked: list[int] = []
    seen: list[Event] = []
    document.dispatch = lambda: asked.append(len(seen))
    knob.observe(seen.append)
    knob.value = 1
    assert (asked, seen) == ([0], [])
    document.observers.run()
    assert len(seen) == 1


def test_a_callback_may_start_a_thread_that_edits_and_join_it(
    document: Document, knob: Knob
) -> None:
    seen: list[object] = []

    def edit_elsewhere(event: Event) -> None:
        thread = threading.Thread(target=lambda: setattr(knob, "shown", "elsewhere"))
        thread.start()
        thread.join(SECONDS)
        seen.append(thread.is_alive())

    knob.observe(edit_elsewhere, "value")
    knob.observe(lambda event: seen.append(event.new), "shown")
    knob.value = 1
    assert seen == [False, "elsewhere"]


def test_a_callback_may_wait_for_the_thread_of_an_earlier_one(
    document: Document, knob: Knob
) -> None:
    threads: list[threading.Thread] = []
    go, seen = threading.Event(), []

    def edit_later() -> None:
        assert go.wait(SECONDS)
        with document.transaction():
            knob.shown = "late"

    def start(event: Event) -> None:
        threads.append(threading.Thread(target=edit_later))
        threads[0].start()

    def finish(event: Event) -> None:
        go.set()
        threads[0].join(SECONDS)
        seen.append(threads[0].is_alive())

    knob.observe(start, "value")
    knob.observe(finish, "value")
    knob.value = 1
    assert (seen, knob.shown) == ([False], "late")


def test_callbacks_wait_until_the_lock_is_let_go(document: Document, knob: Knob) -> None:
    seen: list[object] = []
    knob.observe(lambda event: seen.append(event.name))
    with document.lock, document.lock:
        knob.value = 1
        with document.transaction():
            knob.shown = "x"
        document.call_soon(lambda: seen.append("soon"))
        assert seen == []
    assert seen == ["value", "shown", "soon"]


def test_a_callback_of_an_edit_in_place_may_join_a_thread_that_edits(
    document: Document, knob: Knob
) -> None:
    seen: list[bool] = []

    def edit_elsewhere(event: Event) -> None:
        thread = threading.Thread(target=lambda: setattr(knob, "shown", "elsewhere"))
        thread.start()
        thread.join(SECONDS)
        seen.append(thread.is_alive())

    knob.observe(edit_elsewhere, "items")
    knob.items.append(1)
    with document.transaction():
        knob.items.append(2)
    assert seen == [False, False]


# Merging: what queues up behind a running callback


class Behind:
    """Makes changes while a callback is running, as a slider does while a figure is drawn."""

    def __init__(self, knob: Knob) -> None:
        self.knob = knob

    def __call__(self, *changes: Callable[[], object]) -> None:
        def busy(event: Event) -> None:
            for change in changes:
                change()

        self.knob.observe(busy, "name")
        self.knob.name = "busy"
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


# Async callbacks


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0)


async def test_an_async_callback_never_overlaps_itself_and_hears_the_latest(
    document: Document, knob: Knob
) -> None:
    go = asyncio.Event()
    order: list[object] = []

    async def follow(event: Event) -> None:
        order.append(("begin", event.old, event.new))
        await go.wait()
        order.append(("end", event.new))

    knob.observe(follow, "value")
    knob.observe(lambda event: order.append(event.new), "value", every=True)
    for value in (1, 2, 3):
        knob.value = value
        await asyncio.sleep(0)
    assert order == [1.0, ("begin", 0.0, 1.0), 2.0, 3.0], "others do not wait for it"
    go.set()
    await wait_for(lambda: ("end", 3.0) in order)
    assert order[4:] == [("end", 1.0), ("begin", 1.0, 3.0), ("end", 3.0)]


async def test_an_async_callback_that_failed_hears_the_next_change(
    document: Document, knob: Knob
) -> None:
    reported: list[BaseException] = []
    document.report = lambda error, where: reported.append(error)
    seen: list[float] = []

    async def follow(event: Event) -> None:
        seen.append(event.new)
        raise KeyError

    knob.observe(follow, "value")
    knob.value = 1
    knob.value = 2
    await wait_for(lambda: len(reported) == 2)
    assert seen == [1.0, 2.0]


async def test_an_async_callback_holds_no_lock(document: Document, knob: Knob) -> None:
    go, began = asyncio.Event(), asyncio.Event()

    async def follow(event: Event) -> None:
        began.set()
        await go.wait()
        knob.shown = "done"

    knob.observe(follow, "value")
    knob.value = 1
    await began.wait()
    thread = threading.Thread(target=lambda: setattr(knob, "name", "elsewhere"))
    thread.start()
    thread.join(SECONDS)
    assert knob.name == "elsewhere"
    go.set()
    await wait_for(lambda: knob.shown == "done")


# Where


def test_a_call_for_the_main_thread_waits_for_it_and_others_pass(
    document: Document, knob: Knob
) -> None:
    seen: list[str] = []
    document.dispatch = lambda: None
    knob.observe(lambda event: seen.append("main"), "value", where="main")
    knob.observe(lambda event: seen.append("any"), "value", where="any")
    knob.observe(lambda event: seen.append("default"), "value")
    knob.value = 1
    document.observers.run(main=False)
    assert seen == ["any", "default"]
    knob.value = 2
    document.observers.run()
    assert seen[2:] == ["main", "any", "default"]


def test_the_default_place_is_a_setting(document: Document, knob: Knob) -> None:
    seen: list[str] = []
    document.dispatch = lambda: None
    knob.observe(lambda event: seen.append("default"), "value")
    knob.observe(lambda event: seen.append("any"), "value", where="any")
    config.callbacks = "main"
    try:
        knob.value = 1
    finally:
        config.callbacks = "any"
    document.observers.run(main=False)
    assert seen == ["any"]
    document.observers.run()
    assert seen == ["any", "default"]


def test_an_unknown_place_is_refused(knob: Knob) -> None:
    with pytest.raises(ValueError, match='expected "main" or "any"'):
        knob.observe(print, where="thread")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='expected "main" or "any"'):
        config.callbacks = "thread"  # type: ignore[assignment]
