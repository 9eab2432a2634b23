"""Sockets that are bound before anything else begins, so that a mistake is known at once."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from tornado.netutil import bind_sockets, bind_unix_socket

from syncline.server.errors import AddressUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def bind(address: str, port: int, unix_socket: Path | None) -> list[socket.socket]:
    """Return sockets that listen; raise `AddressUnavailable` where that cannot be."""
    try:
        if unix_socket is not None:
            return [_bind_unix(unix_socket)]
        return bind_sockets(port, address)
    except OSError as error:
        where = unix_socket or f"{address}:{port}"
        raise AddressUnavailable(f"cannot listen on {where}: {_reason(error)}") from error


def _bind_unix(path: Path) -> socket.socket:
    # Tornado removes a socket that is there; one that still answers belongs to another server.
    if path.exists() and (not path.is_socket() or _answers(path)):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    # Made under a tight umask: there is no moment at which others could connect.
    before = os.umask(0o177)
    try:
        return bind_unix_socket(str(path), mode=0o600)
    finally:
        os.umask(before)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
