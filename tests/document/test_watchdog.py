"""A callback that blocks is seen, and one that does not costs nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time

import pytest

from syncline import Document, Event
from syncline.document import observers, steps
from syncline.document.watchdog import Blocked, Watchdog, watchdog
from tests.document.knobs import SECONDS, Knob


class Runner:
    """Something that is watched."""

    def __init__(self) -> None:
        self.running: object | None = None
        self.told: list[object] = []
        self.heard = threading.Event()

    def blocked(self, running: object) -> None:
        self.told.append(running)
        self.heard.set()


def test_what_runs_for_long_is_told_once() -> None:
    dog, runner = Watchdog(1.0), Runner()
    dog.begin(runner)
    runner.running = "long"
    for now in (0.0, 0.9):
        dog.look(now)
    assert runner.told == []
    for now in (1.0, 2.0, 3.0):
        dog.look(now)
    assert runner.told == ["long"]
    runner.running = "longer"
    for now in (3.5, 4.4):
        dog.look(now)
    assert runner.told == ["long"]
    dog.look(4.5)
    assert runner.told == ["long", "longer"]


def test_what_ends_and_begins_again_is_not_long() -> None:
    dog, runner = Watchdog(1.0), Runner()
    for now in (0.0, 0.5, 1.0, 1.5, 2.0):
        dog.begin(runner)
        runner.running = object()
        dog.look(now)
        runner.running = None
        dog.look(now + 0.2)
        dog.end(runner)
    assert runner.told == []


def test_a_report_that_fails_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Runner):
        def blocked(self, running: object) -> None:
            raise KeyError("no report")

    dog, failing, runner = Watchdog(1.0), Failing(), Runner()
    for watched in (failing, runner):
        watched.running = "long"
        dog.begin(watched)
    with caplog.at_level(logging.ERROR, "syncline"):
        dog.look(0.0)
        dog.look(1.0)
    assert runner.told == ["long"]
    assert "no report" in caplog.text


def test_the_thread_begins_with_the_first_and_sleeps_while_nothing_runs() -> None:
    dog, runner = Watchdog(0.01), Runner()
    before = threading.active_count()
    for _ in range(3):
        runner.running = object()
        dog.begin(runner)
        assert runner.heard.wait(SECONDS)
        runner.heard.clear()
        dog.end(runner)
        runner.running = None
        deadline = time.monotonic() + SECONDS
        while not dog._asleep and time.monotonic() < deadline:
            threading.Event().wait(0.001)
        assert dog._asleep
        assert dog._seen == {}, "it keeps no document alive"
    assert threading.active_count() == before + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_a_watchdog_of_its_own(document: Document, knob: Knob) -> None:
    knob.observe(lambda event: None, "value")
    knob.value = 1
    assert watchdog._thread is not None
    pid = os.fork()
    if pid == 0:
        fresh = vars(watchdog)
        os._exit(0 if fresh["_thread"] is None and fresh["_asleep"] else 1)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    """Give the documents of a test a watchdog that waits less long."""
    dog = Watchdog(0.02)
    monkeypatch.setattr(observers, "watchdog", dog)
    monkeypatch.setattr(steps, "watchdog", dog)
    return dog


@pytest.mark.usefixtures("quick")
def test_a_callback_that_blocks_is_reported_while_it_runs(document: Document, knob: Knob) -> None:
    reported, seen = threading.Event(), []

    def report(error: BaseException, where: str) -> None:
        seen.append((type(error), where, str(error)))
        reported.set()

    def block(event: Event) -> None:
        assert reported.wait(SECONDS)

    document.report = report
    knob.observe(block, "value")
    knob.value = 1
    ((kind, where, text),) = seen
    assert kind is Blocked
    assert where.endswith("block")
    assert "block has been running for 0.02 s" in text


@pytest.mark.usefixtures("quick")
async def test_an_async_callback_that_blocks_its_loop_is_reported(
    document: Document, knob: Knob
) -> None:
    reported, seen = threading.Event(), []
    done = asyncio.Event()

    def report(error: BaseException, where: str) -> None:
        seen.append((type(error), where))
        reported.set()

    async def block(event: Event) -> None:
        await asyncio.sleep(0.1)  # five times as long as is allowed
        assert seen == [], "to wait is not to block"
        assert reported.wait(SECONDS)
        done.set()

    document.report = report
    knob.observe(block, "value")
    knob.value = 1
    await asyncio.wait_for(done.wait(), SECONDS)
    ((kind, where),) = seen
    assert kind is Blocked
    assert where.endswith("block")


def test_a_blocked_callback_is_a_warning_in_the_log(
    document: Document, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "syncline"):
        document.report(Blocked("callback f has been running"), "f")
    ((_, level, text),) = caplog.record_tuples
    assert (level, text) == (logging.WARNING, "callback f has been running")
