"""What killed kernels leave beside their connection files: announcements, and dead sockets."""

from __future__ import annotations

import contextlib
from pathlib import Path

from syncline.transports.records import ANNOUNCED, read_announcement

FOLDER_PREFIX = "syncline-"
"""Of the private folders for sockets whose path would be too long beside the connection file."""


def remove_leftovers(announcement: Path) -> None:
    """Remove what an earlier process of this kernel left, and kernels that are gone for good."""
    for left in {announcement, *_orphans(announcement.parent)}:
        _remove(left)


def remove_socket(path: Path) -> None:
    """Remove a socket, and the private folder that was made for it alone."""
    with contextlib.suppress(OSError):
        if path.is_socket():
            path.unlink()
    if path.parent.name.startswith(FOLDER_PREFIX):
        # Not a whole tree: what else is in there is not ours.
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def _orphans(folder: Path) -> list[Path]:
    """Return the announcements whose connection file is gone: its kernel takes it along."""
    try:
        paths = list(folder.iterdir())
    except OSError:
        return []
    stems = {path.stem for path in paths}
    return [
        path
        for path in paths
        if path.suffix == ".json"
        and path.stem.startswith(ANNOUNCED)
        and path.stem.removeprefix(ANNOUNCED) not in stems
    ]


def _remove(announcement: Path) -> None:
    # A file that only looks like an announcement stays.
    said = read_announcement(announcement)
    if said is None:
        return
    if said.path is not None:
        remove_socket(Path(said.path))
    with contextlib.suppress(OSError):
        announcement.unlink()
