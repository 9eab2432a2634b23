from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from syncline.server import Server
from tests.server.browsing import OPENED

Serve = Callable[..., Server]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers on free ports, and stop them at the end of the test."""
    servers: list[Server] = []

    def start(applications: Any, **options: Any) -> Server:
        server = Server(applications, **{"port": 0, **options})
        server.start()
        servers.append(server)
        return server

    yield start
    while OPENED:
        OPENED.pop().close()
    for server in servers:
        await server.stop()
