"""`/<app>/ws`: the document of the visitor's session."""

from __future__ import annotations

from syncline.server.views.base import SocketView
from syncline.transports.tornado import TornadoCarrier


class SessionView(SocketView):
    """One browser's connection to its session's document; callbacks run here, in the loop."""

    async def open(self, app: str) -> None:
        """Let the bearer of a valid token in; a session's time without a viewer begins after it."""
        if not self.settle_in():
            return
        admitted = await self.visits.admissions.join(app, self, self.user)
        if admitted is not None:
            viewing = self.visits.sessions.viewing(admitted.session)
            document = admitted.session.document
            self.site.set_limits(document.session.limits)
            tally = document.observers.tally
            self.carry(
                TornadoCarrier(self, admitted.limited(self.entry.role).peer(), tally), viewing
            )
