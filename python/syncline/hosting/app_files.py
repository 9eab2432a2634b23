"""The files an application brings along: its static folder, and its style sheet as `theme.css`."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from syncline.hosting.static import StaticFile

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.apps import Application

THEME = "theme.css"


def find_file(application: Application, name: str) -> StaticFile | None:
    """Return a file by its name below `<app>/static/`, new ones too; hidden ones are not served."""
    if name == THEME and application.theme_path is not None:
        return _file(application.theme_path)
    folder = application.static_path
    return None if folder is None else file_in(folder, name)


def file_in(folder: Path, name: str) -> StaticFile | None:
    """Return a file of a folder that is served."""
    parts = name.split("/")
    if not all(map(_is_plain, parts)):
        return None
    path = folder.joinpath(*parts)
    # A link may lead out of the folder: what is there was not meant to be served.
    inside = path.is_file() and path.resolve().is_relative_to(folder.resolve())
    return _file(path) if inside else None


def _file(path: Path) -> StaticFile:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if path.suffix in (".js", ".mjs") else kind
    text = kind.startswith("text/") or kind == "application/json"
    # It may be edited while the server runs: the browser asks each time whether it was.
    return StaticFile(path, f"{kind}; charset=utf-8" if text else kind, None, immutable=False)


def _is_plain(part: str) -> bool:
    return not (part.startswith(".") or part == "" or set(part) & {"\\", "\0", ":"})
