"""Ports for servers that are told where to listen."""

from __future__ import annotations

import secrets
import socket


def free_port() -> int:
    """Return a port nobody listens on.

    It is below those that a system gives to whoever asks for any: a kernel that starts meanwhile,
    beside another test, does not get it.
    """
    for _ in range(100):
        port = 20000 + secrets.randbelow(8000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
