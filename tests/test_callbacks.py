"""How the callbacks of a document in a kernel run beside running code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from syncline import Document, Model, config, prop
from syncline import callbacks as module
from syncline.callbacks import Callbacks, deferred
from syncline.model import Event

SECONDS = 30.0


class Dial(Model, type="test/Dial@1"):
    value: float = prop(default=0.0)
    other: float = prop(default=0.0)


@pytest.fixture
def policy() -> Iterator[None]:
    yield
    config.callbacks = "any"


@pytest.fixture
def dial() -> Iterator[Dial]:
    document = Document()
    made = Dial()
    document.add_root(made)
    yield made
    document.close()


@pytest.fixture
def callbacks(dial: Dial) -> Iterator[Callbacks]:
    """Give callbacks that have no main loop."""
    made = Callbacks(dial.document, None)
    yield made
    made.close()


@pytest.fixture
async def beside(dial: Dial) -> Callbacks:
    """Give callbacks whose main loop is that of the test; `dial` closes its document."""
    return Callbacks(dial.document, asyncio.get_running_loop())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the main thread all the time that a busy machine takes."""
    monkeypatch.setattr(module, "GRACE_SECONDS", SECONDS)


def elsewhere(edit: Callable[[], object]) -> None:
    """Do something on another thread, as a carrier does, and wait for its end."""
    thread = threading.Thread(target=edit)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive()


def turn(dial: Dial, value: float) -> Callable[[], None]:
    return lambda: setattr(dial, "value", value)


def thread_of_next(dial: Dial, **options: str) -> Future[threading.Thread]:
    """Return the thread on which the next callback of a dial will run."""
    done: Future[threading.Thread] = Future()
    dial.observe(lambda event: done.set_result(threading.current_thread()), "value", **options)  # type: ignore[arg-type]
    return done


@pytest.mark.usefixtures("callbacks")
def test_a_callback_of_the_main_threads_own_change_runs_at_once(dial: Dial) -> None:
    seen: list[float] = []
    dial.observe(lambda event: seen.append(event.new), "value")
    dial.observe(lambda event: setattr(dial, "other", event.new), "value")
    dial.observe(lambda event: seen.append(-event.new), "other")
    dial.value = 1
    assert seen == [1, -1]


@pytest.mark.usefixtures("beside", "patient")
async def test_a_callback_runs_on_the_main_thread_when_its_loop_is_free(dial: Dial) -> None:
    done = thread_of_next(dial)
    threading.Thread(target=turn(dial, 1)).start()
    ran_on = await asyncio.wait_for(asyncio.wrap_future(done), SECONDS)
    assert ran_on is threading.main_thread()


@pytest.mark.usefixtures("beside", "patient")
async def test_the_main_thread_has_a_moment_to_show_that_it_is_free(dial: Dial) -> None:
    done = thread_of_next(dial)
    elsewhere(turn(dial, 1))
    with pytest.raises(TimeoutError):
        done.result(0.1)
    ran_on = await asyncio.wait_for(asyncio.wrap_future(done), SECONDS)
    assert ran_on is threading.main_thread()


@pytest.mark.usefixtures("beside")
async def test_a_callback_runs_on_the_documents_thread_while_the_main_thread_is_busy(
    dial: Dial,
) -> None:
    done = thread_of_next(dial)
    elsewhere(turn(dial, 1))
    # This blocks the loop, as a cell would.
    assert done.result(SECONDS) is not threading.main_thread()


@pytest.mark.usefixtures("beside", "policy")
async def test_the_main_policy_waits_for_the_main_thread(dial: Dial) -> None:
    config.callbacks = "main"
    done = thread_of_next(dial)
    elsewhere(turn(dial, 1))
    with pytest.raises(TimeoutError):
        done.result(0.1)
    ran_on = await asyncio.wait_for(asyncio.wrap_future(done), SECONDS)
    assert ran_on is threading.main_thread()


@pytest.mark.usefixtures("beside")
async def test_one_observer_may_wait_for_the_main_thread_while_the_others_do_not(
    dial: Dial,
) -> None:
    bound, free = thread_of_next(dial, where="main"), thread_of_next(dial)
    elsewhere(turn(dial, 1))
    assert free.result(SECONDS) is not threading.main_thread()
    assert not bound.done()
    ran_on = await asyncio.wait_for(asyncio.wrap_future(bound), SECONDS)
    assert ran_on is threading.main_thread()


@pytest.mark.usefixtures("callbacks")
def test_without_a_main_loop_a_callback_for_the_main_thread_runs_all_the_same(dial: Dial) -> None:
    done = thread_of_next(dial, where="main")
    elsewhere(turn(dial, 1))
    assert done.result(SECONDS).name == "syncline-callbacks"


@pytest.mark.usefixtures("beside")
async def test_a_slow_callback_leaves_the_main_loop_time_to_read_what_comes(dial: Dial) -> None:
    # As a kernel without subshells reads: one message for each turn of its loop.
    seen: list[float] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(event: Event) -> None:
        seen.append(event.new)
        threading.Event().wait(0.06)
        if event.new == 20:
            done.set()

    def read(number: int) -> None:
        with deferred():
            dial.value = number
        if number < 20:
            loop.call_soon(read, number + 1)

    dial.observe(slow, "value")
    read(1)
    await asyncio.wait_for(done.wait(), SECONDS)
    assert len(seen) < 10


@pytest.mark.usefixtures("callbacks")
def test_callbacks_run_one_at_a_time_and_in_order(dial: Dial) -> None:
    running: list[float] = []
    order: list[float] = []
    overlaps: list[float] = []
    done = threading.Event()

    def follow(event: Event) -> None:
        overlaps.extend(running)
        running.append(event.new)
        order.append(event.new)
        running.remove(event.new)
        if event.new == 200:
            done.set()

    def feed() -> None:
        for number in range(1, 201):
            dial.value = number

    dial.observe(follow, "value", every=True)
    threading.Thread(target=feed).start()
    assert done.wait(SECONDS)
    assert order == list(range(1, 201))
    assert overlaps == []


@pytest.mark.usefixtures("callbacks")
def test_a_callback_may_join_a_thread_that_edits_the_document(dial: Dial) -> None:
    inner = threading.Event()
    outcome: list[bool] = []

    def outer(event: Event) -> None:
        thread = threading.Thread(target=lambda: setattr(dial, "other", 1))
        thread.start()
        thread.join(SECONDS)
        outcome.append(thread.is_alive() or inner.is_set())

    dial.observe(outer, "value")
    dial.observe(lambda event: inner.set(), "other")
    dial.value = 1
    assert outcome == [False]
    assert inner.wait(SECONDS)


@pytest.mark.usefixtures("callbacks")
def test_a_change_of_the_main_thread_does_not_wait_for_those_of_others_for_ever(
    dial: Dial,
) -> None:
    rounds: list[float] = []

    def follow(event: Event) -> None:
        rounds.append(event.new)
        if len(rounds) < 1000:
            # Somebody else goes on and on, quicker than this callback ends.
            elsewhere(turn(dial, event.new + 1))

    dial.observe(follow, "value")
    dial.value = 1
    assert len(rounds) < 1000


@pytest.mark.usefixtures("callbacks")
def test_an_interrupt_in_a_callback_does_not_keep_the_turn(dial: Dial) -> None:
    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    dial.observe(interrupt, "value")
    behind = thread_of_next(dial)
    with pytest.raises(KeyboardInterrupt):
        dial.value = 1
    assert behind.result(SECONDS).name == "syncline-callbacks"


@pytest.mark.usefixtures("callbacks")
def test_an_async_callback_lets_others_run_while_it_waits(dial: Dial) -> None:
    stop: list[bool] = []
    done = threading.Event()

    async def run_until_stopped(event: Event) -> None:
        while not stop:
            await asyncio.sleep(0.001)
        done.set()

    dial.observe(run_until_stopped, "value")
    dial.observe(lambda event: stop.append(True), "other")
    elsewhere(turn(dial, 1))
    elsewhere(lambda: setattr(dial, "other", 1))
    assert done.wait(SECONDS)


@pytest.mark.usefixtures("callbacks")
def test_an_async_callback_of_the_main_thread_without_a_loop_runs_on_the_documents_thread(
    dial: Dial,
) -> None:
    done: Future[threading.Thread] = Future()

    async def follow(event: Event) -> None:
        await asyncio.sleep(0)
        done.set_result(threading.current_thread())

    dial.observe(follow, "value")
    dial.value = 1
    assert done.result(SECONDS).name == "syncline-callbacks"


async def test_who_waits_for_callbacks_is_told_on_the_thread_that_has_made_them(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[float, threading.Thread]] = []
    told = threading.Event()

    def tell() -> None:
        made.append((dial.other, threading.current_thread()))
        told.set()

    Callbacks(dial.document, asyncio.get_running_loop(), made=tell)
    dial.observe(lambda event: setattr(dial, "other", event.new), "value")
    with monkeypatch.context() as patient:
        patient.setattr(module, "GRACE_SECONDS", SECONDS)
        threading.Thread(target=turn(dial, 1)).start()
        async with asyncio.timeout(SECONDS):
            while not made:
                await asyncio.sleep(0)
    assert made == [(1, threading.main_thread())]
    elsewhere(turn(dial, 2))
    # This loop is busy meanwhile.
    while made[-1][0] != 2:
        assert told.wait(SECONDS)
        told.clear()
    assert made[-1][1].name == "syncline-callbacks"


@pytest.mark.usefixtures("callbacks")
def test_a_carrier_answers_before_callbacks_run(dial: Dial) -> None:
    answered = threading.Event()
    done: Future[bool] = Future()
    dial.observe(lambda event: done.set_result(answered.wait(SECONDS)), "value")
    with deferred():
        dial.value = 1
        answered.set()
    assert done.result(SECONDS)


def test_closed_callbacks_run_nothing_and_their_thread_ends(dial: Dial) -> None:
    callbacks = Callbacks(dial.document, None)
    done = thread_of_next(dial)
    elsewhere(turn(dial, 1))
    thread = done.result(SECONDS)
    seen: list[Event] = []
    dial.observe(seen.append, "other")
    callbacks.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    dial.other = 1
    assert seen == []
    assert len(dial.document.observers.waiting) == 0


async def test_a_main_loop_that_is_closed_is_not_asked_again(dial: Dial) -> None:
    closed = asyncio.new_event_loop()
    closed.close()
    callbacks = Callbacks(dial.document, closed)
    done = thread_of_next(dial)
    elsewhere(turn(dial, 1))
    assert done.result(SECONDS).name == "syncline-callbacks"
    callbacks.close()


@pytest.mark.usefixtures("patient")
async def test_a_timer_is_called_on_the_main_thread_when_that_is_free(
    dial: Dial, beside: Callbacks
) -> None:
    seen: list[threading.Thread] = []
    timer = dial.document.add_periodic_callback(lambda: seen.append(threading.current_thread()), 1)
    async with asyncio.timeout(SECONDS):
        while len(seen) < 3:
            await asyncio.sleep(0.001)
    assert set(seen) == {threading.main_thread()}
    dial.document.remove_periodic_callback(timer)


async def test_a_timer_goes_on_beside_a_cell_that_runs(dial: Dial, beside: Callbacks) -> None:
    enough = threading.Event()
    seen: list[threading.Thread] = []

    def tick() -> None:
        seen.append(threading.current_thread())
        if len(seen) == 3:
            enough.set()

    dial.document.add_periodic_callback(tick, 1)
    # The main thread's loop does not turn meanwhile.
    assert enough.wait(SECONDS)
    assert threading.main_thread() not in seen
    assert {thread.name for thread in seen} == {"syncline-callbacks"}
    dial.document.close()


def test_a_document_that_is_withdrawn_keeps_no_time(dial: Dial) -> None:
    seen: list[int] = []
    made = Callbacks(dial.document, None)
    made.close()
    dial.document.add_timeout_callback(lambda: seen.append(1), 0)
    assert seen == []
    assert made._own is None


@pytest.fixture
async def alone(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> Callbacks:
    """Give callbacks in a process without threads, which are in the loop of the test."""
    made = Callbacks(dial.document, asyncio.get_running_loop(), alone=True)
    monkeypatch.setattr(threading.Thread, "start", None)
    return made


@pytest.mark.usefixtures("alone")
async def test_without_threads_the_loop_calls_what_a_message_caused(dial: Dial) -> None:
    seen: list[float] = []
    done = asyncio.Event()
    dial.observe(lambda event: seen.append(event.new), "value")
    dial.observe(lambda event: done.set(), "value", where="main")
    with deferred():
        dial.value = 1
    assert seen == []
    await asyncio.wait_for(done.wait(), SECONDS)
    assert seen == [1]


@pytest.mark.usefixtures("alone")
async def test_without_threads_an_async_callback_lets_others_run_while_it_waits(dial: Dial) -> None:
    stop, done = asyncio.Event(), asyncio.Event()

    async def run_until_stopped(event: Event) -> None:
        await stop.wait()
        done.set()

    dial.observe(run_until_stopped, "value")
    dial.observe(lambda event: stop.set(), "other")
    dial.value = 1
    dial.other = 1
    await asyncio.wait_for(done.wait(), SECONDS)


@pytest.mark.usefixtures("alone")
async def test_without_threads_the_loop_keeps_the_time(dial: Dial) -> None:
    seen: list[int] = []
    timer = dial.document.add_periodic_callback(lambda: seen.append(1), 1)
    async with asyncio.timeout(SECONDS):
        while len(seen) < 3:
            await asyncio.sleep(0.001)
    dial.document.remove_periodic_callback(timer)
