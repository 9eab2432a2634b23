"""`/<app>/ticket`: what a program needs to connect to the visitor's session, as JSON."""

from __future__ import annotations

from syncline.hosting.refusals import Unavailable
from syncline.server.views.visitor import VisitorView


class TicketView(VisitorView):
    """Finds or makes the visitor's session, as its page does, and shows nothing of it."""

    async def get(self, app: str) -> None:
        """Answer with the token; its socket is beside this URL."""
        context = self.context_of(app)
        # It holds a token: it is kept nowhere.
        self.set_header("Cache-Control", "no-store")
        try:
            ticket = await self.here(self.visits.ticket(context, self.visitor(app)))
        except Unavailable as error:
            self.tell(error.text, error.status, error.error_id, error.retry)
            return
        if ticket.cookie is not None:
            self.remember(app, ticket.cookie)
        self.finish(ticket.answer)
