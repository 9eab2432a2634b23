"""`/<app>/docs/<doc>/ws`: a document in the kernel of the visitor's session."""

from __future__ import annotations

from syncline.server.views.base import SocketView
from syncline.transports.websocket import RelayCarrier

PING_SECONDS = 20


class DocumentView(SocketView):
    """One browser attached to one document over the kernel's comm."""

    @property
    def ping_interval(self) -> float:
        """How often Tornado asks whether the browser is still there: the kernel may be busy."""
        return PING_SECONDS

    async def open(self, app: str, doc: str) -> None:
        """Let the bearer of a valid token in, once the kernel answers."""
        if not self.settle_in():
            return
        attachment = await self.visits.admissions.attach(app, doc, self, self.user, self.entry.role)
        if attachment is not None:
            self.carry(RelayCarrier(self, attachment))
