"""From a path in a URL to a file the server's user may see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

if TYPE_CHECKING:
    from jupyter_server.services.contents.manager import ContentsManager


async def app_file(contents: ContentsManager, path: str) -> Path:
    """Return the file of an app; raise 404 for whatever the contents manager would not show."""
    path = path.strip("/")
    if ".." in path.split("/") or "\\" in path or "\0" in path:
        raise HTTPError(404)
    if not contents.allow_hidden and await ensure_async(contents.is_hidden(path)):
        raise HTTPError(404)
    if not await ensure_async(contents.file_exists(path)):
        raise HTTPError(404, f"no such file: {path}")
    return _on_disk(contents, path)


def _on_disk(contents: ContentsManager, path: str) -> Path:
    # Contents may live in a database; an app needs a folder to run in.
    if not hasattr(contents, "_get_os_path"):
        raise HTTPError(501, "apps need a contents manager that keeps files on disk")
    return Path(contents._get_os_path(path))  # raises 404 outside of the root
