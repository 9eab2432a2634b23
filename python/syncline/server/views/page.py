"""`/<app>`: the page of the visitor's session."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting import Place
from syncline.server.views.visitor import VisitorView


class PageView(VisitorView):
    """Finds or makes the visitor's session and shows it."""

    def addresses(self, app: str) -> Place:
        """Return where the page finds what belongs to it."""
        name = quote(app)
        return Place(
            socket=f"{name}/ws",
            static="static/",
            files=f"{name}/static/",
            start_over=f"{name}/start-over",
            logout=self.site.door.way_out(self.entry),
        )

    async def get(self, app: str) -> None:
        """Answer with the page, and the cookie that finds the session again."""
        context = self.context_of(app)
        visit = await self.here(self.visits.open(context, self.visitor(app), self.addresses(app)))
        if visit.cookie is not None:
            self.remember(app, visit.cookie)
        self.finish_page(visit.page)
