"""The document a client gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from syncline.core.ops import Msg
from syncline.core.values import settled
from syncline.document.remote import RemoteDocument

from .carrier import ClientCarrier

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.model.model import Model
    from syncline.sync.replica import Policy

    from .errors import SessionError
    from .pipes import Dial


class ClientDocument(RemoteDocument):
    """A document of a session elsewhere, kept connected until it is closed.

    Use it in `with` or `async with`, or call `close`. A lost connection is opened again by itself;
    edits made meanwhile are sent then. Callbacks of changes by others run in the loop's thread.
    """

    def __init__(self, *, policy: Policy = "replay", token: str | None = None) -> None:
        super().__init__(policy=policy)
        self.token = token
        """What lets another client into the same session."""
        self._carrier: ClientCarrier | None = None

    async def open(self, dial: Dial) -> Self:
        """Connect in this loop, once. Raises SessionError."""
        carrier = self._carrier = ClientCarrier(self, dial)
        self.on_change = carrier.wake
        try:
            await carrier.open()
        except BaseException:
            await carrier.close()
            raise
        return self

    @property
    def error(self) -> SessionError | None:
        """Why the document is offline for good, once it is."""
        return self._carrier.error if self._carrier is not None else None

    def send(self, model: Model, name: str, data: Any = None, *, volatile: bool = False) -> None:
        """Send a message of a model to all others who have it.

        A `volatile` one, such as where a pointer is, goes now or never, and may get lost.
        """
        if not volatile:
            super().send(model, name, data)
            return
        op = Msg(model.id, name, settled(data))
        self.carrier.loop.call_soon_threadsafe(self.carrier.link.send_volatile, op)

    async def until(self, true: Callable[[], bool] | None = None) -> None:
        """Wait until something is so, by default that all edits are acknowledged.

        `true` is asked after every change, in the loop. Raises SessionError at the end of the
        connection.
        """
        await self.carrier.until(true or self._acknowledged)

    def wait(self, true: Callable[[], bool] | None = None, timeout: float | None = 30.0) -> None:
        """Wait like `until`, in a thread that is not the loop's.

        Raises TimeoutError after `timeout` seconds.
        """
        loop = self.carrier.loop
        if _running_loop() is loop:
            raise RuntimeError("this is the loop's own thread: await `until` instead")
        asyncio.run_coroutine_threadsafe(self._until(true, timeout), loop).result()

    async def _until(self, true: Callable[[], bool] | None, seconds: float | None) -> None:
        async with asyncio.timeout(seconds):
            await self.until(true)

    def close(self) -> None:
        """Leave the document, which goes on without this client. What is pending is given up."""
        super().close()
        carrier = self.carrier
        if _running_loop() is carrier.loop:
            self._closing = asyncio.ensure_future(carrier.close())
        elif not carrier.loop.is_closed():
            asyncio.run_coroutine_threadsafe(carrier.close(), carrier.loop).result()

    def _acknowledged(self) -> bool:
        return not self.pending

    @property
    def carrier(self) -> ClientCarrier:
        """What keeps it connected."""
        if self._carrier is None:
            raise RuntimeError("the document was never connected")
        return self._carrier

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.end_for_good()
        await self.carrier.close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
