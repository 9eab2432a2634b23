"""A server in a process of its own, and what cuts the wire to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.test_serve import PACKAGES, Running, serving
from tests.ports import free_port

APP = Path(__file__).with_name("counter_app.py")
ROOT = APP.parents[2]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Serve the counter in another process."""
    with serving(APP, "--port", "0", PYTHONPATH=f"{PACKAGES}{os.pathsep}{ROOT}") as process:
        yield process


@pytest.fixture(scope="module")
def url(running: Running) -> str:
    """The URL of the app's page."""
    return running.url()


class Wire:
    """A way to the server that a test may cut, and mend."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()
        self.url = ""

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.url = self._there._replace(netloc=f"127.0.0.1:{self.port}").geturl()

    async def cut(self, *, closed: bool = False) -> None:
        """Reset every connection; where `closed` nobody answers until it is mended."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        if closed and self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._there.hostname, self._there.port
        there_reader, there_writer = await asyncio.open_connection(host, port)
        self._writers |= {writer, there_writer}
        both = (_pump(reader, there_writer), _pump(there_reader, writer))
        await asyncio.gather(*both)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def wire(url: str) -> AsyncIterator[Wire]:
    made = Wire(url)
    await made.mend()
    yield made
    await made.cut(closed=True)
