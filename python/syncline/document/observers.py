"""The observers of a document: who is told of a commit, one at a time and in order.

Nobody ever waits for the turn: whoever finds it taken leaves its calls to the one who has it. So a
callback may start a thread, edit from it and join it. No lock is held while a callback runs.
"""

from __future__ import annotations

import functools
import inspect
import logging
import math
from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import get_ident
from time import monotonic
from typing import TYPE_CHECKING, Any

from syncline.core.apply import Undo
from syncline.core.ops import ADDRESSED, Msg, Set
from syncline.core.values import equal
from syncline.model.event import Event, changed_rows
from syncline.model.observer import Observer

from .current import current
from .names import name_of
from .steps import Steps
from .tally import NOBODYS
from .waiting import Call, Waiting
from .watchdog import Blocked, watchdog

if TYPE_CHECKING:
    from syncline.core.ops import Op
    from syncline.model.model import Model
    from syncline.model.observer import Where

    from .document import Document

logger = logging.getLogger("syncline")
INSIDE = object()
"""Stands for the value before an edit inside a list or dict."""
MOST_WAITING = 10_000
SLOW_SECONDS = 0.02
"""A callback that once took longer keeps no loop that serves others any more."""


class Observers:
    """Those who are to hear of the changes of one document, and whose turn it is."""

    def __init__(self, document: Document) -> None:
        self.waiting = Waiting()
        self.running: Call | None = None
        self.tally = NOBODYS
        self.around: Callable[[Callable[[Any], Any], Event | None], Any] | None = None
        """Calls an observer with its event, where there is something to do besides."""
        self._document = document
        self._soon: list[Observer] = []
        # The thread that has the turn, and who waits, or has waited in vain, for its end.
        self._runner: int | None = None
        self._watcher: Flag | None = None

    # What happened

    def changed(
        self,
        ops: Sequence[Op],
        undo: Sequence[Undo],
        origin: str,
        user: str | None = None,
        *,
        volatile: bool = False,
    ) -> None:
        """Queue those who are to hear of operations that were done, with what undoes them.

        Called under the document's lock.
        """
        # A property's key is the property, a message's its place.
        events: dict[object, Event] = {}
        models = self._document.state.models
        op: Any
        for at, op in enumerate(ops):
            kind = type(op)
            if kind in ADDRESSED:
                model = models.get(op.m)
                if model is not None and model._observers:
                    _note(events, model, op, undo[at], origin, user)
            elif kind is Msg and origin != "py":
                model = models.get(op.m)
                if model is not None and model._handlers:
                    event = Event(model, op.name, data=op.data, origin=origin, user=user)
                    events[len(events)] = event
        if events:
            self.queue(events, volatile=volatile)

    def queue(self, events: dict[object, Event], *, volatile: bool = False) -> None:
        """Queue those who are to hear of events: messages by number, changes by anything else.

        Of `volatile` messages only the latest is worth a call (SPEC 5.8).
        """
        waiting = self.waiting
        put_message = waiting.put if volatile else waiting.put_alone
        with waiting.lock:
            for key, event in events.items():
                if isinstance(key, int):
                    for handler in event.model.handlers(event.name):
                        put_message(handler, event)
                elif _complete(event):
                    for observer in event.model.observers(event.name):
                        waiting.put(observer, event)

    def renew(self, model: Model, name: str, value: Any) -> None:
        """Let those who wait to hear of a property be told this object of the same value."""
        with self.waiting.lock:
            self.waiting.renew(model, name, value)

    def soon(self, fn: Callable[[], Any], where: Where | None) -> None:
        """Queue a function without arguments behind all that waits, once it is settled."""
        self._soon.append(Observer(_alone(fn), {""}, where=where))

    def queue_alone(self, observer: Observer) -> None:
        """Queue an observer that is told nothing behind all that waits, and let it run."""
        self._soon.append(observer)
        self.settled()

    def settled(self) -> None:
        """Let what waits run, where the document says; whoever lets the lock go calls it."""
        if not (len(self.waiting) or self._soon) or self._lock_is_held():
            return
        if self._soon:
            with self.waiting.lock:
                while self._soon:
                    self.waiting.put_alone(self._soon.pop(0))
        if self._runner is None:
            self._document.dispatch()

    def _lock_is_held(self) -> bool:
        """Tell whether this thread holds the lock: what a callback waits for might need it."""
        lock: Any = self._document.engine.lock
        # As `threading.Condition` asks.
        return bool(lock._is_owned())

    # Whose turn it is

    def is_behind(self) -> bool:
        """Tell whether so much waits that clients had better wait, too."""
        return len(self.waiting) >= MOST_WAITING

    def next(self, main: bool = True) -> Call | None:
        """Return the call that nobody is about to make, on the main thread or on another."""
        with self.waiting.lock:
            return self.waiting.first(main) if self._runner is None else None

    @property
    def is_busy(self) -> bool:
        """Whether a call waits or is made."""
        return len(self.waiting) > 0 or self.running is not None

    def wait(self, seconds: float) -> None:
        """Wait a moment at most until no call waits or is made; once only for one that is slow."""
        with self.waiting.lock:
            idle = self._runner is None and not len(self.waiting)
            if idle or self._watcher is not None:
                return
            self._watcher = done = Flag()
        done.wait(seconds)

    def forget(self) -> None:
        """Make none of the calls that wait."""
        with self.waiting.lock:
            self.waiting.clear()

    def run(
        self,
        *,
        main: bool = True,
        upto: float = math.inf,
        seconds: float = 0.0,
        may: Callable[[Call], bool] | None = None,
    ) -> None:
        """Make the calls that wait, unless another thread is at it.

        `main` says that this is the main thread. It ends at a call which `may` not run here, and
        after `seconds` at the first whose number is greater than `upto`.
        """
        if not self._take_turn():
            return
        token = current.set(self._document)
        try:
            now = monotonic()
            end = now + seconds
            while (call := self._take(main, upto if now > end else math.inf, may)) is not None:
                self._call(call)
                began, now = now, monotonic()
                if now - began > SLOW_SECONDS:
                    call.observer.was_slow(now - began)
                    self.tally.add_slow()
        except BaseException:
            # An interrupt must not take the turn with it.
            with self.waiting.lock:
                self._leave()
            raise
        finally:
            current.reset(token)

    def _take_turn(self) -> bool:
        with self.waiting.lock:
            if self._runner is not None:
                return False
            self._runner = get_ident()
        watchdog.begin(self)
        return True

    def _take(self, main: bool, upto: float, may: Callable[[Call], bool] | None) -> Call | None:
        """Return the next call, or give up the turn: both at once, so that none is forgotten."""
        with self.waiting.lock:
            self.running = call = self.waiting.take(main, upto, may)
            if call is None:
                self._leave()
            return call

    def _leave(self) -> None:
        watchdog.end(self)
        self._runner = self.running = None
        if self._watcher is not None:
            self._watcher.set()
            self._watcher = None

    def blocked(self, running: object) -> None:
        """Tell the author that a callback takes long."""
        assert isinstance(running, Call)
        self._tell_blocked(running.observer)

    def _tell_blocked(self, observer: Observer) -> None:
        name = name_of(observer.fn)
        text = f"callback {name} has been running for {watchdog.seconds:g} s: others wait for it"
        self._document.report(Blocked(text), name)

    # One call

    def _call(self, call: Call) -> None:
        observer = call.observer
        if call.name not in observer.names and "*" not in observer.names:
            # It was taken off meanwhile.
            return
        try:
            around = self.around
            fn, event = observer.fn, call.event
            result = fn(event) if around is None else around(fn, event)  # type: ignore[arg-type]
            if result is not None and inspect.isawaitable(result):
                self._spawn(result, observer)
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it raises is its author's
            self._failed(error, observer)

    def _failed(self, error: BaseException, observer: Observer) -> None:
        self.tally.add_failed()
        self._document.report(error, name_of(observer.fn))

    def _spawn(self, result: Any, observer: Observer) -> None:
        """Run an async callback beside the others, but never beside itself."""
        observer.awaited = []
        work = self._awaited(result, observer)
        self._document.spawn(Steps(work, lambda: self._tell_blocked(observer)))

    async def _awaited(self, result: Any, observer: Observer) -> None:
        try:
            await result
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            self._failed(error, observer)
        finally:
            with self.waiting.lock:
                parked, observer.awaited = observer.awaited or (), None
                self.waiting.put_back(parked)
            self.settled()


def _note(
    events: dict[object, Event],
    model: Model,
    op: Any,
    inverse: Undo,
    origin: str,
    user: str | None,
) -> None:
    """Make one event of all changes of a property in a transaction."""
    key = model.id, str(op.p[0])
    event = Event(
        model, key[1], _before(op, inverse), rows=changed_rows(op), origin=origin, user=user
    )
    known = events.get(key)
    events[key] = event if known is None else known.then(event)


def _before(op: Any, undo: Undo) -> Any:
    """Return a property's value before an operation, or INSIDE where only a part changed."""
    return undo[0].v if len(op.p) == 1 and undo and isinstance(undo[0], Set) else INSIDE


def _complete(event: Event) -> bool:
    """Fill in the value at the end of the transaction; tell whether it is another."""
    event.new = event.model._values.get(event.name)
    if event.old is INSIDE:
        event.old = None
        return True
    return not equal(event.old, event.new)


def _alone(fn: Callable[[], Any]) -> Callable[[Event], Any]:
    @functools.wraps(fn)
    def call(event: Event) -> Any:
        return fn()

    return call


def log_error(error: BaseException, where: str) -> None:
    """Tell the log of an error in a callback, or of a callback that blocks."""
    if isinstance(error, Blocked):
        logger.warning("%s", error)
    else:
        logger.error("callback %s failed", where, exc_info=error)
