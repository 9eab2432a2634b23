"""The websockets of an app's page: its session's document, and documents in its kernel."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tornado.websocket import WebSocketClosedError

from syncline.hosting import Attachment, LiveSession, Refused
from syncline.hosting.outlet import SLOW
from syncline.hosting.visits import UNKNOWN_SESSION
from syncline.jupyter.guard import GuardedSocket
from syncline.sync.peer import Peer
from syncline.transports.tornado import TornadoCarrier

if TYPE_CHECKING:
    from syncline.sync.frames import Frame

DRAIN_SECONDS = 30
"""How long a browser may take to read one frame (SPEC 5.7)."""


class SessionSocket(GuardedSocket):
    """A websocket of a live session: Jupyter knows the user, the token names the session."""

    def admit(self, path: str) -> LiveSession | None:
        """Return the session, or close and return None."""
        asked = self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        names = [name.strip() for name in asked]
        try:
            return self.state.visits.admit(path, names, self.current_user.username)
        except Refused as refused:
            self.close(refused.code, refused.text)
            return None

    async def write_frame(self, frame: Frame) -> bool:
        """Write one frame and wait until it is flushed; False when the browser is gone or slow."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.write_message(frame, binary=isinstance(frame, bytes))
        except TimeoutError:
            self.close(SLOW, "slow consumer")
            return False
        except WebSocketClosedError:
            return False
        return True


class AppSocket(SessionSocket):
    """One browser's connection to its session's document."""

    _carrier: TornadoCarrier | None = None

    def open(self, path: str) -> None:
        super().open()
        session = self.admit(path)
        if session is None:
            return
        self._stack = ExitStack()
        self._stack.enter_context(self.state.visits.sessions.viewing(session))
        peer = Peer(session.document.session, user=self.current_user.username)
        self._carrier = TornadoCarrier(self, peer)
        self._stack.callback(self._carrier.close)
        self._carrier.open()

    def on_message(self, message: str | bytes) -> None:
        if self._carrier is not None:
            self._carrier.receive(message)

    def on_close(self) -> None:
        if self._carrier is not None:
            self._stack.close()


class AppDocumentSocket(SessionSocket):
    """One browser attached to one document over the kernel's comm."""

    _attachment: Attachment | None = None
    _pump: asyncio.Task[None] | None = None

    async def open(self, path: str, doc: str) -> None:
        super().open()
        session = self.admit(path)
        if session is None:
            return
        bridge = None if session.run is None else await session.run.connected()
        if bridge is None:
            self.close(UNKNOWN_SESSION, "there is no kernel")
        elif self.ws_connection is not None and not self.ws_connection.is_closing():
            self._attachment = bridge.attach(doc)
            self._pump = asyncio.ensure_future(self._send(self._attachment))

    async def on_message(self, message: str | bytes) -> None:
        # Tornado reads on when this returns: a kernel that is busy slows its own browser only.
        if self._attachment is not None:
            await self._attachment.receive(message)

    def on_close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        if self._attachment is not None:
            self._attachment.close()

    async def _send(self, attachment: Attachment) -> None:
        while (frame := await attachment.next()) is not None:
            if not await self.write_frame(frame):
                return
        self.close(attachment.outlet.close_code, attachment.outlet.close_text)
