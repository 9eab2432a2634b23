"""How callbacks run beside running code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from syncline.callbacks import Callbacks, config, deferred

SECONDS = 10.0


class Reports:
    """Stands where a document would take errors."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.got = threading.Event()

    def report(self, exc: BaseException, where: str, /) -> None:
        self.errors.append(exc)
        self.got.set()


@pytest.fixture
def policy() -> Iterator[None]:
    yield
    config.callbacks = "any"


def from_another_thread(callbacks: Callbacks, job: Callable[[], object]) -> None:
    thread = threading.Thread(target=callbacks, args=(job,))
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive()


def where(done: Future[threading.Thread]) -> None:
    done.set_result(threading.current_thread())


def test_a_callback_of_the_main_threads_own_change_runs_at_once() -> None:
    callbacks = Callbacks(Reports(), None)
    ran: list[int] = []
    callbacks(lambda: ran.append(1))
    assert ran == [1]


def test_a_callback_runs_on_the_main_thread_when_its_loop_is_free() -> None:
    async def main() -> None:
        callbacks = Callbacks(Reports(), asyncio.get_running_loop())
        done: Future[threading.Thread] = Future()
        thread = threading.Thread(target=callbacks, args=(lambda: where(done),))
        thread.start()
        ran_on = await asyncio.wait_for(asyncio.wrap_future(done), SECONDS)
        assert ran_on is threading.main_thread()
        callbacks.close()

    asyncio.run(main())


def test_a_callback_runs_on_the_documents_thread_while_the_main_thread_is_busy() -> None:
    async def main() -> None:
        callbacks = Callbacks(Reports(), asyncio.get_running_loop())
        done: Future[threading.Thread] = Future()
        from_another_thread(callbacks, lambda: where(done))
        # This blocks the loop, as a cell would.
        assert done.result(SECONDS) is not threading.main_thread()
        callbacks.close()

    asyncio.run(main())


def test_the_main_policy_waits_for_the_main_thread(policy: None) -> None:
    config.callbacks = "main"

    async def main() -> None:
        callbacks = Callbacks(Reports(), asyncio.get_running_loop())
        done: Future[threading.Thread] = Future()
        from_another_thread(callbacks, lambda: where(done))
        with pytest.raises(TimeoutError):
            done.result(0.1)
        ran_on = await asyncio.wait_for(asyncio.wrap_future(done), SECONDS)
        assert ran_on is threading.main_thread()

    asyncio.run(main())


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match='expected "main" or "any"'):
        config.callbacks = "thread"  # type: ignore[assignment]


def test_callbacks_run_one_at_a_time_and_in_order() -> None:
    callbacks = Callbacks(Reports(), None)
    running: list[int] = []
    order: list[int] = []
    overlaps: list[int] = []
    done = threading.Event()

    def job(number: int) -> None:
        overlaps.extend(running)
        running.append(number)
        order.append(number)
        running.remove(number)
        if number == 199:
            done.set()

    def feed() -> None:
        for number in range(200):
            callbacks(lambda number=number: job(number))  # type: ignore[misc]

    threading.Thread(target=feed).start()
    assert done.wait(SECONDS)
    assert order == list(range(200))
    assert overlaps == []
    callbacks.close()


def test_a_callback_may_join_a_thread_that_edits_the_document() -> None:
    callbacks = Callbacks(Reports(), None)
    inner = threading.Event()
    outcome: list[bool] = []

    def outer() -> None:
        thread = threading.Thread(target=callbacks, args=(inner.set,))
        thread.start()
        thread.join(SECONDS)
        outcome.append(thread.is_alive() or inner.is_set())

    callbacks(outer)
    assert outcome == [False]
    assert inner.wait(SECONDS)
    callbacks.close()


def test_what_a_callback_changes_itself_is_observed_at_once() -> None:
    callbacks = Callbacks(Reports(), None)
    ran: list[str] = []

    def outer() -> None:
        callbacks(lambda: ran.append("inner"))
        ran.append("outer")

    callbacks(outer)
    assert ran == ["inner", "outer"]


def test_an_error_in_a_callback_is_reported_and_the_next_one_runs() -> None:
    reports = Reports()
    callbacks = Callbacks(reports, None)
    ran: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    callbacks(fail)
    callbacks(lambda: ran.append(1))
    assert [str(error) for error in reports.errors] == ["no"]
    assert ran == [1]


def test_an_interrupt_in_a_callback_does_not_keep_the_turn() -> None:
    callbacks = Callbacks(Reports(), None)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        callbacks(interrupt)
    done: Future[threading.Thread] = Future()
    from_another_thread(callbacks, lambda: where(done))
    assert done.result(SECONDS).is_alive()
    callbacks.close()


def test_an_async_callback_lets_others_run_while_it_waits() -> None:
    callbacks = Callbacks(Reports(), None)
    stop: list[bool] = []
    done = threading.Event()

    async def run_until_stopped() -> None:
        while not stop:
            await asyncio.sleep(0.001)
        done.set()

    from_another_thread(callbacks, lambda: callbacks.spawn(run_until_stopped()))
    from_another_thread(callbacks, lambda: stop.append(True))
    assert done.wait(SECONDS)
    callbacks.close()


def test_an_error_in_an_async_callback_is_reported() -> None:
    reports = Reports()
    callbacks = Callbacks(reports, None)

    async def fail() -> None:
        raise ValueError("later")

    callbacks(lambda: callbacks.spawn(fail()))
    assert reports.got.wait(SECONDS)
    assert [str(error) for error in reports.errors] == ["later"]
    callbacks.close()


def test_a_carrier_answers_before_callbacks_run() -> None:
    callbacks = Callbacks(Reports(), None)
    answered = threading.Event()
    done: Future[bool] = Future()
    with deferred():
        callbacks(lambda: done.set_result(answered.wait(SECONDS)))
        answered.set()
    assert done.result(SECONDS)
    callbacks.close()


def test_a_closed_queue_runs_nothing_and_its_thread_ends() -> None:
    callbacks = Callbacks(Reports(), None)
    done: Future[threading.Thread] = Future()
    from_another_thread(callbacks, lambda: where(done))
    thread = done.result(SECONDS)
    callbacks.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    ran: list[int] = []
    callbacks(lambda: ran.append(1))
    assert ran == []
