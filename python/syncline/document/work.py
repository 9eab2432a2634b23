"""Work that was begun for a document: awaited in a loop, waited for in a thread."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Work(Future[T], Generic[T]):
    """A future of `concurrent.futures` that a coroutine can await as well.

    `report` is given an error that nobody waits for.
    """

    def __init__(self, report: Callable[[BaseException], object] | None = None) -> None:
        super().__init__()
        self._report = report

    def __await__(self) -> Generator[Any, None, T]:
        # Importing asyncio takes longer than the rest of Syncline.
        import asyncio

        return asyncio.wrap_future(self).__await__()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result and return it, or raise what the work raised."""
        self._report = None
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return what the work raised."""
        self._report = None
        return super().exception(timeout)

    def add_done_callback(self, fn: Callable[[Future[T]], object]) -> None:
        """Call `fn(self)` at the end."""
        self._report = None
        super().add_done_callback(fn)

    def when_done(self, fn: Callable[[], object]) -> None:
        """Call `fn()` at the end, without waiting for an error."""
        super().add_done_callback(lambda _: fn())

    def call(self, fn: Callable[[], T | Awaitable[T]]) -> Coroutine[Any, Any, None] | None:
        """Call `fn` and keep what it comes to; return what is left to await, if it is async."""
        if self.cancelled():
            return None
        try:
            result = fn()
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self._fail(error)
            return None
        if inspect.isawaitable(result):
            return self._follow(result)
        self._finish(result)
        return None

    def follow(self, future: Future[T]) -> None:
        """Come to what an executor's future comes to; cancelled, cancel that."""
        self.when_done(lambda: future.cancel() if self.cancelled() else None)
        future.add_done_callback(self._take)

    def _take(self, future: Future[T]) -> None:
        try:
            result = future.result(0)
        except CancelledError:
            self.cancel()
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self._fail(error)
        else:
            self._finish(result)

    async def _follow(self, awaited: Awaitable[T]) -> None:
        import asyncio

        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(awaited)
        self.when_done(lambda: _cancel(loop, task) if self.cancelled() else None)
        try:
            result = await task
        except Exception as error:  # noqa: BLE001  told to whoever waits
            self._fail(error)
        except BaseException:
            self.cancel()
            raise
        else:
            self._finish(result)

    def _finish(self, result: T) -> None:
        # It may have been cancelled meanwhile.
        with suppress(InvalidStateError):
            self.set_result(result)

    def _fail(self, error: BaseException) -> None:
        report = self._report
        with suppress(InvalidStateError):
            self.set_exception(error)
            if report is not None:
                report(error)


def _cancel(loop: Any, task: Any) -> None:
    # The loop may have ended, and its tasks with it.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(task.cancel)
