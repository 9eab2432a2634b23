"""Several processes behind the same sockets: started by one, which starts anew whichever dies.

They are forked before anything else has begun: there is no loop, no thread and no store yet. Each
queue of connections (`hosting.procs`) outlives the process that it belongs to.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncline.hosting.procs import Boxes, Procs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK_SECONDS = 2.0
"""A process that has lived no longer than this is started anew only after a pause."""
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 0.2
_ENDS = {signal.SIGINT, signal.SIGTERM}
_SIGNALS = {signal.SIGCHLD, *_ENDS}

_log = logging.getLogger("syncline.server")


@dataclass(frozen=True)
class Part:
    """What one of the processes is told."""

    procs: Procs
    lifeline: int
    """A descriptor that can be read once the supervisor is gone."""
    first: bool
    """Whether it is the first of all: it speaks for them."""
    ready: Callable[[], None]
    """To be called when visitors may come."""

    def when_alone(self, end: Callable[[], object]) -> None:
        """Call `end`, in the loop, once the supervisor is gone."""
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(self.lifeline)
            end()

        loop.add_reader(self.lifeline, gone)


class Supervisor:
    """Keeps so many processes at `work`, which returns their exit status; on POSIX alone.

    `failed` says what status an error of it comes to.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Part], int],
        failed: Callable[[BaseException], int] | None = None,
    ) -> None:
        self._count = count
        self._work = work
        self._failed = failed or _log_error
        self._boxes = Boxes.of(count)
        self._lifeline, self._end = os.pipe()
        self._born: dict[int, tuple[int, float]] = {}
        """By number of the process: which of them it is, and since when."""
        self._asked = 0

    def run(self) -> int:
        """Return when all have ended, which they do when this process is asked to.

        Where the first one ends before it is ready, that is the end, and its status.
        """
        try:
            with _blocked(_SIGNALS):
                return self._run()
        finally:
            self._boxes.close()
            os.close(self._lifeline)
            os.close(self._end)

    def _run(self) -> int:
        if (status := self._begin()) is not None:
            return status
        for index in range(1, self._count):
            self._fork(index)
        while self._born:
            self._hear(signal.sigwait(_SIGNALS))
        return 0

    def _begin(self) -> int | None:
        """Start the first one, and return its status where it ends before it is ready."""
        ready, told = os.pipe()
        self._fork(0, told)
        os.close(told)
        (pid,) = self._born
        asked: set[int] = set()
        with os.fdopen(ready, "rb") as file:
            while not select.select([file], [], [], LOOK_SECONDS)[0]:
                if asked := signal.sigpending() & _ENDS:
                    os.kill(pid, signal.SIGTERM)
                    break
            if file.read(1):
                return None
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        # Whether it had come to handle the signal that it was passed makes no difference.
        if asked:
            return 128 + min(asked)
        return status if status >= 0 else 128 - status

    def _hear(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._bury()
            return
        self._asked += 1
        for pid in self._born:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if self._asked == 1 else signal.SIGKILL)

    def _bury(self) -> None:
        for pid in tuple(self._born):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done != pid:
                continue
            index, since = self._born.pop(pid)
            if self._asked:
                continue
            how = os.waitstatus_to_exitcode(status)
            _log.error("process %d has ended (%d): it is started anew", index, how)
            quick = time.monotonic() - since < QUICK_SECONDS
            self._fork(index, pause=PAUSE_SECONDS if quick else 0.0)

    def _fork(self, index: int, told: int | None = None, pause: float = 0.0) -> None:
        _flush()
        pid = os.fork()
        if pid:
            self._born[pid] = (index, time.monotonic() + pause)
            return
        status = 1
        try:
            status = self._live(index, told, pause)
        except BaseException as error:  # noqa: BLE001  the end of a process
            status = self._failed(error)
        finally:
            # Nothing of what the supervisor is in the middle of is this process's.
            _flush()
            os._exit(status)

    def _live(self, index: int, told: int | None, pause: float) -> int:
        # A terminal's Ctrl-C is for the supervisor, who passes it on.
        os.setpgid(0, 0)
        os.close(self._end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        time.sleep(pause)

        def ready() -> None:
            if told is not None:
                os.write(told, b".")
                os.close(told)

        procs = Procs(index, self._boxes)
        return self._work(Part(procs, self._lifeline, told is not None, ready))


def _log_error(error: BaseException) -> int:
    _log.error("a process could not go on", exc_info=error)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


@contextmanager
def _blocked(signals: set[signal.Signals]) -> Iterator[None]:
    """Let signals wait until they are asked for."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
