"""`/static/...`: the built front end."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.hosting.answers import answer_file
from syncline.server.views.base import GuardedView


class StaticView(GuardedView):
    """One of the files that were there at the start."""

    def get(self, name: str) -> None:
        """Answer with the file, compressed when the browser accepts that."""
        accepted = self.request.headers.get("Accept-Encoding", "")
        file = self.site.static_files.find(name, accepted)
        if file is None:
            raise HTTPError(404)
        answer_file(self, file)

    head = get
