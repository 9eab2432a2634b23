"""`/<app>/start-over`: ends the session of a page, so that the next load begins a new one."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.hosting.refusals import Refused
from syncline.hosting.tokens import TOKEN_HEADER
from syncline.server.views.base import GuardedView


class StartOverView(GuardedView):
    """Takes the page's token in a header: neither a form nor another site can send that."""

    def place(self) -> str | None:
        """Return where the session of the page is."""
        token = self.request.headers.get(TOKEN_HEADER)
        return self.visits.admissions.place_in(self.path_kwargs["app"], token)

    async def post(self, app: str) -> None:
        """End the session and say nothing."""
        self.context_of(app)
        token = self.request.headers.get(TOKEN_HEADER)
        try:
            await self.visits.admissions.start_over(app, token, self.user)
        except Refused as refused:
            raise HTTPError(403, refused.text) from None
        self.set_status(204)
        self.finish()
