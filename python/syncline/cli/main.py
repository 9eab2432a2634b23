"""From the command line's words to a command; every error a user can make is one line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import syncline
from syncline.apps import AppError
from syncline.cli import info, serve
from syncline.hosting import BadOrigin, HostingError
from syncline.server import ServerError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    arguments = parser().parse_args(words)
    try:
        status: int = arguments.run(arguments)
    except (AppError, BadOrigin, HostingError, ServerError) as error:
        print(f"syncline: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = argparse.ArgumentParser(prog="syncline", description="Live documents of Python objects.")
    root.add_argument("--version", action="version", version=f"syncline {syncline.__version__}")
    commands = root.add_subparsers(title="commands", required=True, metavar="command")
    serve.add_to(commands)
    info.add_to(commands)
    return root
