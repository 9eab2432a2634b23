"""A real Uvicorn on a free port, in the loop of a test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from syncline.asgi import syncline_asgi, syncline_lifespan


class Uvicorn(uvicorn.Server):
    """One that leaves the signals of the process alone, and ends at once."""

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, **options))
        # Made as by `uvicorn --host`: asyncio knows by the protocol's number what it has.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        self._ending = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def main_loop(self) -> None:
        await self._ending.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.parted()
        await super().shutdown(sockets)

    async def parted(self) -> None:
        """Wait until whoever said goodbye has gone: Uvicorn 0.54 fails to end in between."""
        connections = self.server_state.connections
        while any(connection.transport.is_closing() for connection in connections):
            await asyncio.sleep(0)

    def start(self) -> None:
        """Begin to answer, as soon as the loop comes to it."""
        self._serving = asyncio.ensure_future(self.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """End, as for a signal."""
        self._ending.set()
        if self._serving is not None:
            await self._serving
        self._socket.close()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()


@asynccontextmanager
async def serving(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """Serve on a free port; give the URL."""
    async with Uvicorn(app, **options) as server:
        yield f"http://127.0.0.1:{server.port}"


class MountedServer(Uvicorn):
    """Serves applications below `/viz`, with the face of a `Server`."""

    def __init__(self, applications: Any, *, port: int = 0, **options: Any) -> None:
        assert port == 0
        self.viz = syncline_asgi(applications, **options)
        self.site = self.viz.site
        routes = [Mount("/viz", self.viz)]
        super().__init__(Starlette(routes=routes, lifespan=syncline_lifespan(self.viz)))
        self.url = f"http://127.0.0.1:{self.port}/viz/"

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # As Uvicorn does, but for its pause of 0.1 s: hundreds of tests end here.
        await self.parted()
        for server in self.servers:
            server.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0)
        await self.lifespan.shutdown()
