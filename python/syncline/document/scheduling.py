"""What a document does later, or beside its callbacks; the names of timers are Bokeh's."""

from __future__ import annotations

import contextvars
import functools
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, cast

from . import threads
from .current import curdoc, set_curdoc
from .names import name_of
from .timers import Later, Timer, call_later
from .work import Work

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .document import Document

P = ParamSpec("P")


class Scheduling:
    """The timers and the work of a document; both end with it."""

    report: Callable[[BaseException, str], None]
    spawn: Callable[[Any], None]
    # Most documents have none: `_made` makes them with the first.
    _timers: dict[Timer, None] | None = None
    _work: dict[Work[Any], None] | None = None

    def __init__(self) -> None:
        self.later: Later = call_later
        """Calls a function after a while."""
        self.elsewhere: Callable[[Callable[[], object]], None] = _beside
        """Runs a job beside whatever runs; without threads, soon."""
        self.closed = False
        """Whether nothing is scheduled any more."""

    @property
    def timers(self) -> tuple[Timer, ...]:
        """The timers that will call something, in the order they were added."""
        return tuple(self._timers or ())

    @property
    def work(self) -> tuple[Work[Any], ...]:
        """What was submitted and has not ended."""
        return tuple(self._work or ())

    def forget(self, timer: Timer) -> None:
        """Keep a timer no more: it has made its call."""
        if self._timers is not None:
            self._timers.pop(timer, None)

    def add_next_tick_callback(self, fn: Callable[[], Any]) -> Timer:
        """Call `fn()` once, soon, when what runs now has ended; it may be async."""
        return self._timer(fn, 0.0, repeats=False)

    def add_timeout_callback(self, fn: Callable[[], Any], timeout_milliseconds: float) -> Timer:
        """Call `fn()` once, after a while, in its turn as other callbacks; it may be async."""
        return self._timer(fn, timeout_milliseconds / 1000, repeats=False)

    def add_periodic_callback(self, fn: Callable[[], Any], period_milliseconds: float) -> Timer:
        """Call `fn()` again and again, in its turn as other callbacks; it may be async.

        It never overlaps itself: one that takes longer than its period is called less often.
        """
        if not period_milliseconds > 0:
            raise ValueError(f"expected more than 0 ms, got {period_milliseconds}")
        return self._timer(fn, period_milliseconds / 1000, repeats=True)

    def remove_next_tick_callback(self, timer: Timer) -> None:
        """Prevent a call; raise ValueError when it was made or removed already."""
        self._remove(timer)

    def remove_timeout_callback(self, timer: Timer) -> None:
        """Prevent a call; raise ValueError when it was made or removed already."""
        self._remove(timer)

    def remove_periodic_callback(self, timer: Timer) -> None:
        """End the calls; raise ValueError when they were ended already."""
        self._remove(timer)

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        executor: Executor | None = None,
        **options: Any,
    ) -> Work[Any]:
        """Run `fn(*args, **options)` beside the callbacks; return a future of its result.

        On a thread, in Pyodide in the loop, or with the `executor`; an async `fn` in the loop. It
        may change the document from there, other processes excepted. The future is awaited in a
        loop or waited for in a thread; it is cancelled when the document ends. An error is
        reported unless somebody waits.
        """
        call = functools.partial(fn, *args, **options)
        work = self.begin_work(lambda error: self.report(error, name_of(fn)))
        if work.cancelled():
            return work
        with set_curdoc(cast("Document", self)):
            context = contextvars.copy_context()
        if inspect.iscoroutinefunction(fn):
            context.run(lambda: self.spawn(work.call(call)))
        elif executor is None:
            self.elsewhere(functools.partial(context.run, work.call, call))
        else:
            work.follow(_submitted(executor, call, context))
        return work

    def begin_work(self, report: Callable[[BaseException], object] | None = None) -> Work[Any]:
        """Return work that is cancelled when the document ends."""
        work: Work[Any] = Work(report)
        if self.closed:
            work.cancel()
            return work
        kept = self._made("_work")
        kept[work] = None
        work.when_done(lambda: kept.pop(work, None))
        return work

    def end_scheduled(self) -> None:
        """Stop the timers and cancel what was submitted."""
        for timer in self.timers:
            self.forget(timer)
            timer.stop()
        for work in self.work:
            work.cancel()

    def end_for_good(self) -> None:
        """Do so, and schedule nothing any more."""
        self.closed = True
        self.end_scheduled()

    def _timer(self, fn: Callable[[], Any], seconds: float, *, repeats: bool) -> Timer:
        if not seconds >= 0:
            raise ValueError(f"expected 0 ms or more, got {seconds * 1000:g}")
        timer = Timer(cast("Document", self), fn, seconds, repeats=repeats)
        if self.closed:
            timer.stop()
        else:
            self._made("_timers")[timer] = None
            timer.start()
        return timer

    def _made(self, name: str) -> dict[Any, None]:
        # In one step: another thread may be at it.
        kept: dict[Any, None] = vars(self).setdefault(name, {})
        return kept

    def _remove(self, timer: Timer) -> None:
        if timer not in (self._timers or ()):
            raise ValueError("this callback was called already, or removed, or is another's")
        self.forget(timer)
        timer.stop()


def without_document_lock(fn: Callable[P, Any]) -> Callable[P, None]:
    """Let a callback run beside the others, and beside itself, instead of in its turn.

    A sync one runs on a thread, an async one in the loop. What raises is reported.
    """

    @functools.wraps(fn)
    def call(*args: P.args, **options: P.kwargs) -> None:
        curdoc().submit(functools.partial(fn, *args, **options))

    return call


def _beside(job: Callable[[], object]) -> None:
    if threads.available:
        threading.Thread(target=job, name="syncline-work", daemon=True).start()
    else:
        call_later(0.0, job)


def _submitted(executor: Executor, call: Callable[[], Any], context: contextvars.Context) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    # A context does not go to another process.
    inside = isinstance(executor, ThreadPoolExecutor)
    return executor.submit(context.run, call) if inside else executor.submit(call)
