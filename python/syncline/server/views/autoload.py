"""`/<app>/autoload.js`: shows the application in a page of another site. It makes no session."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.hosting.answers import answer
from syncline.hosting.autoload import HEADERS, autoload
from syncline.server.views.base import GuardedView


class AutoloadView(GuardedView):
    """The script that such a page has inside."""

    def get(self, app: str) -> None:
        """Answer with the script, the same for every application."""
        self.context_of(app)
        script = autoload(self.site.static_files.manifest)
        if script is None:
            raise HTTPError(404)
        answer(self, HEADERS, script.encode())

    head = get
