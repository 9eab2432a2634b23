"""One of several processes behind one port: which it is, and which of them has what.

A session lives in the process that its place belongs to, the same before and after any of them
dies. Whichever process accepts a connection hands it on to that one, with what it has read of it.
"""

from __future__ import annotations

import socket
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

PROCESS = "process"
"""The argument of a query that asks for one of them."""
LARGEST = 1 << 18
"""Bytes of a connection that may have been read before it is handed on."""


class Busy(Exception):
    """A process takes no more connections at the moment."""


@dataclass(frozen=True)
class Handed:
    """A connection that another process has accepted."""

    socket: socket.socket
    address: Any
    """Of whoever is at its other end, as `accept` tells it."""
    read: bytes
    """What was read of it already."""


@dataclass(frozen=True)
class Boxes:
    """What processes hand connections over in: a queue for each, which outlives it."""

    inboxes: Sequence[socket.socket]
    outboxes: Sequence[socket.socket]

    @classmethod
    def of(cls, count: int) -> Boxes:
        """Make them, to be inherited by so many processes."""
        # Datagrams keep what belongs together together, whoever sends.
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(count)]
        for inbox, outbox in pairs:
            inbox.setblocking(False)
            outbox.setblocking(False)
            outbox.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LARGEST)
        return cls([inbox for inbox, _ in pairs], [outbox for _, outbox in pairs])

    def close(self) -> None:
        """Let go of them, and of the connections in them."""
        for box in (*self.inboxes, *self.outboxes):
            box.close()


class Procs:
    """What one process knows of all."""

    def __init__(self, index: int, boxes: Boxes) -> None:
        self.index = index
        self.count = len(boxes.inboxes)
        self.inbox = boxes.inboxes[index]
        self._outboxes = boxes.outboxes

    def owner(self, place: str) -> int:
        """Return which process has the session at a place."""
        return zlib.crc32(place.encode()) % self.count

    def has(self, place: str) -> bool:
        """Tell whether that is this one."""
        return self.owner(place) == self.index

    def named(self, word: str) -> int | None:
        """Return the process that a query asks for."""
        return int(word) if word.isdecimal() and word.isascii() and int(word) < self.count else None

    def hand_on(self, index: int, fd: int, address: object, read: bytes) -> None:
        """Give a connection to another process. Raises Busy, and the caller still has it."""
        message = msgspec.json.encode(address) + b"\n" + read
        if len(message) > LARGEST:
            raise Busy("there is too much of it")
        try:
            socket.send_fds(self._outboxes[index], [message], [fd])
        except (BlockingIOError, ConnectionError):
            raise Busy(f"process {index}") from None

    def take(self) -> Handed | None:
        """Return the next connection that was handed on to this process."""
        try:
            message, fds, _, _ = socket.recv_fds(self.inbox, LARGEST, 1)
        except BlockingIOError:
            return None
        address, _, read = message.partition(b"\n")
        return Handed(socket.socket(fileno=fds[0]), msgspec.json.decode(address), read)
