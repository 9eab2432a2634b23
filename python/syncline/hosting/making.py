"""Something that takes a while to make: made once, for all who ask for it meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from syncline.hosting.errors import Stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Making(Generic[T]):
    """What is being made, and how many wait for it; what nobody gets is given to `discard`."""

    def __init__(self, make: Coroutine[Any, Any, T], discard: Callable[[T], object]) -> None:
        self.task: asyncio.Task[T] = asyncio.ensure_future(make)
        self._discard = discard
        self._waiting = 0
        self._taken = False

    async def wait(self) -> T:
        """Return what is made; to be cancelled here does not stop it for others.

        Raises Stopping when the making itself was cancelled.
        """
        self._waiting += 1
        try:
            made = await asyncio.shield(self.task)
        except asyncio.CancelledError:
            self.task.add_done_callback(self._drop)
            if self.task.cancelled():
                raise Stopping("the server is stopping") from None
            raise
        else:
            self._taken = True
            return made
        finally:
            self._waiting -= 1

    async def cancel(self) -> None:
        """Make it no more, and wait until that has ended."""
        self.task.cancel()
        await asyncio.wait([self.task])

    def _drop(self, task: asyncio.Task[T]) -> None:
        unwanted = not (self._waiting or self._taken)
        if unwanted and not task.cancelled() and task.exception() is None:
            self._discard(task.result())
