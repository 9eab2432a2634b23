"""Keeps the live sessions of a server in a store, and its claims on them (`hosting.store`).

Nothing here waits for the store in the loop, and nothing of a session waits for it: what has
changed is written behind, by one thread. While the store is lost all goes on in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import msgspec

from syncline.core.errors import BadValue
from syncline.hosting.errors import Elsewhere, StoreLost
from syncline.hosting.saved import MOST_BYTES, Saved, read
from syncline.hosting.store import LEASE_SECONDS, Seal, Tampered, new_owner
from syncline.sync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from syncline.hosting.saved import Version
    from syncline.hosting.session import ServerSession
    from syncline.hosting.store import Claimed, Store

T = TypeVar("T")

_log = logging.getLogger("syncline.hosting")

BEAT_SECONDS = 0.1
"""How often changes are looked for."""
REST = 9
"""For how many times as long as saving took there is none: it has a tenth of the time at most."""
REST_SECONDS = 2.0
"""The longest rest: about what a crash may cost."""
LIFE_SECONDS = 1.0
"""How often this process says that it lives."""
PAUSE_SECONDS = 2.0
"""How long a store that is lost is left alone."""
TOUCH_SECONDS = 30.0
EXPIRE_SECONDS = 60.0
HANDOVER_SECONDS = LEASE_SECONDS + 1.0
"""How long another process is waited for."""
POLL_SECONDS = 0.05
STOP_SECONDS = 5.0


class Kept:
    """One live session, as far as the store is concerned."""

    def __init__(self, session: ServerSession, key: str, generation: int | None) -> None:
        self.session = session
        self.key = key
        self.generation = generation
        """None until it is claimed."""
        self.saved: Version | None = None
        """What was saved last."""
        self.too_large = False

    @property
    def is_due(self) -> bool:
        """Whether it has changed. Who asks for a page and never connects costs nothing here."""
        return self.session.seen and self.session.version != self.saved


class Keeper:
    """Saves sessions, finds them again, and lets go of those that another process asks for."""

    def __init__(
        self,
        store: Store,
        secret: str | bytes,
        *,
        remaining: Callable[[ServerSession], float],
        wanted: Callable[[ServerSession], None],
        lost: Callable[[ServerSession], None],
    ) -> None:
        self.owner = new_owner()
        self._store = store
        self._seal = Seal(secret)
        self._remaining = remaining
        self._wanted = wanted
        self._lost = lost
        self._kept: dict[ServerSession, Kept] = {}
        self._failing: set[str] = set()
        self._due = dict.fromkeys(("life", "save", "touch", "expire"), 0.0)
        self._thread = ThreadPoolExecutor(1, "syncline-store")
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the store did what it was asked for last."""
        return not self._failing

    def start(self) -> None:
        """Begin to look for changes, in the loop."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._keep())

    async def stop(self) -> None:
        """Save what has changed and let go of everything, in bounded time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._call("save", lambda: self._leave(tuple(self._kept.values())))
        except (StoreLost, TimeoutError):
            _log.error("the last changes of sessions could not be saved")
        self._kept.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def find(self, key: str) -> tuple[int, Saved | None]:
        """Claim what is kept under a key; return its generation and what is in it.

        Raises Elsewhere where another process has it and does not let go, and StoreLost.
        """
        deadline = time.monotonic() + HANDOVER_SECONDS
        while (claimed := await self._claim(key)) is None:
            if time.monotonic() > deadline:
                raise Elsewhere("another process has this session")
            await asyncio.sleep(POLL_SECONDS)
        data = claimed.data
        saved = None if data is None else await self._call("claim", lambda: self._read(key, data))
        return claimed.generation, saved

    def keep(self, session: ServerSession, key: str, generation: int | None) -> None:
        """Save a session, which is filled, from now on whenever it has changed."""
        self._kept[session] = Kept(session, key, generation)

    def replace(self, session: ServerSession, new: ServerSession) -> None:
        """Save another session instead of one, under its key."""
        kept = self._kept.pop(session, None)
        if kept is not None:
            self.keep(new, kept.key, kept.generation)

    def drop(self, session: ServerSession) -> None:
        """Keep a session that has ended no more; who asks for its key from now on finds nothing."""
        kept = self._kept.pop(session, None)
        if kept is not None:
            # Behind a save that may be under way. After the end there is nothing to do any more.
            with suppress(RuntimeError):
                self._thread.submit(self._remove, kept)

    async def release(self, session: ServerSession) -> None:
        """Save a session for the last time, and let go of it."""
        kept = self._kept.pop(session, None)
        if kept is not None:
            await self._call("save", lambda: self._let_go(kept))

    async def forget(self, key: str, generation: int) -> None:
        """Remove what was found under a key and is of no use."""
        await self._call("claim", lambda: self._store.delete(key, generation))

    # In the loop

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS if self.healthy else PAUSE_SECONDS)
            try:
                await self.beat()
            except StoreLost:
                # Told already; what has changed stays due.
                pass
            except Exception:  # noqa: BLE001 - logged
                _log.exception("keeping sessions")

    async def beat(self) -> None:
        """Do what is due: save, say that this process lives, hear who asks for what."""
        if self._is_due("life", LIFE_SECONDS):
            beat = self._store.beat
            if asked := await self._call("life", lambda: beat(self.owner, LEASE_SECONDS)):
                self._tell(kept for kept in self._kept.values() if kept.key in asked)
        if self._is_due("save", 0.0):
            await self._save_changed()
        if self._kept and self._is_due("touch", TOUCH_SECONDS):
            expiries = [(kept.key, self._expires(kept)) for kept in self._kept.values()]
            await self._call("life", lambda: self._store.touch(self.owner, expiries))
        if self._is_due("expire", EXPIRE_SECONDS):
            await self._call("life", self._store.expire)

    async def _save_changed(self) -> None:
        """Save what has changed, then rest: the more there was to do, the longer."""
        due = [kept for kept in self._kept.values() if kept.is_due]
        if not due:
            self._mend("save")
            return
        begun = time.monotonic()
        for kept in await self._call("save", lambda: self._save_all(due)):
            if self._kept.pop(kept.session, None) is not None:
                self._lost(kept.session)
        now = time.monotonic()
        self._due["save"] = now + min(REST * (now - begun), REST_SECONDS)

    def _tell(self, asked: Iterable[Kept]) -> None:
        for kept in tuple(asked):
            self._wanted(kept.session)

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + seconds
        return True

    def _expires(self, kept: Kept) -> float:
        return time.time() + self._remaining(kept.session)

    async def _claim(self, key: str) -> Claimed | None:
        return await self._call("claim", lambda: self._store.claim(key, self.owner))

    async def _call(self, what: str, job: Callable[[], T]) -> T:
        """Run a job on the store's thread. Raises StoreLost."""
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except Exception as error:
            self._fail(what, error)
            raise StoreLost("the store of sessions is lost") from error
        self._mend(what)
        return result

    def _fail(self, what: str, error: Exception) -> None:
        if self.healthy:
            # Its kind alone: what an error says may name a host, or hold a password.
            kind = type(error).__name__
            _log.warning("the store of sessions is lost (%s): they go on in memory", kind)
        self._failing.add(what)

    def _mend(self, what: str) -> None:
        if what in self._failing:
            self._failing.discard(what)
            if self.healthy:
                _log.warning("the store of sessions is back")

    # On the store's thread

    def _save_all(self, due: Iterable[Kept]) -> list[Kept]:
        """Save sessions; return those that another process has now."""
        return [kept for kept in due if not self._save(kept)]

    def _save(self, kept: Kept) -> bool:
        if kept.generation is None:
            claimed = self._store.claim(kept.key, self.owner)
            if claimed is None:
                return False
            kept.generation = claimed.generation
        try:
            assert kept.session.writer is not None, "it was filled"
            version, data = kept.session.writer.frame()
        except Exception:  # noqa: BLE001 - logged
            # A fault of this one: the store and the other sessions have nothing to do with it.
            _log.exception("writing down a session of %s", kept.session.app)
            kept.saved = kept.session.version
            return True
        if len(data) > MOST_BYTES:
            self._refuse(kept)
        elif not self._store.save(
            kept.key,
            self.owner,
            kept.generation,
            self._seal.close(kept.key, data),
            self._expires(kept),
        ):
            return False
        kept.saved = version
        return True

    def _refuse(self, kept: Kept) -> None:
        if not kept.too_large:
            _log.warning("a session of %s has become too large to be kept", kept.session.app)
        kept.too_large = True

    def _remove(self, kept: Kept) -> None:
        if kept.generation is not None:
            self._store.delete(kept.key, kept.generation)

    def _let_go(self, kept: Kept) -> None:
        if kept.session.version != kept.saved and not self._save(kept):
            return
        if kept.generation is not None:
            self._store.release(kept.key, kept.generation)

    def _leave(self, all: Iterable[Kept]) -> None:
        try:
            for kept in all:
                self._let_go(kept)
            self._store.leave(self.owner)
        finally:
            self._store.close()

    def _read(self, key: str, data: bytes) -> Saved | None:
        try:
            return read(self._seal.open(key, data))
        except (Tampered, ProtocolError, BadValue, msgspec.MsgspecError, ValueError) as error:
            _log.warning("an entry of the store of sessions is not used: %s", error)
            return None
