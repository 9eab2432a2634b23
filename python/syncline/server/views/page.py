"""`/<app>`: the page of the visitor's session."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting import Place
from syncline.server.views.visitor import VisitorView


class PageView(VisitorView):
    """Finds or makes the visitor's session and shows it."""

    async def get(self, app: str) -> None:
        """Answer with the page, and the cookie that finds the session again."""
        context = self.context_of(app)
        name = quote(app)
        place = Place(
            socket=f"{name}/ws",
            static="static/",
            files=f"{name}/static/",
            start_over=f"{name}/start-over",
        )
        visit = await self.here(self.visits.open(context, self.visitor(app), place))
        if visit.cookie is not None:
            self.remember(app, visit.cookie)
        self.finish_page(visit.page)
