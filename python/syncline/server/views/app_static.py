"""`/<app>/static/...`: the files an application brings along; and folders beside the apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import HTTPError

from syncline.hosting.answers import answer
from syncline.hosting.app_files import file_in, find_file
from syncline.hosting.pool import pool
from syncline.server.views.base import GuardedView

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.hosting.static import StaticFile
    from syncline.server.views.base import Route


class AppStaticView(GuardedView):
    """One of an application's own files. It makes no session."""

    async def get(self, app: str, name: str) -> None:
        """Answer with the file."""
        application = self.context_of(app).application
        await self._answer(await pool.run(lambda: find_file(application, name)))

    head = get

    async def _answer(self, file: StaticFile | None) -> None:
        if file is None:
            raise HTTPError(404)
        answer(self, file.headers, await pool.run(file.path.read_bytes))


class FolderView(AppStaticView):
    """One of the files of a folder that is served beside the applications."""

    def initialize(self, route: Route, folder: Path) -> None:  # type: ignore[override]
        """Take the folder."""
        super().initialize(route)
        self._folder = folder

    async def get(self, name: str) -> None:  # type: ignore[override]
        """Answer with the file."""
        await self._answer(await pool.run(lambda: file_in(self._folder, name)))

    head = get  # type: ignore[assignment]
