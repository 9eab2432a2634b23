"""Where a server's log goes, and how its lines look."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from syncline.cli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def begin_log(level: str, form: str, file: Path | None) -> None:
    """Write the log to stderr, or to the end of a file. Raises UsageError."""
    try:
        formatter = logging.Formatter(form)
        handler = logging.StreamHandler() if file is None else logging.FileHandler(file)
    except ValueError as error:
        raise UsageError(f"log-format: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot write {file}: {(error.strerror or '').lower()}") from None
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # Each request is a line: wanted only by whoever looks for trouble.
    logging.getLogger("tornado.access").setLevel("DEBUG" if level == "debug" else "WARNING")
