from __future__ import annotations

import asyncio
import threading

import pytest

from syncline.document.work import Work


def test_the_result_of_a_function_is_waited_for_in_a_thread() -> None:
    work: Work[int] = Work()
    threading.Thread(target=work.call, args=(lambda: 3,)).start()
    assert work.result(10) == 3


def test_what_a_function_raises_is_raised_where_it_is_waited_for() -> None:
    work: Work[int] = Work()
    assert work.call(lambda: int("x")) is None
    with pytest.raises(ValueError, match="x"):
        work.result(0)


async def test_the_result_is_awaited_in_a_loop() -> None:
    work: Work[int] = Work()
    threading.Thread(target=work.call, args=(lambda: 3,)).start()
    assert await work == 3


async def test_an_async_function_is_followed_to_its_end() -> None:
    async def later(n: int) -> int:
        await asyncio.sleep(0)
        return 6 // n

    for n, expected in ((2, 3), (0, ZeroDivisionError)):
        work: Work[int] = Work()
        rest = work.call(lambda: later(n))  # noqa: B023  called at once
        assert rest is not None
        await rest
        if expected == 3:
            assert await work == 3
        else:
            with pytest.raises(ZeroDivisionError):
                await work


async def test_an_async_function_that_is_cancelled_cancels_the_work() -> None:
    work: Work[None] = Work()
    rest = work.call(asyncio.Event().wait)  # type: ignore[arg-type]
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cancelled()


def test_work_that_was_cancelled_takes_no_result() -> None:
    work: Work[int] = Work()
    work.cancel()
    work.call(lambda: 3)
    assert work.cancelled()
