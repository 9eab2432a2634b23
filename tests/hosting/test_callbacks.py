"""Where the callbacks of a served session run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from syncline import Document, Event, Model, curdoc, prop
from syncline.hosting.callbacks import SessionCallbacks

SECONDS = 30.0


class Wheel(Model, type="test/Wheel@1"):
    value: float = prop(default=0.0)
    other: float = prop(default=0.0)


@asynccontextmanager
async def session() -> AsyncIterator[Wheel]:
    """Give a model in a document whose callbacks run as those of a session."""
    document = Document()
    made = Wheel()
    document.add_root(made)
    callbacks = SessionCallbacks(document)
    callbacks.start()
    yield made
    callbacks.close()
    document.close()


@pytest.fixture
async def wheel() -> AsyncIterator[Wheel]:
    """The model of one session."""
    async with session() as made:
        yield made


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


def here() -> str:
    return threading.current_thread().name


def work(seconds: float = 0.03) -> None:
    threading.Event().wait(seconds)


async def test_a_quick_callback_runs_at_once_in_the_loop(wheel: Wheel) -> None:
    seen: list[object] = []
    wheel.observe(lambda event: seen.extend((event.new, here(), curdoc())), "value")
    wheel.value = 1
    assert seen == [1.0, "MainThread", wheel.document]


async def test_a_callback_seen_to_be_slow_leaves_the_loop_from_then_on(wheel: Wheel) -> None:
    seen: list[object] = []

    def slow(event: Event) -> None:
        work()
        seen.extend((event.new, here(), curdoc() is wheel.document))

    wheel.observe(slow, "value")
    wheel.value = 1
    assert seen == [1.0, "MainThread", True]
    wheel.value = 2
    assert len(seen) == 3
    await until(lambda: len(seen) == 6)
    assert seen[3:] == [2.0, "syncline-callbacks", True]


async def test_a_callback_seen_to_be_very_slow_stays_out_of_the_loop_in_every_session(
    wheel: Wheel,
) -> None:
    seen: list[str] = []

    def observer(wheel: Wheel) -> None:
        def slow(event: Event) -> None:
            work(0.12)
            seen.append(here())

        wheel.observe(slow, "value")

    async with session() as other:
        observer(wheel)
        observer(other)
        wheel.value = 1
        other.value = 1
        await until(lambda: len(seen) == 2)
    assert seen == ["MainThread", "syncline-callbacks"]


async def test_the_loop_goes_on_while_a_slow_callback_runs(wheel: Wheel) -> None:
    go, seen = threading.Event(), []

    def slow(event: Event) -> None:
        if event.new == 1:
            work()
        else:
            assert go.wait(SECONDS)
            seen.append(event.new)

    wheel.observe(slow, "value")
    wheel.value = 1
    for value in range(2, 60):
        wheel.value = value
        # Each is read by the loop, as the frames of a page that drags a slider are.
        await asyncio.sleep(0)
    assert seen == []
    go.set()
    await until(lambda: seen[-1:] == [59.0])
    assert len(seen) <= 2, "what came while it ran is one event"


async def test_what_waits_behind_a_slow_callback_keeps_its_order(wheel: Wheel) -> None:
    order: list[object] = []
    running: list[str] = []

    def noted(name: str, seconds: float) -> Callable[[Event], None]:
        def callback(event: Event) -> None:
            assert not running
            running.append(name)
            work(seconds)
            order.append((name, event.new))
            running.remove(name)

        return callback

    wheel.observe(noted("slow", 0.03), "value", every=True)
    wheel.observe(noted("quick", 0), "value", every=True)
    wheel.observe(noted("quick", 0), "other", every=True)
    for value in range(1, 6):
        wheel.value = value
        wheel.other = -value
    await until(lambda: len(order) == 15)
    expected = [(("slow", v), ("quick", v), ("quick", -v)) for v in map(float, range(1, 6))]
    assert order == [entry for entries in expected for entry in entries]


async def test_a_slow_callback_that_must_stay_in_the_loop_leaves_it_time_to_read(
    wheel: Wheel,
) -> None:
    seen: list[object] = []

    def slow(event: Event) -> None:
        asyncio.get_running_loop()
        work()
        seen.append(event.new)

    wheel.observe(slow, "value", where="main")
    for value in range(1, 30):
        wheel.value = value
        await asyncio.sleep(0)
    await until(lambda: seen[-1:] == [29.0])
    assert len(seen) < 15


async def test_a_change_of_another_thread_is_heard_in_the_loop(wheel: Wheel) -> None:
    seen: list[str] = []
    wheel.observe(lambda event: seen.append(here()), "value")
    await asyncio.to_thread(setattr, wheel, "value", 1)
    await until(lambda: seen)
    assert seen == ["MainThread"]


async def test_an_async_callback_runs_in_the_loop_even_when_a_slow_one_was_before(
    wheel: Wheel,
) -> None:
    seen: list[str] = []
    called: list[str] = []

    async def follow(event: Event) -> None:
        await asyncio.sleep(0)
        seen.append(here())
        assert curdoc() is wheel.document

    # Slow once, and quick in the pool: the pool goes on to the async one.
    wheel.observe(lambda event: work() if event.new == 1 else called.append(here()), "value")
    wheel.observe(follow, "value", every=True)
    for value in (1, 2):
        wheel.value = value
        await until(lambda: len(seen) == value)  # noqa: B023  awaited at once
    assert called == ["syncline-callbacks"]
    assert seen == ["MainThread"] * 2


async def test_a_callback_for_the_loop_does_not_follow_a_slow_one_into_the_pool(
    wheel: Wheel,
) -> None:
    seen: list[str] = []
    wheel.observe(lambda event: work() if event.new == 1 else None, "value")
    wheel.observe(lambda event: seen.append(here()), "value", where="main", every=True)
    for value in (1, 2, 3):
        wheel.value = value
    await until(lambda: len(seen) == 3)
    assert seen == ["MainThread"] * 3


async def test_a_callback_in_the_pool_may_join_a_thread_that_edits(wheel: Wheel) -> None:
    seen: list[object] = []

    def slow(event: Event) -> None:
        work()
        thread = threading.Thread(target=lambda: setattr(wheel, "other", event.new))
        thread.start()
        thread.join(SECONDS)
        assert not thread.is_alive()

    wheel.observe(slow, "value")
    wheel.observe(lambda event: seen.append(event.new), "other")
    wheel.value = 1
    wheel.value = 2
    await until(lambda: seen == [1.0, 2.0])


async def test_sys_exit_in_a_callback_ends_the_callback_alone(wheel: Wheel) -> None:
    reported: list[BaseException] = []
    wheel.document.report = lambda error, where: reported.append(error)

    def leave(event: Event) -> None:
        raise SystemExit(1)

    wheel.observe(leave, "value")
    wheel.value = 1
    assert [type(error) for error in reported] == [SystemExit]


async def test_a_closed_session_makes_no_more_calls_and_ends_its_coroutines(wheel: Wheel) -> None:
    callbacks = SessionCallbacks(wheel.document)
    callbacks.start()
    ended = asyncio.Event()
    seen: list[Event] = []

    async def follow(event: Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    wheel.observe(follow, "value")
    wheel.observe(seen.append, "other")
    wheel.value = 1
    await asyncio.sleep(0)
    callbacks.close()
    await asyncio.wait_for(ended.wait(), SECONDS)
    wheel.other = 1
    assert seen == []
    assert len(wheel.document.observers.waiting) == 0


async def test_timers_are_called_in_the_loop_and_slow_ones_leave_it(wheel: Wheel) -> None:
    seen: list[str] = []

    def slow() -> None:
        work()
        seen.append(here())

    timer = wheel.document.add_periodic_callback(slow, 1)
    await until(lambda: len(seen) >= 3)
    wheel.document.remove_periodic_callback(timer)
    assert seen[0] == "MainThread"
    assert set(seen[1:]) == {"syncline-callbacks"}


async def test_timers_and_observers_never_run_at_once(wheel: Wheel) -> None:
    running, order = 0, []

    def noted(name: str) -> Callable[..., None]:
        def callback(*event: Event) -> None:
            nonlocal running
            assert running == 0
            running += 1
            work(0.025)
            order.append(name)
            running -= 1

        return callback

    wheel.observe(noted("observer"), "value", every=True)
    timers = [wheel.document.add_periodic_callback(noted("timer"), 1) for _ in range(2)]
    for value in range(5):
        wheel.value = value
        await asyncio.sleep(0.03)
    await until(lambda: order.count("timer") > 2 and order.count("observer") > 2)
    for timer in timers:
        wheel.document.remove_periodic_callback(timer)


async def test_a_timer_may_be_added_from_any_thread(wheel: Wheel) -> None:
    seen: list[str] = []
    add = wheel.document.add_timeout_callback
    await asyncio.to_thread(add, lambda: seen.append(here()), 1)
    await until(lambda: seen)
    assert seen == ["MainThread"]


async def test_before_a_session_begins_no_timer_is_called() -> None:
    document, seen = Document(), []
    callbacks = SessionCallbacks(document)
    await asyncio.to_thread(document.add_next_tick_callback, lambda: seen.append("tick"))
    document.add_timeout_callback(lambda: seen.append("timeout"), 1)
    removed = document.add_next_tick_callback(lambda: seen.append("removed"))
    document.remove_next_tick_callback(removed)
    await asyncio.sleep(0.01)
    assert seen == []
    callbacks.start()
    assert seen == []
    await until(lambda: len(seen) == 2)
    assert seen == ["tick", "timeout"]
    callbacks.close()
    document.close()


async def test_submitted_work_has_threads_of_its_own(wheel: Wheel) -> None:
    assert await wheel.document.submit(here) == "syncline-work"

    async def later() -> str:
        return here()

    assert await wheel.document.submit(later) == "MainThread"
    # From the pool, too.
    assert await asyncio.to_thread(lambda: wheel.document.submit(later).result(30)) == "MainThread"
