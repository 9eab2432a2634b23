"""The kernel's own endpoint: documents over a private socket, past the kernel's message queues.

A thread with its own event loop serves it, so that a running cell stops nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from syncline.sync.errors import Close
from syncline.sync.liveness import DRAIN_SECONDS
from syncline.sync.pace import FLUSH_SECONDS, Pace
from syncline.sync.peer import Peer
from syncline.sync.session import Session
from syncline.transports.leftovers import FOLDER_PREFIX, remove_leftovers, remove_socket
from syncline.transports.overview import DONE, Overview, Overviews, Viewer
from syncline.transports.records import (
    FRAME_LIMIT,
    HEAD_LIMIT,
    Announcement,
    EndpointClient,
    Frame,
    Hello,
    Kind,
    PeerInfo,
    RecordError,
    TooLargeError,
    announced,
    announcement_path,
    close_record,
    connect,
    frame_of,
    frame_record,
    read_record,
    record,
)

__all__ = [
    "Announcement",
    "Endpoint",
    "EndpointClient",
    "EndpointConnection",
    "PeerInfo",
    "announced",
    "announcement_path",
    "connect",
]

log = logging.getLogger("syncline")

HELLO_SECONDS = 10.0
STOP_SECONDS = 2.0
LONGEST_PATH = 100
"""Bytes of a Unix socket's path; the systems differ, this fits them all."""
TICK_SECONDS = 1.0

Find = Callable[[str], Session | None]


class EndpointConnection:
    """One attached peer: a reader feeding its `Peer`, a writer emptying it."""

    def __init__(
        self, hello: Hello, peer: Peer, session: Session, writer: asyncio.StreamWriter
    ) -> None:
        self.hello = hello
        self._peer = peer
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        # Set when somebody waits for an answer: such a flush is not paced.
        self._asked = asyncio.Event()
        self._scheduled = False
        self._pace = Pace(FLUSH_SECONDS)
        self._ended: tuple[int, str] | None = None
        self._remove = session.listen(self._wake)

    async def open(self) -> None:
        """Greet the peer."""
        for frame in self._peer.open():
            self._write(frame)
        await self._drain()

    async def receive(self, reader: asyncio.StreamReader) -> None:
        """Feed the peer until the connection ends."""
        while self._ended is None and self._peer.close_code is None:
            try:
                frame = frame_of(*await read_record(reader, FRAME_LIMIT + HEAD_LIMIT))
                self._peer.receive(frame)
            except TooLargeError as error:
                self.end(Close.TOO_LARGE, str(error))
            except RecordError as error:
                self.end(Close.BAD_MESSAGE, str(error))
            self._asked.set()
            self._changed.set()

    async def send(self) -> None:
        """Send what the peer has, whenever it has something, until the connection ends."""
        while self._ended is None and self._peer.close_code is None:
            await self._changed.wait()
            await self._paced()
            self._changed.clear()
            asked = self._asked.is_set()
            self._asked.clear()
            await self._flush()
            if asked:
                self._pace.answered()
            else:
                self._pace.flushed(self._loop.time())

    def end(self, code: int, text: str) -> None:
        """Close the connection for a reason; only on the endpoint's loop."""
        self._ended = self._ended or (code, text)
        self._asked.set()
        self._changed.set()

    def close(self) -> None:
        """Leave the session and say the last word, if there is one."""
        self._remove()
        code = self._peer.close_code
        last = self._ended or ((code, self._peer.close_text) if code is not None else None)
        if last is not None and not self._writer.is_closing():
            # The errors that led to a close are still in the peer's hands.
            while (frame := self._peer.take()) is not None:
                self._write(frame)
            self._writer.writelines(close_record(*last))
        self._peer.close()
        self._writer.close()

    def tick(self) -> None:
        """Let the peer look after what depends on time."""
        self._peer.tick()
        if self._peer.close_code is not None or self._peer.pending():
            self._changed.set()

    async def _flush(self) -> None:
        while (frame := self._peer.take()) is not None:
            self._write(frame)
            await self._drain()

    async def _paced(self) -> None:
        wait = self._pace.due - self._loop.time()
        if wait > 0 and not self._asked.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), wait)

    def _write(self, frame: Frame) -> None:
        self._writer.writelines(frame_record(frame))

    async def _drain(self) -> None:
        await asyncio.wait_for(self._writer.drain(), DRAIN_SECONDS)

    def _wake(self) -> None:
        # Any thread, possibly under the session's lock: only schedule, and only once.
        if self._scheduled:
            return
        self._scheduled = True
        try:
            self._loop.call_soon_threadsafe(self._woken)
        except RuntimeError:
            log.debug("change after the endpoint's loop was closed")

    def _woken(self) -> None:
        self._scheduled = False
        self._changed.set()


class Endpoint:
    """Serves the documents that `find` knows; announced beside the kernel's connection file.

    `overviews` tells of all of them, `end` closes one for good, on a thread of its own.
    """

    def __init__(
        self,
        find: Find,
        connection_file: str | os.PathLike[str],
        overviews: Callable[[], list[Overview]] = list,
        end: Callable[[str], object] = lambda _doc: None,
    ) -> None:
        self._find = find
        self._overviews = overviews
        self._end = end
        self._file = announcement_path(connection_file)
        self._key = secrets.token_hex(32)
        self._connections: set[EndpointConnection] = set()
        self._socket: Path | None = None
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    @property
    def alive(self) -> bool:
        """Tell whether it serves in this process (a forked child has inherited none)."""
        return self._thread is not None and self._thread.is_alive() and self._pid == os.getpid()

    def start(self) -> None:
        """Listen, announce, and serve on a thread of its own."""
        remove_leftovers(self._file)
        listener = self._listen()
        listener.setblocking(False)
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="syncline-endpoint", daemon=True
        )
        self._thread.start()
        self._announce(listener.getsockname())

    def stop(self) -> None:
        """Withdraw the announcement, drop every connection and join the thread."""
        if self._pid != os.getpid():
            return
        self._file.unlink(missing_ok=True)
        if self.alive:
            self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(timeout=STOP_SECONDS)
        if self._socket is not None:
            remove_socket(self._socket)

    def _listen(self) -> socket.socket:
        if hasattr(socket, "AF_UNIX"):
            beside = self._file.with_suffix(".sock")
            if len(os.fsencode(beside)) <= LONGEST_PATH:
                # Left by a process of this kernel that was killed before it announced itself.
                remove_socket(beside)
                if (listener := self._bind(beside)) is not None:
                    return listener
            # mkdtemp makes the directory 0700: nobody else gets as far as the socket.
            folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX)
            if (listener := self._bind(Path(folder) / "kernel.sock")) is not None:
                return listener
        return socket.create_server(("127.0.0.1", 0))

    def _bind(self, path: Path) -> socket.socket | None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(path))
            # Before it listens nobody can connect.
            path.chmod(0o600)
            listener.listen()
        except OSError:
            # A path that is too long, or a file system without sockets.
            listener.close()
            remove_socket(path)
            return None
        self._socket = path
        return listener

    def _announce(self, address: str | tuple[str, int]) -> None:
        path, port = (address, None) if isinstance(address, str) else (None, address[1])
        said = msgspec.json.encode(Announcement(1, path, port, self._key))
        fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(said)
        fresh.replace(self._file)

    def _run(self, listener: socket.socket) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.create_task(self._serve(listener))
        self._loop.create_task(self._tick())
        try:
            self._loop.run_forever()
        finally:
            _finish(self._loop)
            listener.close()

    async def _serve(self, listener: socket.socket) -> None:
        if listener.family == getattr(socket, "AF_UNIX", None):
            server = await asyncio.start_unix_server(self._accept, sock=listener, limit=2**20)
        else:
            server = await asyncio.start_server(self._accept, sock=listener, limit=2**20)
        async with server:
            await server.serve_forever()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._tick_all()

    def _tick_all(self) -> None:
        # A function of its own: a name in `_tick` would keep the last document while it sleeps.
        for connection in list(self._connections):
            connection.tick()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await asyncio.wait_for(self._greet(reader), HELLO_SECONDS)
            if hello.doc is None:
                writer.writelines(record(Kind.TEXT, self._overview()))
                raise RefusedError(DONE, "that is all")
            session = self._find(hello.doc)
            if session is None:
                raise RefusedError(Close.UNKNOWN_SESSION, "this kernel has no such document")
            if hello.end:
                self._close(hello)
        except RefusedError as refusal:
            writer.writelines(close_record(*refusal.args))
            writer.close()
        except (OSError, EOFError, TimeoutError):
            writer.close()
        else:
            await self._attend(hello, session, reader, writer)

    async def _greet(self, reader: asyncio.StreamReader) -> Hello:
        try:
            kind, payload = await read_record(reader, HEAD_LIMIT)
            if kind is not Kind.HELLO:
                raise RecordError("expected a hello")
            hello = msgspec.json.decode(payload, type=Hello)
        except (RecordError, msgspec.MsgspecError) as error:
            raise RefusedError(Close.BAD_MESSAGE, str(error)) from None
        if not hmac.compare_digest(hello.key.encode(), self._key.encode()):
            raise RefusedError(Close.UNAUTHORISED, "wrong key")
        return hello

    def _overview(self) -> bytes:
        documents = self._overviews()
        for document in documents:
            document.peers += [
                Viewer(hello.peer.user, hello.peer.role, "attach")
                for hello in (connection.hello for connection in self._connections)
                if hello.doc == document.id
            ]
        return msgspec.json.encode(Overviews(documents))

    def _close(self, hello: Hello) -> NoReturn:
        if hello.peer.role != "owner":
            raise RefusedError(Close.UNAUTHORISED, "only an owner closes a document")
        # Not here: a cell may be in the middle of a transaction, and all others wait.
        end = threading.Thread(target=self._end, args=(hello.doc,), daemon=True)
        end.start()
        raise RefusedError(DONE, "the document is closed")

    async def _attend(
        self,
        hello: Hello,
        session: Session,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        who = hello.peer
        trusted = who.role == "owner"
        may_write = trusted or who.role == "edit"
        peer = Peer(session, may_write=may_write, trusted=trusted, user=who.user)
        connection = EndpointConnection(hello, peer, session, writer)
        self._connections.add(connection)
        try:
            await connection.open()
            await _first(connection.receive(reader), connection.send())
        except TimeoutError:
            # It does not read: what is buffered for it will never be wanted.
            writer.transport.abort()
        except (OSError, EOFError):
            log.debug("an attached connection ended", exc_info=True)
        finally:
            self._connections.discard(connection)
            connection.close()


class RefusedError(Exception):
    """A connection ends where it began: close code and text."""


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Run until one of `works` ends, cancel the others, raise what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left on a stopped loop and close it."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
