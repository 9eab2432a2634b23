"""The live sessions of one server: found by their ids and places, kept for a while, ended."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from syncline.apps import Request
from syncline.hosting.errors import Gone, Stopping, StoreLost, TooManySessions
from syncline.hosting.keeper import Keeper
from syncline.hosting.kernels import KernelSource, OwnKernels
from syncline.hosting.lifecycle import Loaded
from syncline.hosting.maker import Maker
from syncline.hosting.making import Making
from syncline.hosting.session import DRAIN_SECONDS, ServerSession, Viewing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator

    from syncline.apps import ApplicationContext
    from syncline.hosting.maker import Again
    from syncline.hosting.saved import Saved
    from syncline.hosting.store import Store

_log = logging.getLogger("syncline.hosting")

SESSION_TTL = 15 * 60.0
"""Seconds a session outlives its last viewer."""
UNSEEN_TTL = 60.0
"""Seconds a session waits for its first viewer: crawlers and probes never come back."""
MOST_SESSIONS = 1000


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
        self._clock = clock
        self.maker = Maker(kernels or OwnKernels(), clock)
        self.keeper: Keeper | None = None
        """What keeps them beyond this process."""
        self.ended = 0
        """How many have ended, or have gone to another process."""
        self._live: dict[str, ServerSession] = {}
        self._places: dict[str, ServerSession] = {}
        self._making: dict[Hashable, Making[ServerSession]] = {}
        self._loaded = Loaded()
        self._expiry: asyncio.Task[None] | None = None
        self._stopped = False
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
        return self._loaded.ready

    def start(self, applications: Iterable[ApplicationContext] = ()) -> None:
        """Tell the applications that the server begins, and expire sessions from now on.

        Call it in the loop. The first session of an application waits until it has heard.
        """
        self._stopped = False
        for application in applications:
            self._loaded.begin(application)
        if self._expiry is None:
            self._expiry = asyncio.ensure_future(self._expire_on())
        if self.keeper is not None:
            self.keeper.start()

    def at(self, place: str) -> ServerSession | None:
        """Return the live session that is to be found at a place."""
        return self._places.get(place)

    def keep_in(self, store: Store, secret: str | bytes) -> None:
        """Keep the sessions in a store, too, from the start on."""
        self.maker.keeps = True
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

    def viewing(self, session: ServerSession) -> Viewing:
        """Keep a session alive while somebody looks at it."""
        return Viewing(session, self._clock)

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
        again = await self.maker.begin_again(session)
        if self._live.get(session.id) is not session or session.place in self._making:
            # It has ended meanwhile.
            await again[0].close()
            return
        self._leave_places(session)
        await self._begin(session.place or object(), self._replaced(session, again)).wait()

    async def _replaced(self, session: ServerSession, again: Again) -> ServerSession:
        session.leave("the app has changed")
        await session.settle(asyncio.get_running_loop().time() + DRAIN_SECONDS)
        new = await self.maker.take_over(session, again)
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
        self.ended += 1
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
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        for making in tuple(self._making.values()):
            await making.cancel()
        if self.keeper is not None:
            await self._save_all(self.keeper)
        for session in self:
            self._forget(session)
        while self._closing:
            await asyncio.wait(self._closing)
        await self._loaded.end()

    async def _expire_on(self) -> None:
        while True:
            await asyncio.sleep(min(self.ttl / 4, UNSEEN_TTL / 4))
            self.expire()

    async def _save_all(self, keeper: Keeper) -> None:
        for session in self:
            session.leave("the server is stopping")
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        await asyncio.gather(*(session.settle(deadline) for session in self))
        await keeper.stop()

    async def _make(
        self,
        application: ApplicationContext,
        request: Request,
        place: str | None,
        kept: str | None,
        only: str | None,
    ) -> ServerSession:
        await asyncio.shield(self._loaded.begin(application))
        generation, saved = await self._find(kept, application.name, only)
        session = await self.maker.make(application, request, place, saved)
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

    def _enter(self, session: ServerSession) -> None:
        """Let others find a session."""
        self._live[session.id] = session
        if session.place is not None:
            self._places[session.place] = session


async def _closed(session: ServerSession) -> None:
    with suppress(asyncio.CancelledError):
        try:
            await session.close()
        except Exception:  # noqa: BLE001 - logged
            _log.exception("ending a session of %s", session.app)
