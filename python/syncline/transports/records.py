"""The stream format of a kernel's endpoint: length, kind, payload.

Both ends of an attach use it: the kernel serves it, a server process reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import json
import os
import stat
import struct
from pathlib import Path
from typing import Any, Protocol

import msgspec

Frame = str | bytes

FRAME_LIMIT = 8 * 2**20
"""Largest frame a client may send, SPEC 3.4."""
HEAD_LIMIT = 64 * 2**10
"""Room for the frame's own head, and the largest hello or close record."""
DOCUMENT_LIMIT = 512 * 2**20
"""Largest record a kernel may send."""

ANNOUNCED = "syncline-"
"""Begins the name of an announcement; the stem of the connection file follows."""

_HEAD = struct.Struct("<IB")


class Kind(enum.IntEnum):
    """What a record's payload is."""

    HELLO, TEXT, BINARY, CLOSE = range(4)


class RecordError(ValueError):
    """A record breaks the stream format; the stream cannot be read any further."""


class TooLargeError(RecordError):
    """A record is longer than its reader accepts."""


class Reader(Protocol):
    """The part of an asyncio stream reader that records need."""

    async def readexactly(self, n: int, /) -> bytes:
        """Return exactly `n` bytes."""


class PeerInfo(msgspec.Struct):
    """Who stands behind a connection, vouched for by the relay."""

    id: str = ""
    user: str | None = None
    role: str = "view"


class Hello(msgspec.Struct):
    """The first record of a connection."""

    key: str
    doc: str | None
    """Null asks which documents there are."""
    peer: PeerInfo = msgspec.field(default_factory=PeerInfo)
    end: bool = False
    """Close the document instead of attaching to it."""


class Announcement(msgspec.Struct):
    """Where a kernel's endpoint listens, and the key that opens it."""

    protocol: int
    path: str | None
    port: int | None
    key: str

    @property
    def address(self) -> str | int:
        """Return the Unix socket's path, else the loopback port."""
        if self.path is not None:
            return self.path
        if self.port is None:
            raise ValueError("announcement names neither a path nor a port")
        return self.port


def frame_record(frame: Frame) -> list[bytes]:
    """Return the pieces of the record that carries `frame`."""
    if isinstance(frame, str):
        return record(Kind.TEXT, frame.encode())
    return record(Kind.BINARY, frame)


def record(kind: Kind, payload: bytes) -> list[bytes]:
    """Return a record as a head and its payload, so that a large payload is not copied."""
    return [_HEAD.pack(len(payload), kind), payload]


def close_record(code: int, text: str) -> list[bytes]:
    """Return the record that says why a connection ends."""
    return record(Kind.CLOSE, json.dumps({"code": code, "text": text}).encode())


async def read_record(reader: Reader, limit: int) -> tuple[Kind, bytes]:
    """Read one record; raise before reading a payload that is over `limit`."""
    length, number = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    try:
        kind = Kind(number)
    except ValueError:
        raise RecordError(f"unknown record kind {number}") from None
    if length > limit:
        raise TooLargeError(f"record of {length} bytes, at most {limit} accepted")
    return kind, await reader.readexactly(length) if length else b""


def frame_of(kind: Kind, payload: bytes) -> Frame:
    """Return the frame a record carries."""
    if kind is Kind.BINARY:
        return payload
    if kind is not Kind.TEXT:
        raise RecordError(f"expected a frame, got a {kind.name.lower()} record")
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise RecordError("text frame is not UTF-8") from None


def announcement_path(connection_file: str | os.PathLike[str]) -> Path:
    """Return where the kernel with this connection file announces its endpoint."""
    path = Path(connection_file)
    return path.with_name(f"{ANNOUNCED}{path.stem}.json")


def announced(connection_file: str | os.PathLike[str]) -> Announcement | None:
    """Return a kernel's endpoint, or None when it has announced none that can be trusted."""
    return read_announcement(announcement_path(connection_file))


def read_announcement(path: Path) -> Announcement | None:
    """Return what an announcement says, or None when it is none that can be trusted."""
    try:
        with path.open("rb") as file:
            if not _private(os.fstat(file.fileno())):
                return None
            return msgspec.json.decode(file.read(HEAD_LIMIT), type=Announcement)
    except (OSError, msgspec.MsgspecError):
        return None


def _private(info: os.stat_result) -> bool:
    # A file that another user wrote, or may write, could lead a relay to a foreign socket.
    if not hasattr(os, "getuid"):
        return True
    return info.st_uid == os.getuid() and not info.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


class EndpointClient:
    """One attachment to a document in a running kernel.

    Iterate over it for the frames the kernel sends; the iteration ends when the connection does.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.close_code: int | None = None
        """Why the kernel closed, or None while it has not said so."""
        self.close_text = ""

    async def hello(
        self,
        key: str,
        doc: str | None,
        peer: PeerInfo | dict[str, Any] | None = None,
        *,
        end: bool = False,
    ) -> None:
        """Say which document this connection is about and who stands behind it."""
        info = msgspec.convert(peer or {}, PeerInfo) if not isinstance(peer, PeerInfo) else peer
        payload = msgspec.json.encode(Hello(key, doc, info, end))
        self._writer.writelines(record(Kind.HELLO, payload))
        await self._writer.drain()

    def __aiter__(self) -> EndpointClient:
        return self

    async def __anext__(self) -> Frame:
        try:
            kind, payload = await read_record(self._reader, DOCUMENT_LIMIT)
        except (asyncio.IncompleteReadError, OSError):
            raise StopAsyncIteration from None
        if kind is not Kind.CLOSE:
            return frame_of(kind, payload)
        said = msgspec.json.decode(payload)
        self.close_code, self.close_text = int(said["code"]), str(said["text"])
        raise StopAsyncIteration

    async def send(self, frame: Frame) -> None:
        """Send one frame; wait while the kernel does not read."""
        self._writer.writelines(frame_record(frame))
        await self._writer.drain()

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def connect(address: str | int) -> EndpointClient:
    """Connect to an endpoint's Unix socket (a path) or loopback port (a number)."""
    if isinstance(address, str):
        reader, writer = await asyncio.open_unix_connection(address, limit=2**20)
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", address, limit=2**20)
    return EndpointClient(reader, writer)
