"""How a document is kept connected: what is tried again, and what ends it (SPEC 5.9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import syncline as sl
from syncline.client import ClientDocument, NotAllowed, ServerGone, SessionError, VersionMismatch
from syncline.client.background import Background, background
from syncline.client.pipes import Pipe
from syncline.sync.errors import Close
from syncline.sync.frames import Frame
from syncline.transports.memory import MemoryCarrier
from tests.client.models import Counter

SECONDS = 30


class QueuePipe:
    """A connection to a document in this process."""

    def __init__(self, document: sl.Document) -> None:
        self.close_code: int | None = None
        self.close_text = ""
        self.closed: list[int] = []
        self.sent: asyncio.Queue[Frame] = asyncio.Queue()
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        self.carrier = MemoryCarrier(document.session, self._frames.put_nowait)
        self.carrier.open()

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while (frame := await self._frames.get()) is not None:
            yield frame

    def send(self, frame: Frame) -> None:
        self.sent.put_nowait(frame)
        self.carrier.receive(frame)
        self.carrier.send()

    def say(self, frame: Frame) -> None:
        """Let the server say something."""
        self._frames.put_nowait(frame)

    def end(self, code: int | None = None, text: str = "") -> None:
        """Let the server end the connection."""
        self.close_code, self.close_text = code, text
        self._frames.put_nowait(None)

    async def close(self, code: int = 1000) -> None:
        self.closed.append(code)
        self.carrier.close()


class Place:
    """A served document, and the connections that were opened to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # No jitter, and no waiting: the delays have a test of their own.
        monkeypatch.setattr("syncline.sync.reconnect.FIRST_SECONDS", 0.0)
        monkeypatch.setattr("syncline.sync.reconnect.LAST_SECONDS", 0.0)
        self.served = sl.Document("served")
        self.counter = Counter()
        self.served.add_root(self.counter)
        self.pipes: list[QueuePipe] = []
        self.errors: list[OSError] = []

    async def dial(self) -> Pipe:
        if self.errors:
            raise self.errors.pop(0)
        self.pipes.append(QueuePipe(self.served))
        return self.pipes[-1]

    async def open(self) -> ClientDocument:
        return await ClientDocument().open(self.dial)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(monkeypatch)


async def until(document: ClientDocument, true: Any) -> None:
    async with asyncio.timeout(SECONDS):
        await document.until(true)


async def test_a_lost_connection_is_tried_until_it_is_there_again(place: Place) -> None:
    document = await place.open()
    place.errors = [ConnectionRefusedError(), ServerGone("a proxy without its server", 502)]
    place.pipes[0].end()
    await until(document, lambda: len(place.pipes) == 2 and document.status == "live")
    assert place.errors == []
    await document.carrier.close()
    assert place.pipes[1].closed == [1000]


async def test_what_is_final_when_coming_back_ends_it(place: Place) -> None:
    document = await place.open()
    place.errors = [NotAllowed("the password has changed", 403)]
    place.pipes[0].end(1012, "restart")
    with pytest.raises(NotAllowed, match="password"):
        await until(document, lambda: False)
    with pytest.raises(NotAllowed):
        await document.until(lambda: False)


async def test_a_final_code_ends_it_with_what_the_server_said(place: Place) -> None:
    document = await place.open()
    place.pipes[0].end(Close.VERSION, "too old")
    with pytest.raises(VersionMismatch, match="too old"):
        await until(document, lambda: False)
    assert len(place.pipes) == 1


async def test_a_client_that_was_taken_over_comes_back_under_another_id(place: Place) -> None:
    document = await place.open()
    before = document.client
    place.pipes[0].end(Close.TAKEN_OVER)
    await until(document, lambda: document.client != before and document.status == "live")
    await document.carrier.close()


async def test_a_server_that_makes_no_sense_is_hung_up_on(place: Place) -> None:
    document = await place.open()
    for _ in range(2):
        place.pipes[0].say("nonsense")
    with pytest.raises(VersionMismatch):
        await until(document, lambda: False)
    assert place.pipes[0].closed == [Close.VERSION]


async def test_silence_is_pinged(place: Place) -> None:
    document = await place.open()
    link = document.carrier.link
    heard = document.carrier.loop.time()
    link._heard = heard - 2 * link.ack.ping - 1
    document.carrier._arm()
    async with asyncio.timeout(SECONDS):
        while '"PING"' not in str(await place.pipes[0].sent.get()):
            pass
    await document.carrier.close()


async def test_a_first_connection_that_takes_too_long_is_given_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncline.client.carrier.OPEN_SECONDS", 0.05)
    monkeypatch.setattr(QueuePipe, "send", lambda self, frame: None)
    with pytest.raises(ServerGone, match=r"no answer within 0\.05 s"):
        await place.open()
    place.errors = [ConnectionResetError("reset")]
    with pytest.raises(ServerGone, match="reset"):
        await place.open()


async def test_a_waiter_may_give_up(place: Place) -> None:
    document = await place.open()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await document.until(lambda: False)
    place.counter.value = 3
    place.pipes[0].carrier.send()
    await until(document, lambda: document.roots[0].value == 3)  # type: ignore[attr-defined]
    document.close()
    with pytest.raises(SessionError):
        await until(document, lambda: False)
    assert document.status == "offline"


def test_there_is_one_background_loop_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    background.cache_clear()
    made = background()
    assert background() is made
    assert isinstance(made, Background)
    made.close()
    background.cache_clear()
