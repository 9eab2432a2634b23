"""Coroutines of callbacks: where they run, and seeing a step that blocks its loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from .watchdog import watchdog

Work = Coroutine[Any, Any, None]


class Steps(Coroutine[Any, Any, None]):
    """A coroutine under the watchdog's eyes: between its awaits it must not block the loop."""

    def __init__(self, work: Work, tell: Callable[[], None]) -> None:
        self.running: object | None = None
        self._work = work
        self._tell = tell

    def blocked(self, running: object) -> None:
        """Tell the author that a step takes long."""
        self._tell()

    def send(self, value: Any, /) -> Any:
        """Run the next step."""
        return self._step(self._work.send, value)

    def throw(self, *error: Any) -> Any:
        """Run the next step with an exception."""
        return self._step(self._work.throw, *error)

    def close(self) -> None:
        """End the coroutine where it stands."""
        self._work.close()

    def __await__(self) -> Any:
        return self._work.__await__()

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        self.running = object()
        watchdog.begin(self)
        try:
            return step(*args)
        finally:
            watchdog.end(self)
            self.running = None


def spawn(work: Work) -> None:
    """Run a coroutine on this thread's loop, or to its end where there is none."""
    # Importing asyncio takes longer than the rest of Syncline.
    import asyncio

    try:
        task = asyncio.get_running_loop().create_task(work)
    except RuntimeError:
        asyncio.run(work)
        return
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


_tasks: set[Any] = set()
