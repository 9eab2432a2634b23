"""A server of one's own parts: a loop, an application, an HTTP server that listens already."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

from tornado.ioloop import IOLoop

from syncline.server.errors import UnknownSession
from syncline.server.garbage import short_collections
from syncline.server.signals import stopped_by_signals

if TYPE_CHECKING:
    from types import TracebackType

    from tornado.httpserver import HTTPServer

    from syncline.hosting import ServerSession
    from syncline.hosting.site import Site
    from syncline.server.application import SynclineTornado

CLOSE_SECONDS = 2.0


class BaseServer:
    """Runs a `SynclineTornado` behind an HTTP server that its maker lets listen.

    Without `io_loop` it is the one that is current when the server is started.
    """

    def __init__(
        self, io_loop: IOLoop | None, tornado_app: SynclineTornado, http_server: HTTPServer
    ) -> None:
        self._loop = io_loop
        self.application = tornado_app
        self.http_server = http_server
        self._started = False
        self._listening = True
        self._ended: asyncio.Task[None] | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def site(self) -> Site:
        """What is served."""
        return self.application.site

    @property
    def io_loop(self) -> IOLoop:
        """The loop this server runs in."""
        if self._loop is None:
            self._loop = IOLoop.current()
        return self._loop

    def start(self) -> None:
        """Begin to answer; where the loop does not run yet, as soon as it does."""
        if self._started:
            return
        self._started = True
        if self.io_loop.asyncio_loop is _running():  # type: ignore[attr-defined]
            self._begin()
        else:
            self.io_loop.add_callback(self._begin)

    def unlisten(self) -> None:
        """Take no new connection; those that are there go on."""
        if self._listening:
            self._listening = False
            self.http_server.stop()

    async def stop(self, wait: bool = True) -> None:
        """Answer no more, tell the browsers to come back later, end all sessions and kernels.

        With `wait` it returns when all has ended, else that goes on in the loop.
        """
        self.unlisten()
        if self._ended is None:
            self._ended = asyncio.ensure_future(self._end())
        if self._stopping is not None:
            self._stopping.set()
        if wait:
            await asyncio.shield(self._ended)

    async def serve(self) -> None:
        """Serve until SIGINT or SIGTERM, or until it is stopped.

        Meanwhile Python's garbage collector looks again at what has survived a whole collection
        only when sessions have ended (`server.garbage`).
        """
        self._stopping = asyncio.Event()
        with stopped_by_signals(self._stopping), short_collections(self.site):
            self.start()
            try:
                await self._stopping.wait()
            finally:
                await self.stop()

    def run_until_shutdown(self) -> None:
        """Serve in a loop that does not run yet until SIGINT or SIGTERM."""
        if self._loop is None:
            asyncio.run(self.serve())
        else:
            self._loop.run_sync(self.serve)

    def get_sessions(self, app: str | None = None) -> list[ServerSession]:
        """Return the live sessions of an application, or of all."""
        name = None if app is None else self._known(app)
        return [session for session in self.site.sessions if name in (None, session.app)]

    def get_session(self, app: str, session_id: str) -> ServerSession:
        """Return a live session; raise `UnknownSession` where there is none of that name."""
        session = self.site.sessions.get(session_id, self._known(app))
        if session is None:
            raise UnknownSession(f"{app} has no session {session_id!r}")
        return session

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _known(self, app: str) -> str:
        name = app.strip("/")
        if name not in self.site.contexts:
            raise UnknownSession(f"there is no app {app!r}")
        return name

    def _begin(self) -> None:
        if self._listening:
            self.site.start()

    async def _end(self) -> None:
        await self.site.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.http_server.close_all_connections()


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
