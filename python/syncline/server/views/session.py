"""`/<app>/ws`: the document of the visitor's session."""

from __future__ import annotations

from syncline.server.views.base import SocketView
from syncline.transports.tornado import TornadoCarrier


class SessionView(SocketView):
    """One browser's connection to its session's document; callbacks run here, in the loop."""

    async def open(self, app: str) -> None:
        """Let the bearer of a valid token in; a session's time without a viewer begins after it."""
        self.settle_in()
        admitted = await self.visits.join(app, self, self.user)
        if admitted is not None:
            viewing = self.visits.sessions.viewing(admitted.session)
            document = admitted.session.document
            # What is larger goes in parts, both ways (SPEC 3.4).
            document.session.limits.frame = self.site.websocket_max_message_size
            tally = document.observers.tally
            self.carry(TornadoCarrier(self, admitted.peer(), tally), viewing)
