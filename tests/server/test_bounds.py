"""What strangers can make a server hold is bounded, below what any view sees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from syncline.server.listener import Listener
from tests.server.browsing import Browser
from tests.server.test_session import counter

if TYPE_CHECKING:
    from syncline.server import Server
    from tests.server.conftest import Serve

POST = b"POST /counter HTTP/1.1\r\nHost: localhost\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def dial(server: Server) -> Streams:
    return await asyncio.open_connection("127.0.0.1", server.port)


async def hung_up(streams: Streams) -> bytes:
    """Return what came until the server closed."""
    reader, writer = streams
    async with asyncio.timeout(30):
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
    writer.close()
    return answer


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /counter HTTP/1.1\r\nHost: 127",
        POST + b"Content-Length: 9\r\n\r\nx",
    ],
    ids=["nothing", "half a head", "half a body"],
)
async def test_who_is_slow_to_say_what_they_want_is_hung_up_on(serve: Serve, said: bytes) -> None:
    patience = {"idle_connection_timeout": 1.0, "body_timeout": 0.1}
    server = serve(counter, http_server_kwargs=patience)
    streams = await dial(server)
    streams[1].write(said)
    await hung_up(streams)
    assert (await Browser(server).fetch("counter")).code == 200


async def test_a_large_body_is_not_even_read(serve: Serve) -> None:
    server = serve(counter)
    streams = await dial(server)
    streams[1].write(POST + b"Content-Length: 1000000\r\n\r\n")
    assert b"200" not in await hung_up(streams)
    assert len(server.site.sessions) == 0


async def test_a_large_head_is_not_even_read(serve: Serve) -> None:
    server = serve(counter)
    streams = await dial(server)
    streams[1].write(b"GET /counter HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (1 << 17))
    assert b"200" not in await hung_up(streams)
    assert len(server.site.sessions) == 0


async def test_one_connection_too_many_is_closed_and_the_others_go_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "most", 2)
    server = serve(counter)
    one, two = await dial(server), await dial(server)
    for reader, writer in (one, two):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert await hung_up(await dial(server)) == b""
    one[1].close()
    async with asyncio.timeout(30):
        while (await hung_up_or_answered(server)) == b"":
            pass
    two[1].close()


async def hung_up_or_answered(server: Server) -> bytes:
    reader, writer = await dial(server)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return await hung_up((reader, writer))


async def test_websockets_are_no_connections_of_the_listener(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "most", 2)
    browser = Browser(serve(counter))
    pages = [await browser.open("counter") for _ in range(4)]
    for page in pages:
        await page.greet()
