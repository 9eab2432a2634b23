"""`/<app>/static/...`: the files an application brings along."""

from __future__ import annotations

from tornado.web import HTTPError

from syncline.hosting.answers import answer
from syncline.hosting.app_files import find_file
from syncline.hosting.pool import pool
from syncline.server.views.base import GuardedView


class AppStaticView(GuardedView):
    """One of an application's own files. It makes no session."""

    async def get(self, app: str, name: str) -> None:
        """Answer with the file."""
        application = self.context_of(app).application
        file = await pool.run(lambda: find_file(application, name))
        if file is None:
            raise HTTPError(404)
        answer(self, file.headers, await pool.run(file.path.read_bytes))

    head = get
