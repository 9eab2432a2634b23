"""The observers of a document: who is told of a commit, one at a time and in order."""

from __future__ import annotations

import inspect
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from syncline.core.apply import Undo
from syncline.core.ops import Msg, Set, touches
from syncline.core.values import equal
from syncline.model.event import Event

from .current import current

if TYPE_CHECKING:
    from syncline.model.model import Observer
    from syncline.sync.log import Entry

    from .document import Document

logger = logging.getLogger("syncline")
INSIDE = object()
"""Stands for the value before an edit inside a list or dict."""


class Observers:
    """The queue of observers that wait for their turn."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._events: deque[tuple[Observer, Event]] = deque()
        self._running = False

    def committed(self, entry: Entry, undo: list[Undo], user: str | None) -> None:
        """Queue those who are to hear of a commit; called under the lock."""
        changed: dict[tuple[str, str], Event] = {}
        for op, inverse in zip(entry.ops, undo, strict=True):
            model = self._document.state.models.get(touches(op) or "")
            if model is None:
                continue
            if isinstance(op, Msg):
                if entry.by != "py":
                    event = Event(model, op.name, data=op.data, origin=entry.by, user=user)
                    self._events.extend((fn, event) for fn in model.handlers(op.name))
            elif hasattr(op, "p") and model._observers:
                name = str(op.p[0])
                if (model.id, name) not in changed:
                    event = Event(model, name, _before(op, inverse), origin=entry.by, user=user)
                    changed[model.id, name] = event
        for event in changed.values():
            self._changed(event)

    def _changed(self, event: Event) -> None:
        """Queue the one event of a property in a transaction: from the first value to the last."""
        event.new = event.model._values.get(event.name)
        if event.old is INSIDE:
            event.old = None
        elif equal(event.old, event.new):
            return
        self._events.extend((fn, event) for fn in event.model.observers(event.name))

    def settled(self) -> None:
        """Let the waiting observers run, where the document says."""
        if self._events and not self._running:
            self._document.dispatch(self.run)

    def run(self) -> None:
        """Call the waiting observers; what another thread is already calling is left to it."""
        with self._document.engine.lock:
            if self._running:
                return
            self._running = True
        token = current.set(self._document)
        try:
            while (waiting := self._next()) is not None:
                self._call(*waiting)
        except BaseException:
            # An interrupt must not silence the observers for good.
            self._running = False
            raise
        finally:
            current.reset(token)

    def _next(self) -> tuple[Observer, Event] | None:
        with self._document.engine.lock:
            if self._events:
                return self._events.popleft()
            self._running = False
            return None

    def _call(self, fn: Observer, event: Event) -> None:
        try:
            result = fn(event)
            if result is not None and inspect.isawaitable(result):
                self._document.spawn(self._awaited(result, fn))
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            self._document.report(error, _name(fn))

    async def _awaited(self, result: Any, fn: Observer) -> None:
        try:
            await result
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            self._document.report(error, _name(fn))


def _before(op: Any, undo: Undo) -> Any:
    """Return a property's value before an operation, or INSIDE where only a part changed."""
    return undo[0].v if len(op.p) == 1 and undo and isinstance(undo[0], Set) else INSIDE


def _name(fn: object) -> str:
    return getattr(fn, "__qualname__", repr(fn))


def log_error(error: BaseException, where: str) -> None:
    """Tell the log of an error in an observer."""
    logger.error("an observer failed: %s", where, exc_info=error)


def spawn(coroutine: Any) -> None:
    """Run a coroutine on this thread's loop, or to its end where there is none."""
    # Importing asyncio takes longer than the rest of Syncline.
    import asyncio

    try:
        task = asyncio.get_running_loop().create_task(coroutine)
    except RuntimeError:
        asyncio.run(coroutine)
        return
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


_tasks: set[Any] = set()
