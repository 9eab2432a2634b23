"""The live sessions of one server: one document each, kept for a while after its last viewer."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from syncline.apps import ApplicationContext, AppLoadError, SessionContext
from syncline.hosting.callbacks import SessionCallbacks
from syncline.hosting.errors import TooManySessions
from syncline.hosting.kernels import KernelSource, OwnKernels
from syncline.hosting.run import KernelRun
from syncline.hosting.tokens import new_session_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syncline.document import Document

_log = logging.getLogger("syncline.hosting")

SESSION_TTL = 15 * 60.0
"""Seconds a session outlives its last viewer."""
UNSEEN_TTL = 60.0
"""Seconds a session waits for its first viewer: crawlers and probes never come back."""
MOST_SESSIONS = 1000


class LiveSession:
    """One session: its document, who looks at it, and its kernel when it has one."""

    def __init__(
        self, context: SessionContext, doc: Document, run: KernelRun | None, now: float
    ) -> None:
        self.context = context
        self.document = doc
        self.callbacks = SessionCallbacks(doc)
        self.run = run
        self.viewers = 0
        self.seen = False
        """Somebody has looked at it."""
        self.last_seen = now

    @property
    def id(self) -> str:
        """The public name of the session."""
        return self.context.id

    @property
    def app(self) -> str:
        """The name of its application."""
        return self.context.application.name

    @property
    def failed(self) -> bool:
        """Its notebook stopped at an error."""
        return self.run is not None and self.run.error_id is not None

    async def close(self) -> None:
        """End the kernel and the document."""
        if self.run is not None:
            await self.run.close()
        self.callbacks.close()
        self.context.application.application.close_document(self.document)


class Sessions:
    """Makes, finds and expires the sessions of all applications of one server."""

    def __init__(
        self,
        kernels: KernelSource | None = None,
        ttl: float = SESSION_TTL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ttl = ttl
        self._kernels = kernels or OwnKernels()
        self._clock = clock
        self._live: dict[str, LiveSession] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[LiveSession]:
        return iter(tuple(self._live.values()))

    def get(self, session_id: str | None, app: str) -> LiveSession | None:
        """Return a live session of an application."""
        session = self._live.get(session_id or "")
        return session if session is not None and session.app == app else None

    def create(
        self,
        application: ApplicationContext,
        user: str | None = None,
        arguments: Mapping[str, tuple[str, ...]] | None = None,
    ) -> LiveSession:
        """Make a session; raise `AppLoadError` when the application's code raises.

        A notebook's session is there at once and fills while its kernel runs. Call it in the loop.
        """
        if len(self._live) >= MOST_SESSIONS:
            raise TooManySessions(f"there are {MOST_SESSIONS} sessions already")
        context = SessionContext(new_session_id(), application, user, arguments or {})
        session = self._load(context)
        self._live[session.id] = session
        return session

    @contextmanager
    def viewing(self, session: LiveSession) -> Iterator[None]:
        """Keep a session alive while somebody looks at it."""
        session.viewers += 1
        session.seen = True
        try:
            yield
        finally:
            session.viewers -= 1
            session.last_seen = self._clock()

    def touch(self, session: LiveSession) -> None:
        """Start the session's time over: its page was asked for again."""
        session.last_seen = self._clock()

    def expire(self) -> None:
        """Begin to end the sessions that nobody has looked at for their time."""
        now = self._clock()
        for session in self:
            ttl = self.ttl if session.seen else min(UNSEEN_TTL, self.ttl)
            if not session.viewers and now - session.last_seen > ttl:
                self.discard(session)

    def discard(self, session: LiveSession) -> None:
        """Forget a session now and end it beside the loop's other work."""
        if self._live.pop(session.id, None) is not None:
            task = asyncio.ensure_future(_closed(session))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def keep(self) -> None:
        """Expire sessions for ever; a front runs this as a task."""
        while True:
            await asyncio.sleep(min(self.ttl / 4, UNSEEN_TTL / 4))
            self.expire()

    async def close(self) -> None:
        """End all sessions and their kernels."""
        for session in self:
            self.discard(session)
        while self._closing:
            await asyncio.wait(self._closing)

    def _load(self, context: SessionContext) -> LiveSession:
        application = context.application.application
        program = application.program()
        doc = application.create_document(context)
        run = None
        if program is not None:
            doc.title = application.title_of(program)
            run = KernelRun(program, doc, self._kernels)
        return LiveSession(context, doc, run, self._clock())


def log_load_error(app: str, error: AppLoadError) -> None:
    """Write down for the author what the viewer is not shown."""
    _log.error("%s: error %s: %s\n%s", app, error.error_id, error, error.traceback)


async def _closed(session: LiveSession) -> None:
    with suppress(asyncio.CancelledError):
        try:
            await session.close()
        except Exception:  # noqa: BLE001 - logged
            _log.exception("ending a session of %s", session.app)
