"""`syncline passwd`: a user of a file, added, changed or removed."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.cli.errors import UsageError
from syncline.hosting.auth.users import write_user

if TYPE_CHECKING:
    import argparse

SHORTEST = 8


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "passwd",
        help="set the password of a user in a file, for --auth-users",
        description="Add a user to a file, or change their password. It is asked for, or read "
        "from the first line of what is piped in.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="made if it is not there")
    parser.add_argument("user", metavar="USER", help="the name to log in with")
    parser.add_argument("--delete", action="store_true", help="remove the user")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file."""
    password = None if arguments.delete else _password()
    write_user(arguments.file, arguments.user, password)
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise UsageError("these were two passwords")
    if len(password) < SHORTEST:
        raise UsageError(f"a password has {SHORTEST} characters at least")
    return password
