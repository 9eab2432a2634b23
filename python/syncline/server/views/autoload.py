"""`/<app>/autoload.js`: shows the application in a page of another site. It makes no session."""

from __future__ import annotations

from syncline.hosting.answers import answer
from syncline.hosting.autoload import HEADERS, autoload
from syncline.server.views.base import GuardedView


class AutoloadView(GuardedView):
    """The script that such a page has inside."""

    def get(self, app: str) -> None:
        """Answer with the script, which does not tell whether there is such an application."""
        answer(self, HEADERS, autoload(self.site.static_files.manifest))

    head = get
