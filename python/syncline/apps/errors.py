"""What can go wrong with an application.

AppError
├── AppLoadError      its code raised while a session was being made
└── AppNotFound       there is no such file
    └── UnknownApp    there is a file, but nothing here can run it
"""

from __future__ import annotations

import secrets
import traceback
from types import TracebackType


class AppError(Exception):
    """Root of what this package raises."""


class AppNotFound(AppError, FileNotFoundError):
    """There is no such file."""


class UnknownApp(AppNotFound):
    """The file is of a kind that no handler runs."""


class AppLoadError(AppError, RuntimeError):
    """An application's own code raised; a viewer may be shown `error_id` and nothing else."""

    def __init__(self, where: str, traceback_text: str) -> None:
        self.error_id = new_error_id()
        self.where = where
        self.traceback = traceback_text
        """For the log only."""
        super().__init__(f"{where} could not be loaded (error {self.error_id})")

    @classmethod
    def from_exception(cls, where: str, error: BaseException) -> AppLoadError:
        """Keep the author's part of the traceback: what lies below our own calls."""
        frames = error.__traceback__
        while frames is not None and _is_ours(frames):
            frames = frames.tb_next
        text = "".join(traceback.format_exception(type(error), error, frames))
        return cls(where, text)


def _is_ours(frames: TracebackType) -> bool:
    return str(frames.tb_frame.f_globals.get("__name__")).startswith("syncline.")


def new_error_id() -> str:
    """Return a short id that joins what a viewer sees with what the log holds."""
    return secrets.token_hex(4)
