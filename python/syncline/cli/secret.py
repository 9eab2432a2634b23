"""`syncline secret`: a fresh key."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

BYTES = 32


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "secret",
        help="print a fresh key",
        description="Print a fresh key, for SYNCLINE_SECRET_KEY and the like.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    print(secrets.token_urlsafe(BYTES))
    return 0
