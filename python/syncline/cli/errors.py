"""What a user of the command line can do wrong: each is one line."""

from __future__ import annotations

import sys
import traceback

from syncline.apps import AppError
from syncline.hosting import BadOrigin, HostingError
from syncline.hosting.store import StoreError
from syncline.server import ServerError


class UsageError(Exception):
    """A setting cannot be used; the text says which and why."""


MISTAKES = (AppError, BadOrigin, HostingError, ServerError, StoreError, UsageError)


def status_of(error: BaseException) -> int:
    """Say in a line what went wrong, of a fault of ours all; return the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    if isinstance(error, MISTAKES):
        print(f"syncline: {error}", file=sys.stderr)
    else:
        traceback.print_exception(error)
    return 1
