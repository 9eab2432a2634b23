"""One live session: its document, who looks at it, and its kernel when it has one."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from syncline.document.restore import restore
from syncline.hosting.callbacks import SessionCallbacks
from syncline.hosting.kept import KeptKernel
from syncline.hosting.lifecycle import call_each
from syncline.hosting.run import KernelRun
from syncline.sync.errors import Close

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from syncline.apps import Application, Program, SessionContext
    from syncline.document import Document
    from syncline.document.restore import Report
    from syncline.hosting.kernels import KernelSource
    from syncline.hosting.saved import Saved, Version, Writer

DRAIN_SECONDS = 2.0
"""How long callbacks may take that were under way when a session is to end here."""
SETTLE_SECONDS = 0.01
WRITE_SECONDS = 0.5
"""How long a kernel may at least take to write down what has changed last."""


class ServerSession:
    """One session: its document, who looks at it, and its kernel when it has one."""

    def __init__(self, context: SessionContext, doc: Document, now: float) -> None:
        self.context = context
        self.document = doc
        doc.session.name = context.id
        self.callbacks = SessionCallbacks(doc)
        self.run: KernelRun | None = None
        self.kernel: KeptKernel | None = None
        """What is kept of its kernel's documents, where that is wanted."""
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

    @property
    def version(self) -> Version:
        """What grows whenever there is something new to be kept."""
        return self.document.session.rev, self.kernel.version if self.kernel is not None else 0

    def kernel_frames(self) -> tuple[int, Mapping[str, bytes]]:
        """Return what is kept of its kernel's documents, and the version of that; any thread."""
        kernel = self.kernel
        return (kernel.version, kernel.frames) if kernel is not None else (0, {})

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
        report = restore(self.document, saved.document)
        engine = self.document.session
        document = saved.document
        engine.clients.restore(document.clients(), document.about.issued, engine.clock())
        self.created = saved.about.created
        if self.kernel is not None:
            self.kernel = KeptKernel(saved.kernel, self.app)
        return report

    def begin(self, program: Program | None, kernels: KernelSource, now: float) -> None:
        """Go live, in the loop: callbacks run where they will, a kernel starts."""
        self.last_seen = now
        self.callbacks.start()
        if program is not None:
            self.run = KernelRun(program, self.document, kernels, self.kernel)
        self.context.application_context.add(self.context)

    def leave(self, text: str) -> None:
        """Send the viewers away, to come back soon; from now on none of them changes anything."""
        self.leaving = True
        self.document.session.end(text, Close.RESTART)
        if self.run is not None:
            self.run.leave(text)

    async def settle(self, deadline: float) -> None:
        """Wait until no callback waits or runs; no longer than until then, by the loop's clock."""
        loop = asyncio.get_running_loop()
        while self.document.observers.is_busy and loop.time() < deadline:  # noqa: ASYNC110  nobody tells of it
            await asyncio.sleep(SETTLE_SECONDS)
        if self.kernel is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(max(deadline, loop.time() + WRITE_SECONDS)):
                    await self.kernel.write()

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


class Viewing:
    """One look at a session. Every connection keeps one: a generator would be larger."""

    __slots__ = ("_clock", "_session")

    def __init__(self, session: ServerSession, clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock

    def __enter__(self) -> None:
        self._session.viewers += 1
        self._session.seen = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.viewers -= 1
        self._session.last_seen = self._clock()
