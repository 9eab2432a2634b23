"""The live sessions of one server: one document each, kept for a while after its last viewer."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from syncline.apps import ApplicationContext, AppLoadError, Request, SessionContext
from syncline.document import Document
from syncline.hosting.callbacks import SessionCallbacks
from syncline.hosting.errors import Gone, Stopping, StoreLost, TooManySessions
from syncline.hosting.keeper import Keeper
from syncline.hosting.kernels import KernelSource, OwnKernels
from syncline.hosting.lifecycle import call_each, load, log_load_error, unload
from syncline.hosting.making import Making
from syncline.hosting.pool import pool
from syncline.hosting.restore import SchemaChanged, restore
from syncline.hosting.run import KernelRun
from syncline.hosting.saved import Writer, read
from syncline.hosting.tokens import Role, new_id
from syncline.sync.errors import Close

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator
    from types import TracebackType

    from syncline.apps import Application, Program
    from syncline.hosting.restore import Report
    from syncline.hosting.saved import Saved
    from syncline.hosting.store import Store

_log = logging.getLogger("syncline.hosting")

SESSION_TTL = 15 * 60.0
"""Seconds a session outlives its last viewer."""
UNSEEN_TTL = 60.0
"""Seconds a session waits for its first viewer: crawlers and probes never come back."""
MOST_SESSIONS = 1000
SLOW_SECONDS = 10.0
"""After this time the author is told that a script holds up those of other apps."""
DRAIN_SECONDS = 2.0
"""How long callbacks may take that were under way when a session is to end here."""
SETTLE_SECONDS = 0.01


class ServerSession:
    """One session: its document, who looks at it, and its kernel when it has one."""

    def __init__(self, context: SessionContext, doc: Document, now: float) -> None:
        self.context = context
        self.document = doc
        doc.session.name = context.id
        self.callbacks = SessionCallbacks(doc)
        self.run: KernelRun | None = None
        self._hooked = False
        self.place: str | None = None
        """Where others find it, and a key of the store."""
        self.writer: Writer | None = None
        """What writes it down, once its document is filled."""
        self.leaving = False
        """Whether it is on its way to another process, or to the next one."""
        self.refused = False
        """Whether it stands for one that could not be restored, which nobody was told yet."""
        self.created = time.time()
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

    def restore(self, saved: Saved) -> Report:
        """Take over the values and the clients of an earlier incarnation, on any thread.

        Raises SchemaChanged.
        """
        report = restore(self.document, saved)
        engine = self.document.session
        engine.clients.restore(saved.clients(), saved.about.issued, engine.clock())
        self.created = saved.about.created
        return report

    def begin(self, program: Program | None, kernels: KernelSource, now: float) -> None:
        """Go live, in the loop: callbacks run where they will, a kernel starts."""
        self.last_seen = now
        self.callbacks.start()
        if program is not None:
            self.run = KernelRun(program, self.document, kernels)
        self.context.application_context.add(self.context)

    def leave(self, text: str) -> None:
        """Send the viewers away, to come back soon; from now on none of them changes anything."""
        self.leaving = True
        self.document.session.end(text, Close.RESTART)

    @property
    def _is_busy(self) -> bool:
        observers = self.document.observers
        return len(observers.waiting) > 0 or observers.running is not None

    async def settle(self, deadline: float) -> None:
        """Wait until no callback waits or runs; no longer than until then, by the loop's clock."""
        loop = asyncio.get_running_loop()
        while self._is_busy and loop.time() < deadline:  # noqa: ASYNC110  nobody tells of it
            await asyncio.sleep(SETTLE_SECONDS)

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
        self.keeper: Keeper | None = None
        """What keeps them beyond this process."""
        self.logout_url: str | None = None
        """Where their users log out, relative to a session's page."""
        self._live: dict[str, ServerSession] = {}
        self._places: dict[str, ServerSession] = {}
        self.sign: Callable[[ServerSession, Role], str] | None = None
        """Makes the tokens that a session's code hands on."""
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
        if self.keeper is not None:
            self.keeper.start()

    def at(self, place: str) -> ServerSession | None:
        """Return the live session that is to be found at a place."""
        return self._places.get(place)

    def keep_in(self, store: Store, secret: str | bytes) -> None:
        """Keep the sessions in a store, too, from the start on."""
        self.keeper = Keeper(
            store,
            secret,
            remaining=self.remaining,
            wanted=self._hand_over,
            lost=self._abandon,
        )

    async def create(
        self,
        application: ApplicationContext,
        request: Request | None = None,
        place: str | None = None,
        *,
        fresh: bool = False,
        only: str | None = None,
    ) -> ServerSession:
        """Make a session; raise `AppLoadError` when the application's code raises.

        That runs on the pool. At a `place` there is one session, for all who ask. It is discarded
        when all who wait are cancelled. A notebook's session is there at once and fills while its
        kernel runs.

        What the store has for the place is restored; `fresh` says that it has nothing. With `only`
        nothing but the session of this id is made: else Gone. Raises Elsewhere where another
        process has it, and StoreLost where `only` the store could tell.
        """
        if self._stopped:
            raise Stopping("the server is stopping")
        if place is not None and (live := self.at(place)) is not None:
            return live
        key: Hashable = place
        making = self._making.get(key) if key is not None else None
        if making is None:
            if len(self._live) + len(self._making) >= self.most:
                raise TooManySessions(f"there are {self.most} sessions already")
            key = object() if key is None else key
            kept = None if fresh or place is None else place
            made = self._make(application, request or Request(), place, kept, only)
            making = self._begin(key, made)
        return await making.wait()

    def _begin(
        self, key: Hashable, made: Coroutine[Any, Any, ServerSession]
    ) -> Making[ServerSession]:
        making = Making(made, self._unwanted)
        making.task.add_done_callback(lambda _: self._making.pop(key))
        self._making[key] = making
        return making

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

    def remaining(self, session: ServerSession) -> float:
        """Return for how many seconds a session has still to be kept."""
        ttl = self.ttl if session.seen else min(UNSEEN_TTL, self.ttl)
        return ttl if session.viewers else session.last_seen + ttl - self._clock()

    def touch(self, session: ServerSession) -> None:
        """Start the session's time over: its page was asked for again."""
        session.last_seen = self._clock()

    def expire(self) -> None:
        """Begin to end the sessions that nobody has looked at for their time."""
        for session in self:
            if self.remaining(session) < 0:
                self.discard(session)

    def discard(self, session: ServerSession) -> None:
        """Forget a session now, for good, and end it beside the loop's other work."""
        if self.keeper is not None:
            self.keeper.drop(session)
        self._forget(session)

    async def rebuild(self, session: ServerSession) -> None:
        """Let a session begin again by its application's code as it is now, with its values.

        Its viewers leave and come back; those who come too early wait. What has other properties
        now is as the code makes it. Raises AppLoadError, and the session goes on as it is.
        """
        old = session.context
        doc = Document(title=session.application.title)
        context = SessionContext(old.id, old.application_context, doc, old.request, old.logout_url)
        new = ServerSession(context, doc, self._clock())
        new.place, new.created, new.seen = session.place, session.created, session.seen
        async with ClosedOnError(new):
            program = await self._fill(new)
        if self._live.get(session.id) is not session or session.place in self._making:
            # It has ended meanwhile.
            await new.close()
            return
        self._leave_places(session)
        await self._begin(session.place or object(), self._replaced(session, new, program)).wait()

    async def _replaced(
        self, session: ServerSession, new: ServerSession, program: Program | None
    ) -> ServerSession:
        session.leave("the app has changed")
        await session.settle(asyncio.get_running_loop().time() + DRAIN_SECONDS)
        async with ClosedOnError(new):
            assert session.writer is not None, "it was filled"
            _, frame = await pool.run(session.writer.frame)
            try:
                await self._restore_values(new, read(memoryview(frame)))
            except SchemaChanged as changed:
                _log.warning("a session of %s begins anew: %s", new.app, changed)
            new.begin(program, self._kernels, self._clock())
        self._enter(new)
        if self.keeper is not None:
            self.keeper.replace(session, new)
        self._beside(_closed(session))
        return new

    async def end(self, app: str, session_id: str, place: str) -> None:
        """End a session for good, live or only kept. Raises Elsewhere and StoreLost."""
        session = self.get(session_id, app)
        if session is not None:
            self.discard(session)
        elif self.keeper is not None:
            generation, saved = await self.keeper.find(place)
            if saved is not None and saved.session == session_id:
                await self.keeper.forget(place, generation)

    def _unwanted(self, session: ServerSession) -> None:
        """Nobody has waited until it was made; one that was restored is not lost for that."""
        if not (session.seen or session.refused):
            self.discard(session)

    def _forget(self, session: ServerSession) -> None:
        if self._leave_places(session):
            self._beside(_closed(session))

    def _leave_places(self, session: ServerSession) -> bool:
        """Let nobody find a session any more; tell whether it was to be found."""
        if self._live.pop(session.id, None) is None:
            return False
        if session.place is not None:
            self._places.pop(session.place, None)
        return True

    def _abandon(self, session: ServerSession) -> None:
        """End a session that another process has now: its viewers go there."""
        session.leave("this session is in another process")
        self._forget(session)

    def _hand_over(self, session: ServerSession) -> None:
        # Who waits asks again and again.
        if not session.leaving:
            session.leave("this session moves to another process")
            self._beside(self._handed_over(session))

    async def _handed_over(self, session: ServerSession) -> None:
        assert self.keeper is not None, "a store has asked for it"
        await session.settle(asyncio.get_running_loop().time() + DRAIN_SECONDS)
        with suppress(StoreLost):
            await self.keeper.release(session)
        self._forget(session)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End all sessions and their kernels, and those that are being made; then tell the apps.

        What is kept is saved before, in bounded time, for the next server.
        """
        self._stopped = True
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        for making in tuple(self._making.values()):
            await making.cancel()
        if self.keeper is not None:
            await self._save_all(self.keeper)
        for session in self:
            self._forget(session)
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

    async def _save_all(self, keeper: Keeper) -> None:
        for session in self:
            session.leave("the server is stopping")
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        for session in self:
            await session.settle(deadline)
        await keeper.stop()

    async def _make(
        self,
        application: ApplicationContext,
        request: Request,
        place: str | None,
        kept: str | None,
        only: str | None,
    ) -> ServerSession:
        await asyncio.shield(self._load_once(application))
        generation, saved = await self._find(kept, application.name, only)
        doc = Document(title=application.application.title)
        id = new_id() if saved is None else saved.session
        if saved is not None:
            request = saved.request(request)
        context = SessionContext(id, application, doc, request, self.logout_url)
        session = ServerSession(context, doc, self._clock())
        session.place = place
        if self.sign is not None:
            context.sign = partial(self.sign, session)
        async with ClosedOnError(session):
            program = await self._fill(session)
            if saved is not None:
                await self._restore(session, saved)
            session.begin(program, self._kernels, self._clock())
        self._enter(session)
        if self.keeper is not None and place is not None:
            self.keeper.keep(session, place, generation)
        return session

    async def _find(
        self, place: str | None, app: str, only: str | None
    ) -> tuple[int | None, Saved | None]:
        """Return what the store has for a place, and the generation of the claim to it."""
        generation = saved = None
        if self.keeper is not None and place is not None:
            try:
                generation, saved = await self.keeper.find(place)
            except StoreLost:
                if only is not None:
                    raise
        if saved is not None and saved.about.app != app:
            saved = None
        if only is not None and (saved is None or saved.session != only):
            raise Gone("the session has ended")
        return generation, saved

    async def _restore(self, session: ServerSession, saved: Saved) -> None:
        """Give a session what it had in another process, or let it be a new one."""
        try:
            await self._restore_values(session, saved)
        except SchemaChanged as changed:
            _log.warning("a session of %s is not restored: %s", session.app, changed)
            session.refused = True
            session.context.id = new_id()
            return
        session.seen = True

    async def _restore_values(self, session: ServerSession, saved: Saved) -> None:
        """Give a session what was saved, and tell its application. Raises SchemaChanged."""
        report = await pool.run(lambda: session.restore(saved))
        hooks = session.application.hooks("on_session_restored")
        await call_each(session.app, hooks, session.context, report)
        level = logging.WARNING if report.models or report.values else logging.INFO
        _log.log(level, "a session of %s is back: %s", session.app, report)

    async def _fill(self, session: ServerSession) -> Program | None:
        """Run the application's code; return what remains for a kernel."""
        await session.announce()
        program = await self._load(session)
        session.writer = Writer(session, clients_only=program is not None)
        return program

    def _enter(self, session: ServerSession) -> None:
        """Let others find a session."""
        self._live[session.id] = session
        if session.place is not None:
            self._places[session.place] = session

    async def _load(self, session: ServerSession) -> Program | None:
        if not session.application.in_surroundings:
            return await pool.run(session.load)
        async with self._surroundings:
            warning = asyncio.get_running_loop().call_later(SLOW_SECONDS, _tell_slow, session.app)
            try:
                return await pool.run(session.load)
            finally:
                warning.cancel()


class ClosedOnError:
    """Ends a session that cannot be made or changed. As a generator it would cost the loop more."""

    def __init__(self, session: ServerSession) -> None:
        self._session = session

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, AppLoadError):
            log_load_error(self._session.app, error)
        if error is not None:
            await self._session.close()


def _tell_slow(app: str) -> None:
    text = "%s: its script has been running for %g s: those of other apps wait for it"
    _log.warning(text, app, SLOW_SECONDS)


async def _closed(session: ServerSession) -> None:
    with suppress(asyncio.CancelledError):
        try:
            await session.close()
        except Exception:  # noqa: BLE001 - logged
            _log.exception("ending a session of %s", session.app)
