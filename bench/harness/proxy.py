"""A TCP proxy on loopback that has outages: cuts, stalls, connections that die without a word."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, Self

CHUNK = 1 << 16
# Of the loop: asyncio accepts a connection in a task, and hands it on from a callback of that.
TURNS = 5
RESET = struct.pack("ii", 1, 0)


class Way:
    """One connection through the proxy."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.ends = [near]
        self.dead = False

    def reset(self) -> None:
        """End both sides as a network does that is gone: without a closing handshake."""
        for end in self.ends:
            raw = end.get_extra_info("socket")
            if raw is not None and not end.transport.is_closing():
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()


class Proxy:
    """Forward a port of its own to another one, with the outages that it is told to have."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.target = target
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._ways: dict[asyncio.Task[None], Way] = {}
        self._flowing = asyncio.Event()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._do(self._cut())

    def stall(self) -> None:
        """Forward nothing, either way; connections stay, and new ones are accepted."""
        self._do(self._stall())

    def deaden(self) -> None:
        """Let the connections there are never carry anything again, as after a laptop's sleep."""
        self._do(self._deaden())

    def mend(self) -> None:
        """Let everything flow: what was held back, and new connections."""
        self._do(self._mend())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        # What was accepted a moment ago is known as a way some turns later.
        for _ in range(TURNS):
            await asyncio.sleep(0)
        while self._ways:
            for task, way in self._ways.items():
                way.reset()
                task.cancel()
            await asyncio.wait(list(self._ways))
        await asyncio.sleep(0)

    async def _stall(self) -> None:
        self._flowing.clear()

    async def _deaden(self) -> None:
        for way in self._ways.values():
            way.dead = True

    async def _mend(self) -> None:
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        way = Way(near)
        task = self._loop.create_task(self._carry(way, reader))
        self._ways[task] = way
        task.add_done_callback(self._ways.pop)

    async def _carry(self, way: Way, reader: asyncio.StreamReader) -> None:
        try:
            # Where nobody listens, the browser is told no more than that.
            answers, far = await asyncio.open_connection("127.0.0.1", self.target)
            near = way.ends[0]
            way.ends.append(far)
            await asyncio.gather(self._pump(way, reader, far), self._pump(way, answers, near))
        except OSError:
            pass
        finally:
            way.reset()

    async def _pump(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK):
            await self._flowing.wait()
            if not way.dead:
                writer.write(data)
                await writer.drain()
        await self._flowing.wait()
        if not way.dead and writer.can_write_eof():
            writer.write_eof()
