"""`/<app>/docs/<doc>/ws`: a document in the kernel of the visitor's session."""

from __future__ import annotations

from syncline.server.views.base import SocketView
from syncline.transports.websocket import RelayCarrier


class DocumentView(SocketView):
    """One browser attached to one document over the kernel's comm."""

    async def open(self, app: str, doc: str) -> None:
        """Let the bearer of a valid token in, once the kernel answers."""
        if not self.settle_in():
            return
        attachment = await self.visits.admissions.attach(app, doc, self, self.user, self.entry.role)
        if attachment is not None:
            self.carry(RelayCarrier(self, attachment))
