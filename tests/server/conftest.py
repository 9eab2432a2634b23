from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from syncline.server import Server
from tests.asgi.serving import MountedServer
from tests.server.browsing import close_all

Serve = Callable[..., Server]


FRONTS: dict[str, Any] = {"tornado": Server, "asgi": MountedServer}


@pytest.fixture
def front() -> str:
    """Name what is in front of the applications; files that try several override it."""
    return "tornado"


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Leave no connection of a test to the next one, whose loop is another."""
    yield
    close_all()


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
    close_all()
    for server in servers:
        await server.stop()
