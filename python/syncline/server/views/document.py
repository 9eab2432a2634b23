"""`/<app>/docs/<doc>/ws`: a document in the kernel of the visitor's session."""

from __future__ import annotations

import asyncio

from syncline.hosting import Attachment, Refused
from syncline.hosting.visits import UNKNOWN_SESSION
from syncline.server.views.base import SocketView


class DocumentView(SocketView):
    """One browser attached to one document over the kernel's comm."""

    _attachment: Attachment | None = None
    _pump: asyncio.Task[None] | None = None

    async def open(self, app: str, doc: str) -> None:
        """Let the bearer of a valid token in, once the kernel answers."""
        self.settle_in()
        try:
            session = self.visits.admit(app, self.subprotocols, self.user)
        except Refused as refused:
            self.close(refused.code, refused.text)
            return
        bridge = None if session.run is None else await session.run.connected()
        if bridge is None:
            self.close(UNKNOWN_SESSION, "there is no kernel")
            return
        if self.ws_connection is None or self.ws_connection.is_closing():
            return
        self._attachment = bridge.attach(doc)
        self._pump = asyncio.ensure_future(self._send(self._attachment))

    async def on_message(self, message: str | bytes) -> None:
        """Hand a frame to the kernel; until it has room the browser is read no further."""
        if self._attachment is not None:
            await self._attachment.receive(message)

    def on_close(self) -> None:
        """Leave no comm behind."""
        super().on_close()
        if self._pump is not None:
            self._pump.cancel()
        if self._attachment is not None:
            self._attachment.close()

    async def _send(self, attachment: Attachment) -> None:
        while (frame := await attachment.next()) is not None:
            if not await self.write_frame(frame):
                return
        self.close(attachment.outlet.close_code, attachment.outlet.close_text)
