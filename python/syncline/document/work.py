"""Work that was begun for a document: awaited in a loop, waited for in a thread."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Work(Future[T], Generic[T]):
    """A future of `concurrent.futures` that a coroutine can await as well."""

    def __await__(self) -> Generator[Any, None, T]:
        # Importing asyncio takes longer than the rest of Syncline.
        import asyncio

        return asyncio.wrap_future(self).__await__()

    def call(self, fn: Callable[[], T | Awaitable[T]]) -> Coroutine[Any, Any, None] | None:
        """Call `fn` and keep what it comes to; return what is left to await, if it is async."""
        try:
            result = fn()
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            self._fail(error)
            return None
        if inspect.isawaitable(result):
            return self._follow(result)
        self._finish(result)
        return None

    async def _follow(self, awaited: Awaitable[T]) -> None:
        try:
            result = await awaited
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
        with suppress(InvalidStateError):
            self.set_exception(error)
