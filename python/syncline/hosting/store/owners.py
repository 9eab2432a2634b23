"""Names of the processes that own entries, and whether one of them is surely gone."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path

LEASE_SECONDS = 5.0
"""How long a process is taken to live after its last sign of life."""


def new_owner() -> str:
    """Return a name for this process, or for one server of several in it."""
    return f"{_machine()}/{os.getpid()}/{secrets.token_urlsafe(9)}"


def is_gone(owner: str) -> bool:
    """Tell whether an owner's process is known to have ended: a restart need not wait for it."""
    machine, _, rest = owner.partition("/")
    number = rest.partition("/")[0]
    # Elsewhere the probe below would be a signal.
    if os.name != "posix" or machine != _machine() or not number.isdecimal() or int(number) < 1:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


@cache
def _machine() -> str:
    """Return what is the same for all processes that see each other's numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()
