"""From the command line's words to a command; every error a user can make is one line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import syncline
from syncline.cli import export, info, passwd, secret, serve
from syncline.cli.errors import status_of
from syncline.cli.habits import advice

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    words = sys.argv[1:] if words is None else list(words)
    root = parser()
    arguments, unknown = root.parse_known_args(words)
    if unknown:
        hint = advice(unknown)
        root.error(f"unrecognized arguments: {' '.join(unknown)}" + (f" ({hint})" if hint else ""))
    try:
        status: int = arguments.run(arguments)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - told
        return status_of(error)
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = argparse.ArgumentParser(prog="syncline", description="Live documents of Python objects.")
    root.add_argument("--version", action="version", version=f"syncline {syncline.__version__}")
    commands = root.add_subparsers(title="commands", required=True, metavar="command")
    for command in (serve, export, passwd, secret, info):
        command.add_to(commands)
    return root
