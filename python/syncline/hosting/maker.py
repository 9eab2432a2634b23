"""Makes sessions: runs an application's code, and gives its document what an earlier one had."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from syncline.apps import AppLoadError, Request, SessionContext
from syncline.document import Document
from syncline.document.restore import SchemaChanged
from syncline.hosting.kept import KeptKernel
from syncline.hosting.lifecycle import call_each, log_load_error
from syncline.hosting.pool import pool
from syncline.hosting.saved import Writer, read
from syncline.hosting.session import ServerSession
from syncline.hosting.tokens import new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from syncline.apps import ApplicationContext, Program
    from syncline.hosting.kernels import KernelSource
    from syncline.hosting.saved import Saved
    from syncline.hosting.tokens import Role

_log = logging.getLogger("syncline.hosting")

SLOW_SECONDS = 10.0
"""After this time the author is told that a script holds up those of other apps."""

Again = tuple[ServerSession, "Program | None"]
"""A session that is filled and not live yet, and what remains for its kernel."""


class Maker:
    """Makes the sessions of one server; nobody finds one before it is returned."""

    def __init__(self, kernels: KernelSource, clock: Callable[[], float]) -> None:
        self.logout_url: str | None = None
        """Where their users log out, relative to a session's page."""
        self.sign: Callable[[ServerSession, Role], str] | None = None
        """Makes the tokens that a session's code hands on."""
        self.keeps = False
        """Whether what is in the kernels of sessions is to be kept, too."""
        self._kernels = kernels
        self._clock = clock
        # Those who wait for their surroundings must not wait on threads of the pool.
        self._surroundings = asyncio.Lock()

    async def make(
        self,
        application: ApplicationContext,
        request: Request,
        place: str | None,
        saved: Saved | None,
    ) -> ServerSession:
        """Return a session at a place, with what was saved of it.

        Raises AppLoadError when the application's code raises.
        """
        id = new_id() if saved is None else saved.session
        session = self._new(application, id, request if saved is None else saved.request(request))
        session.place = place
        async with ClosedOnError(session):
            program = await self._fill(session)
            if saved is not None:
                await self._restore(session, saved)
            session.begin(program, self._kernels, self._clock())
        return session

    async def begin_again(self, session: ServerSession) -> Again:
        """Run the code of a live session's application anew, for what is to take its place."""
        context = session.context
        new = self._new(context.application_context, context.id, context.request)
        new.place, new.created, new.seen = session.place, session.created, session.seen
        async with ClosedOnError(new):
            return new, await self._fill(new)

    async def take_over(self, session: ServerSession, again: Again) -> ServerSession:
        """Give what has begun again the values of its session, and let it go live.

        What has other properties now is as the code makes it.
        """
        new, program = again
        async with ClosedOnError(new):
            assert session.writer is not None, "it was filled"
            _, frame = await pool.run(session.writer.frame)
            try:
                await self._restore_values(new, read(memoryview(frame)))
            except SchemaChanged as changed:
                _log.warning("a session of %s begins anew: %s", new.app, changed)
            new.begin(program, self._kernels, self._clock())
        return new

    def _new(self, application: ApplicationContext, id: str, request: Request) -> ServerSession:
        doc = Document(title=application.application.title)
        context = SessionContext(id, application, doc, request, self.logout_url)
        session = ServerSession(context, doc, self._clock())
        if self.sign is not None:
            context.sign = partial(self.sign, session)
        return session

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
        level = logging.WARNING if report.lost else logging.INFO
        _log.log(level, "a session of %s is back: %s", session.app, report)

    async def _fill(self, session: ServerSession) -> Program | None:
        """Run the application's code; return what remains for a kernel."""
        await session.announce()
        program = await self._load(session)
        session.writer = Writer(session, clients_only=program is not None)
        if program is not None and self.keeps:
            session.kernel = KeptKernel({}, session.app)
        return program

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
