"""`/`: the list of applications."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting import Link
from syncline.server.views.base import GuardedView


class IndexView(GuardedView):
    """Links to every application."""

    def get(self) -> None:
        """Answer with the list."""
        links = [
            Link(quote(name), context.application.title)
            for name, context in self.site.contexts.items()
        ]
        self.finish_page(self.visits.pages.index(links))

    head = get
