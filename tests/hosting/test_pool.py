"""A few threads for what would keep a loop waiting."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future

import pytest

from syncline.hosting.pool import Pool

SECONDS = 30.0


def test_jobs_run_side_by_side_up_to_the_bound() -> None:
    pool, go = Pool(2), threading.Event()
    began: list[Future[str]] = [Future() for _ in range(3)]

    def job(number: int) -> None:
        began[number].set_result(threading.current_thread().name)
        assert go.wait(SECONDS)

    for number in range(3):
        pool(lambda number=number: job(number))  # type: ignore[misc]
    assert [began[number].result(SECONDS) for number in range(2)] == ["syncline-pool"] * 2
    with pytest.raises(TimeoutError):
        began[2].result(0.05)
    go.set()
    began[2].result(SECONDS)


def test_a_free_thread_is_used_again() -> None:
    pool = Pool(32)
    threads: set[threading.Thread] = set()
    for _ in range(20):
        done: Future[threading.Thread] = Future()
        pool(lambda done=done: done.set_result(threading.current_thread()))  # type: ignore[misc]
        threads.add(done.result(SECONDS))
        # It is free a moment after its job is done.
        free = threading.Event()
        while not pool._free and not free.wait(0.001):
            pass
    assert len(threads) == 1
    assert next(iter(threads)).daemon


def test_a_job_that_fails_is_logged_and_the_thread_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool, done = Pool(1), threading.Event()

    def fail() -> None:
        raise KeyError("job")

    with caplog.at_level(logging.ERROR, "syncline.hosting"):
        pool(fail)
        pool(done.set)
        assert done.wait(SECONDS)
    assert "job" in caplog.text
