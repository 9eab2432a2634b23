"""Observers: who is called, when, in which order and on which thread."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Event, Model, config, curdoc, prop
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


def test_an_edit_inside_a_value_that_is_then_taken_away_is_told(document: Document) -> None:
    class Maybe(Model, type="test/Maybe@1"):
        items: list[int] | None = prop(default=[])

    maybe = Maybe()
    document.add_root(maybe)
    seen: list[Any] = []
    maybe.observe(lambda event: seen.append((event.old, event.new)), "items")
    with document.transaction():
        assert maybe.items is not None
        maybe.items.append(1)
        maybe.items = None
    assert seen == [(None, None)]


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


def test_what_cannot_be_called_is_refused(knob: Knob) -> None:
    wrong: Any = 3
    with pytest.raises(TypeError, match="expected a function"):
        knob.observe(wrong, "value")
    with pytest.raises(TypeError, match="expected a function"):
        knob.on("click", wrong)


def test_an_unknown_place_is_refused(knob: Knob) -> None:
    with pytest.raises(ValueError, match='expected "main" or "any"'):
        knob.observe(print, where="thread")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='expected "main" or "any"'):
        config.callbacks = "thread"  # type: ignore[assignment]
