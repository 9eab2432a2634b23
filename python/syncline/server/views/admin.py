"""`/admin`: the administrators' page, and its document, for who was given the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting import Place
from syncline.hosting.admin import NAME
from syncline.hosting.procs import PROCESS
from syncline.server.views.page import PageView
from syncline.server.views.session import SessionView

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext
    from syncline.hosting import Visits
    from syncline.hosting.procs import Procs


class AdminView(PageView):
    """The page of an application that is in no list."""

    @property
    def visits(self) -> Visits:
        """The administrators' own reception."""
        return self.site.admin.visits

    def context_of(self, app: str) -> ApplicationContext:
        """Return the administrators' application; the route has no other."""
        return self.site.admin.context

    def process(self, procs: Procs) -> int | None:
        """Return the process whose sessions are asked for."""
        named = procs.named(self.get_query_argument(PROCESS, ""))
        return super().process(procs) if named is None else named

    def addresses(self, app: str) -> Place:
        """Return where the page finds its document; there is nothing to start over."""
        logout = self.site.door.way_out(self.entry)
        return Place(socket=f"{app}/ws", static="static/", logout=logout)

    async def get(self, app: str = NAME) -> None:
        """Answer with the page."""
        await super().get(app)

    def head(self, app: str = NAME) -> None:
        """Say that it is there."""
        super().head(app)


class AdminSessionView(SessionView):
    """An administrator's connection."""

    @property
    def visits(self) -> Visits:
        """The administrators' own reception."""
        return self.site.admin.visits

    async def open(self, app: str = NAME) -> None:
        """Let the bearer of the page's token in."""
        await super().open(app)
