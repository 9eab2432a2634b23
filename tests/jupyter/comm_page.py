"""A page over a comm through a real Jupyter server, as JupyterLab's kernel websocket carries it."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tornado.websocket import WebSocketClientConnection

from syncline.sync.frames import Frame, binary
from syncline.sync.link import Link
from syncline.sync.replica import Replica
from syncline.transports.parcel import unpacked
from tests.jupyter.connection import connected
from tests.jupyter.kernel import LiveKernel

Message = dict[str, Any]


class CommSocket:
    """One kernel websocket with one document's comm on it."""

    def __init__(self, connection: WebSocketClientConnection, doc: str) -> None:
        self.connection = connection
        self.doc = doc
        self.comm = uuid.uuid4().hex
        self.replica = Replica(report=lambda _kind, _detail: None)
        self.link = Link(self.replica, self._send)
        self.link.on_channel = self._listen
        self.idle: set[str] = set()
        """The requests with which the kernel is done."""
        self.others: list[Message] = []
        """The data of comms that are not the document's."""
        self._channel = ""
        self._moved = asyncio.Event()
        self._to_write: list[tuple[str | bytes, bool]] = []

    def open(self) -> None:
        """Open the comm."""
        self.link.open(time.monotonic())
        data = {"protocol": 1, "doc": self.doc, "client": None}
        self._say("comm_open", {"comm_id": self.comm, "target_name": "syncline.v1", "data": data})

    def run(self, code: str) -> str:
        """Start a cell; return its request."""
        content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
        return self._say("execute_request", content)

    def value(self, model: str, name: str) -> Any:
        """Return a property as the page has it."""
        return next(
            (props.get(name) for m, _, props in self.replica.state.items() if m == model), None
        )

    async def until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a state."""
        async with asyncio.timeout(seconds):
            while not true():
                self._moved.clear()
                await self._moved.wait()

    async def serve(self) -> None:
        """Read what comes and send what is due, until the connection ends."""
        reading: asyncio.Future[Any] | None = None
        while True:
            for text, is_binary in self._to_write:
                await self.connection.write_message(text, binary=is_binary)
            self._to_write.clear()
            if reading is None:
                reading = asyncio.ensure_future(self._read())
            wait = max(0.0, min(self.link.due() - time.monotonic(), 0.05))
            await asyncio.wait([reading], timeout=wait)
            if reading.done():
                if (message := reading.result()) is None:
                    return
                reading = None
                self._hear(message)
            self.link.tick(time.monotonic())
            self._moved.set()

    async def _read(self) -> Message | None:
        said = await self.connection.read_message()
        if said is None or isinstance(said, str):
            return None if said is None else json.loads(said)
        (count,) = struct.unpack_from("!I", said)
        ends = [*struct.unpack_from(f"!{count}I", said, 4), len(said)]
        text, *buffers = (said[a:b] for a, b in itertools.pairwise(ends))
        return {**json.loads(text), "buffers": buffers}

    def _hear(self, message: Message) -> None:
        content = message["content"]
        if content.get("execution_state") == "idle":
            self.idle.add(message["parent_header"].get("msg_id", ""))
        if message["msg_type"] != "comm_msg":
            return
        if content["comm_id"] not in (self.comm, self._channel):
            self.others.append(content["data"])
            return
        for to, frame in unpacked(message):
            if to in (None, self.comm) and frame is not None:
                self.link.receive(frame, time.monotonic())
        self.link.flush(time.monotonic())

    def _listen(self, name: str) -> None:
        self._channel = name

    def _send(self, frame: Frame) -> None:
        self._say("comm_msg", {"comm_id": self.comm, "data": {"v": 1}}, [binary(frame)])

    def _say(self, kind: str, content: Message, buffers: list[bytes] | None = None) -> str:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "page", "username": ""}
        message = {
            "header": {**header, "version": "5.3", "date": ""},
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
        }
        parts = [json.dumps(message).encode(), *(buffers or [])]
        starts = [4 * (len(parts) + 1)]
        for part in parts[:-1]:
            starts.append(starts[-1] + len(part))
        head = struct.pack(f"!{len(parts) + 1}I", len(parts), *starts)
        self._to_write.append(
            (head + b"".join(parts) if buffers else parts[0].decode(), bool(buffers))
        )
        return header["msg_id"]


@asynccontextmanager
async def comm_socket(kernel: LiveKernel) -> AsyncIterator[CommSocket]:
    """Open a document's comm over a kernel websocket of a server under test."""
    server = kernel.server
    url = (
        f"ws://127.0.0.1:{server.port}{server.base}api/kernels/{kernel.id}/channels?session_id=page"
    )
    async with connected(url, server.authorization) as connection:
        page = CommSocket(connection, kernel.doc)
        serving = asyncio.ensure_future(page.serve())
        try:
            page.open()
            await page.until(lambda: page.link.status == "live")
            yield page
        finally:
            serving.cancel()
            await asyncio.wait([serving])
