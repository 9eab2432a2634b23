"""`/`: the list of applications, or the one that stands for it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tornado.web import HTTPError

from syncline.server.views.base import GuardedView


class IndexView(GuardedView):
    """Links to every application."""

    async def get(self) -> None:
        """Answer with the list, or send the browser to the application that is the index."""
        index = self.site.index
        if index is False:
            raise HTTPError(404)
        if isinstance(index, str):
            self.see_other(quote(index))
            return
        template = index if isinstance(index, Path) else None
        mine = await self.site.door.may_use(self.entry, self.site.contexts)
        self.finish_page(self.visits.pages.index(self.site.links(names=mine), template))

    head = get
