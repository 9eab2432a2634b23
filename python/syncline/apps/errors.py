"""What can go wrong with an application.

AppError
├── AppLoadError      its code raised while a session was being made
└── AppNotFound       there is no such file
    └── UnknownApp    there is a file, but nothing here can run it
"""

from __future__ import annotations

import secrets
import traceback


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
        """Keep the author's part of the traceback: what lies below our own call."""
        frames = error.__traceback__.tb_next if error.__traceback__ else None
        text = "".join(traceback.format_exception(type(error), error, frames))
        return cls(where, text)


def new_error_id() -> str:
    """Return a short id that joins what a viewer sees with what the log holds."""
    return secrets.token_hex(4)
