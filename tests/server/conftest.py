from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from syncline.server import Server
from tests.asgi.serving import MountedServer
from tests.server.browsing import OPENED

Serve = Callable[..., Server]


FRONTS: dict[str, Any] = {"tornado": Server, "asgi": MountedServer}


@pytest.fixture
def front() -> str:
    """Name what is in front of the applications; files that try several override it."""
    return "tornado"


@pytest.fixture
async def serve(front: str) -> AsyncIterator[Serve]:
    """Start servers on free ports, and stop them at the end of the test."""
    servers: list[Server] = []

    def start(applications: Any, **options: Any) -> Server:
        server: Server = FRONTS[front](applications, **{"port": 0, **options})
        server.start()
        servers.append(server)
        return server

    yield start
    while OPENED:
        OPENED.pop().close()
    for server in servers:
        await server.stop()
