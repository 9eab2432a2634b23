"""The live sessions of one server: one document each, kept for a while after its last viewer."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from syncline.apps import ApplicationContext, AppLoadError, SessionContext
from syncline.document import Document
from syncline.hosting.callbacks import SessionCallbacks
from syncline.hosting.errors import Stopping, TooManySessions
from syncline.hosting.kernels import KernelSource, OwnKernels
from syncline.hosting.lifecycle import call_each, load, log_load_error, unload
from syncline.hosting.making import Making
from syncline.hosting.pool import pool
from syncline.hosting.run import KernelRun
from syncline.hosting.tokens import new_session_id

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from syncline.apps import Application, Program, Request

_log = logging.getLogger("syncline.hosting")

SESSION_TTL = 15 * 60.0
"""Seconds a session outlives its last viewer."""
UNSEEN_TTL = 60.0
"""Seconds a session waits for its first viewer: crawlers and probes never come back."""
MOST_SESSIONS = 1000
SLOW_SECONDS = 10.0
"""After this time the author is told that a script holds up those of other apps."""


class ServerSession:
    """One session: its document, who looks at it, and its kernel when it has one."""

    def __init__(self, context: SessionContext, doc: Document, now: float) -> None:
        self.context = context
        self.document = doc
        self.callbacks = SessionCallbacks(doc)
        self.run: KernelRun | None = None
        self._hooked = False
        self.viewers = 0
        self.seen = False
        """Somebody has looked at it."""
        self.last_seen = self.born = now

    @property
    def id(self) -> str:
        """The public name of the session."""
        return self.context.id

    @property
    def app(self) -> str:
        """The name of its application."""
        return self.context.application_context.name

    @property
    def application(self) -> Application:
        """What made it."""
        return self.context.application_context.application

    @property
    def failed(self) -> bool:
        """Its notebook stopped at an error."""
        return self.run is not None and self.run.error_id is not None

    async def announce(self) -> None:
        """Call what is to be called for a new session, before its document is filled."""
        self._hooked = True
        await call_each(self.app, self.application.hooks("on_session_created"), self.context)

    def load(self) -> Program | None:
        """Run the application's code, on any thread; return what remains for a kernel."""
        program = self.application.program()
        self.application.initialize_document(self.document)
        if program is not None:
            self.document.title = self.application.title_of(program)
        return program

    def begin(self, program: Program | None, kernels: KernelSource, now: float) -> None:
        """Go live, in the loop: callbacks run where they will, a kernel starts."""
        self.last_seen = now
        self.callbacks.start()
        if program is not None:
            self.run = KernelRun(program, self.document, kernels)
        self.context.application_context.add(self.context)

    async def close(self) -> None:
        """Call what is to be called for a session that ends; end the kernel and the document."""
        self.context.destroyed = True
        self.document.end_scheduled()
        self.context.application_context.remove(self.context)
        try:
            if self._hooked:
                await self._call_destroyed()
        finally:
            await self._end()

    async def _call_destroyed(self) -> None:
        own = self.document.session_destroyed_callbacks
        hooks = [*self.application.hooks("on_session_destroyed"), *own]
        await call_each(self.app, hooks, self.context)

    async def _end(self) -> None:
        if self.run is not None:
            await self.run.close()
        self.callbacks.close()
        self.application.close_document(self.document)


class Sessions:
    """Makes, finds and expires the sessions of all applications of one server."""

    def __init__(
        self,
        kernels: KernelSource | None = None,
        ttl: float = SESSION_TTL,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_SESSIONS,
    ) -> None:
        self.ttl = ttl
        self.most = most
        self._kernels = kernels or OwnKernels()
        self._clock = clock
        self._live: dict[str, ServerSession] = {}
        self._making: dict[Hashable, Making[ServerSession]] = {}
        self._loaded: dict[ApplicationContext, asyncio.Task[None]] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._stopped = False
        # Those who wait for their surroundings must not wait on threads of the pool.
        self._surroundings = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[ServerSession]:
        return iter(tuple(self._live.values()))

    def get(self, session_id: str | None, app: str) -> ServerSession | None:
        """Return a live session of an application."""
        session = self._live.get(session_id or "")
        return session if session is not None and session.app == app else None

    @property
    def ready(self) -> bool:
        """Whether the applications have heard that the server begins."""
        return all(task.done() for task in self._loaded.values())

    def start(self, applications: Iterable[ApplicationContext] = ()) -> None:
        """Tell the applications that the server begins, and expire sessions from now on.

        Call it in the loop. The first session of an application waits until it has heard.
        """
        self._stopped = False
        for application in applications:
            self._load_once(application)
        if self._keeper is None:
            self._keeper = asyncio.ensure_future(self._keep())

    async def create(
        self,
        application: ApplicationContext,
        request: Request | None = None,
        key: Hashable = None,
    ) -> ServerSession:
        """Make a session; raise `AppLoadError` when the application's code raises.

        That runs on the pool. Those who ask with the same `key` meanwhile get the same session. It
        is discarded when all who asked are cancelled. A notebook's session is there at once and
        fills while its kernel runs.
        """
        if self._stopped:
            raise Stopping("the server is stopping")
        making = self._making.get(key) if key is not None else None
        if making is None:
            if len(self._live) + len(self._making) >= self.most:
                raise TooManySessions(f"there are {self.most} sessions already")
            key = object() if key is None else key
            making = Making(self._make(application, request), self.discard)
            making.task.add_done_callback(lambda _: self._making.pop(key))
            self._making[key] = making
        return await making.wait()

    @contextmanager
    def viewing(self, session: ServerSession) -> Iterator[None]:
        """Keep a session alive while somebody looks at it."""
        session.viewers += 1
        session.seen = True
        try:
            yield
        finally:
            session.viewers -= 1
            session.last_seen = self._clock()

    def touch(self, session: ServerSession) -> None:
        """Start the session's time over: its page was asked for again."""
        session.last_seen = self._clock()

    def expire(self) -> None:
        """Begin to end the sessions that nobody has looked at for their time."""
        now = self._clock()
        for session in self:
            ttl = self.ttl if session.seen else min(UNSEEN_TTL, self.ttl)
            if not session.viewers and now - session.last_seen > ttl:
                self.discard(session)

    def discard(self, session: ServerSession) -> None:
        """Forget a session now and end it beside the loop's other work."""
        if self._live.pop(session.id, None) is not None:
            task = asyncio.ensure_future(_closed(session))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End all sessions and their kernels, and those that are being made; then tell the apps."""
        self._stopped = True
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        for making in tuple(self._making.values()):
            await making.cancel()
        for session in self:
            self.discard(session)
        while self._closing:
            await asyncio.wait(self._closing)
        while self._loaded:
            application, loaded = self._loaded.popitem()
            await loaded
            await unload(application)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(min(self.ttl / 4, UNSEEN_TTL / 4))
            self.expire()

    def _load_once(self, application: ApplicationContext) -> asyncio.Task[None]:
        if application not in self._loaded:
            self._loaded[application] = asyncio.ensure_future(load(application))
        return self._loaded[application]

    async def _make(
        self, application: ApplicationContext, request: Request | None
    ) -> ServerSession:
        await asyncio.shield(self._load_once(application))
        doc = Document(title=application.application.title)
        context = SessionContext(new_session_id(), application, doc, request)
        session = ServerSession(context, doc, self._clock())
        try:
            await session.announce()
            program = await self._fill(session)
            session.begin(program, self._kernels, self._clock())
        except BaseException as error:
            if isinstance(error, AppLoadError):
                log_load_error(session.app, error)
            await session.close()
            raise
        self._live[session.id] = session
        return session

    async def _fill(self, session: ServerSession) -> Program | None:
        if not session.application.in_surroundings:
            return await pool.run(session.load)
        async with self._surroundings:
            warning = asyncio.get_running_loop().call_later(SLOW_SECONDS, _tell_slow, session.app)
            try:
                return await pool.run(session.load)
            finally:
                warning.cancel()


def _tell_slow(app: str) -> None:
    text = "%s: its script has been running for %g s: those of other apps wait for it"
    _log.warning(text, app, SLOW_SECONDS)


async def _closed(session: ServerSession) -> None:
    with suppress(asyncio.CancelledError):
        try:
            await session.close()
        except Exception:  # noqa: BLE001 - logged
            _log.exception("ending a session of %s", session.app)
