"""Timers and work of a document that nobody serves: in a loop, and without one."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor

import pytest

import syncline as sl
from syncline import Document, curdoc, without_document_lock
from syncline.document import threads

SECONDS = 30.0


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


def wait_until(condition: Callable[[], object]) -> None:
    go = threading.Event()
    for _ in range(int(SECONDS * 1000)):
        if condition():
            return
        go.wait(0.001)
    raise TimeoutError


# Timers


async def test_a_next_tick_callback_is_called_once_after_what_runs_now() -> None:
    doc, seen = Document(), []
    doc.add_next_tick_callback(lambda: seen.append(curdoc()))
    assert seen == []
    await until(lambda: seen)
    await asyncio.sleep(0)
    assert seen == [doc]
    assert doc.timers == ()


async def test_a_timeout_callback_is_called_once_after_its_time() -> None:
    doc, order = Document(), []
    doc.add_timeout_callback(lambda: order.append("late"), 20)
    doc.add_timeout_callback(lambda: order.append("early"), 1)
    await until(lambda: len(order) == 2)
    assert order == ["early", "late"]
    assert doc.timers == ()


async def test_a_periodic_callback_is_called_until_it_is_removed() -> None:
    doc, seen = Document(), []
    timer = doc.add_periodic_callback(lambda: seen.append(1), 1)
    await until(lambda: len(seen) >= 3)
    active = [timer.active]
    doc.remove_periodic_callback(timer)
    assert [*active, timer.active] == [True, False]
    count = len(seen)
    await asyncio.sleep(0.01)
    assert len(seen) == count


@pytest.mark.parametrize("kind", ["next_tick", "timeout", "periodic"])
async def test_what_is_called_later_finds_its_document(kind: str) -> None:
    doc, seen = Document(), []
    span = () if kind == "next_tick" else (1,)
    getattr(doc, f"add_{kind}_callback")(lambda: seen.append(curdoc()), *span)
    await until(lambda: seen)
    assert seen[0] is doc
    doc.close()


async def test_one_function_may_be_added_often_and_each_time_is_its_own() -> None:
    doc, seen = Document(), []

    def call() -> None:
        seen.append(1)

    once = [doc.add_next_tick_callback(call), doc.add_next_tick_callback(call)]
    later = [doc.add_timeout_callback(call, 1), doc.add_timeout_callback(call, 1)]
    doc.remove_next_tick_callback(once[0])
    doc.remove_timeout_callback(later[0])
    await until(lambda: doc.timers == ())
    assert seen == [1, 1]
    again = [doc.add_periodic_callback(call, 1), doc.add_periodic_callback(call, 1)]
    doc.remove_periodic_callback(again[0])
    assert [timer.active for timer in again] == [False, True]
    await until(lambda: len(seen) > 3)
    doc.close()


def test_without_a_loop_timers_have_threads() -> None:
    doc, seen = Document(), []
    doc.add_next_tick_callback(lambda: seen.append(threading.current_thread()))
    periodic = doc.add_periodic_callback(lambda: seen.append(threading.current_thread()), 1)
    wait_until(lambda: len(seen) >= 3)
    doc.remove_periodic_callback(periodic)
    assert threading.main_thread() not in seen


@pytest.mark.parametrize("kind", ["next_tick", "timeout", "periodic"])
async def test_what_is_removed_is_not_called_and_not_removed_twice(kind: str) -> None:
    doc, seen = Document(), []
    add, remove = getattr(doc, f"add_{kind}_callback"), getattr(doc, f"remove_{kind}_callback")
    later = () if kind == "next_tick" else (5,)
    timer = add(lambda: seen.append(1), *later)
    remove(timer)
    with pytest.raises(ValueError, match="called already, or removed"):
        remove(timer)
    with pytest.raises(ValueError, match="another's"):
        getattr(Document(), f"remove_{kind}_callback")(add(print, *later))
    await asyncio.sleep(0.01)
    assert seen == []
    doc.close()


async def test_one_that_was_called_cannot_be_removed() -> None:
    doc, seen = Document(), []
    timer = doc.add_next_tick_callback(lambda: seen.append(1))
    await until(lambda: seen)
    with pytest.raises(ValueError, match="called already"):
        doc.remove_next_tick_callback(timer)


async def test_a_callback_may_remove_itself() -> None:
    doc, seen = Document(), []

    def once() -> None:
        seen.append(1)
        doc.remove_periodic_callback(timer)

    timer = doc.add_periodic_callback(once, 1)
    await until(lambda: seen)
    await asyncio.sleep(0.01)
    assert seen == [1]


async def test_what_is_removed_while_it_waits_for_its_turn_is_not_called() -> None:
    doc, seen = Document(), []

    def first() -> None:
        doc.observers.queue_alone(timer._observer)
        doc.remove_timeout_callback(timer)

    timer = doc.add_timeout_callback(lambda: seen.append(1), 1000)
    doc.call_soon(first)
    assert seen == []


def test_times_must_make_sense() -> None:
    doc = Document()
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="more than 0 ms"):
            doc.add_periodic_callback(print, wrong)
    with pytest.raises(ValueError, match="0 ms or more"):
        doc.add_timeout_callback(print, -1)


async def test_an_async_periodic_callback_never_overlaps_itself() -> None:
    doc, running, most = Document(), 0, 0
    calls = 0

    async def work() -> None:
        nonlocal running, most, calls
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        calls += 1
        running -= 1

    timer = doc.add_periodic_callback(work, 1)
    await until(lambda: calls == 3)
    doc.remove_periodic_callback(timer)
    await until(lambda: running == 0)
    assert most == 1


async def test_ticks_that_cannot_be_called_are_left_out() -> None:
    doc, seen = Document(), []
    timer = doc.add_periodic_callback(lambda: seen.append(1), 1)
    with doc.lock:
        # The turn is taken: nothing is called, and nothing piles up.
        for _ in range(5):
            timer._tick()
    assert len(doc.observers.waiting) + len(seen) <= 1
    await until(lambda: seen)
    doc.close()


async def test_an_error_is_reported_and_the_next_call_made() -> None:
    doc, errors = Document(), []
    doc.report = lambda error, where: errors.append((type(error), where))

    def broken() -> None:
        raise ValueError

    timer = doc.add_periodic_callback(broken, 1)
    await until(lambda: len(errors) >= 2)
    doc.remove_periodic_callback(timer)
    kind, where = errors[0]
    assert kind is ValueError
    assert where.endswith("broken")


async def test_a_document_that_ends_takes_its_timers_along() -> None:
    doc, seen = Document(), []
    timers = [
        doc.add_periodic_callback(lambda: seen.append(1), 1),
        doc.add_timeout_callback(lambda: seen.append(1), 1),
        doc.add_next_tick_callback(lambda: seen.append(1)),
    ]
    doc.close()
    timers.append(doc.add_next_tick_callback(lambda: seen.append(1)))
    await asyncio.sleep(0.01)
    assert seen == []
    assert doc.timers == ()
    gone = weakref.ref(doc)
    del doc
    gc.collect()
    assert gone() is None, "a handle keeps no document alive"
    assert len(timers) == 4


# Work


def doubled(n: int) -> int:
    return 2 * n


def test_work_is_done_beside_and_changes_the_document_from_there() -> None:
    doc = Document()
    slider = sl.Slider(value=0.0)
    doc.add_root(slider)
    go = threading.Event()

    def work(upto: int, *, by: float) -> str:
        assert go.wait(SECONDS)
        for n in range(upto):
            slider.value = n * by
        return f"{curdoc() is doc} {threading.current_thread().name}"

    result = doc.submit(work, 3, by=0.5)
    assert slider.value == 0
    go.set()
    assert result.result(SECONDS) == "True syncline-work"
    assert slider.value == 1.0
    assert doc.work == ()


async def test_without_threads_work_is_done_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "available", False)
    work = Document().submit(lambda: threading.current_thread().name)
    assert not work.done()
    assert await work == "MainThread"


async def test_async_work_is_done_in_the_loop_and_awaited() -> None:
    doc = Document()

    async def work() -> object:
        await asyncio.sleep(0)
        return threading.current_thread().name, curdoc() is doc

    assert await doc.submit(work) == ("MainThread", True)
    assert await doc.submit(functools.partial(work)) == ("MainThread", True)


async def test_an_executor_does_the_work_instead() -> None:
    doc = Document()

    def where() -> object:
        return threading.current_thread().name, curdoc() is doc

    with ThreadPoolExecutor(1, thread_name_prefix="mine") as executor:
        assert await doc.submit(where, executor=executor) == ("mine_0", True)

    class Elsewhere(Executor):
        """Another process: what it is given must be a plain function."""

        def submit(self, fn, /, *args, **options):  # type: ignore[no-untyped-def]
            assert isinstance(fn, functools.partial)
            assert (fn.func, args, options) == (doubled, (), {})
            future: Future[object] = Future()
            future.set_result(fn())
            return future

    assert await doc.submit(doubled, 4, executor=Elsewhere()) == 8


async def test_an_error_is_raised_where_it_is_awaited_and_reported_otherwise() -> None:
    doc, errors = Document(), []
    doc.report = lambda error, where: errors.append((str(error), where))

    def broken(text: str) -> None:
        assert go.wait(SECONDS)
        raise ValueError(text)

    async def later(text: str) -> None:
        raise ValueError(text)

    go = threading.Event()
    waited = asyncio.gather(doc.submit(broken, "a"), doc.submit(later, "b"), return_exceptions=True)
    doc.submit(broken, "c")
    asyncio.get_running_loop().call_later(0, go.set)
    assert [str(error) for error in await waited] == ["a", "b"]
    await until(lambda: errors)
    assert errors == [("c", f"{broken.__qualname__}")]
    with ThreadPoolExecutor(1) as executor:
        doc.submit(broken, "d", executor=executor)
    assert errors[1:] == [("d", f"{broken.__qualname__}")]


async def test_work_that_is_cancelled_is_forgotten_and_async_work_ends() -> None:
    doc = Document()
    began, go, ended = threading.Event(), threading.Event(), asyncio.Event()

    async def endless() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    work = doc.submit(endless)
    await until(began.is_set)
    assert work.cancel()
    await asyncio.wait_for(ended.wait(), SECONDS)
    blocked = doc.submit(go.wait, SECONDS)
    blocked.cancel()
    go.set()
    with pytest.raises(CancelledError):
        blocked.result(0)
    with ThreadPoolExecutor(1) as executor:
        go.clear()
        executor.submit(go.wait, SECONDS)
        queued = doc.submit(doubled, 1, executor=executor)
        queued.cancel()
        go.set()
    assert doc.work == ()


async def test_an_executor_that_cancels_cancels_the_work() -> None:
    doc = Document()
    with ThreadPoolExecutor(1) as executor:
        go = threading.Event()
        executor.submit(go.wait, SECONDS)
        work = doc.submit(doubled, 1, executor=executor)
        executor.shutdown(wait=False, cancel_futures=True)
        go.set()
    assert work.cancelled()


async def test_a_document_that_ends_cancels_its_work_and_takes_no_more() -> None:
    doc = Document()
    seen: list[int] = []
    go = threading.Event()
    works = [doc.submit(go.wait, SECONDS), doc.submit(asyncio.Event().wait)]
    doc.close()
    works.append(doc.submit(seen.append, 1))
    assert all(work.cancelled() for work in works)
    go.set()
    assert seen == []


async def test_without_document_lock_callbacks_run_beside_the_others() -> None:
    doc = Document()
    slider = sl.Slider(value=0.0)
    doc.add_root(slider)
    go = threading.Event()
    seen: list[object] = []
    running, most = 0, 0

    @without_document_lock
    def slow(event: sl.Event) -> None:
        assert go.wait(SECONDS)
        seen.append(event.new)
        doc.add_next_tick_callback(lambda: seen.append(curdoc()))

    @without_document_lock
    async def asynchronous() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await until(go.is_set)
        running -= 1

    slider.observe(slow, "value")
    slider.observe(lambda event: seen.append("quick"), "value")
    slider.value = 1
    assert seen == ["quick"], "the turn is not taken"
    for _ in range(2):
        doc.add_next_tick_callback(asynchronous)
    await until(lambda: running == 2)
    go.set()
    await until(lambda: len(seen) == 3 and running == 0)
    assert seen == ["quick", 1.0, doc]
    assert most == 2
    assert slow.__name__ == "slow"


async def test_what_runs_without_the_lock_reports_its_errors() -> None:
    doc, errors = Document(), []
    doc.report = lambda error, where: errors.append((type(error), where))

    @without_document_lock
    def broken() -> None:
        raise ValueError

    doc.add_next_tick_callback(broken)
    await until(lambda: errors)
    ((kind, where),) = errors
    assert kind is ValueError
    assert where.endswith("broken")
