"""The ASGI carrier: a websocket whose server is the test, which decides when there is room."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from starlette.websockets import WebSocket

from syncline.core.ops import Msg
from syncline.document.tally import Tally
from syncline.sync.errors import Close
from syncline.sync.frames import split
from syncline.sync.peer import Peer
from syncline.transports import asgi, fan_out
from syncline.transports.asgi import AsgiCarrier, AsgiSocket
from tests.transports.test_tornado import PATCH, PULL
from tests.transports.test_tornado import Room as Documents

SECONDS = 30
Sent = dict[str, Any]


class Room(Documents):
    """A document and the websockets to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets: list[Browser] = []

    async def enter(self, **options: Any) -> Browser:
        """Let another one in; it has the document and is idle."""
        browser = Browser(self, **options)
        self.sockets.append(browser)
        await browser.until(lambda: browser.has("ACK"))
        browser.say(PULL)
        await browser.until(lambda: browser.has("PULL-DOC-REPLY"))
        await browser.until(lambda: not browser.carrier._answered)
        return browser

    async def leave(self) -> None:
        for browser in self.sockets:
            await browser.leave()
        self.close()


class Browser:
    """Both ends of a websocket, which has room as long as `room` is set."""

    def __init__(self, room: Room, **options: Any) -> None:
        self.sent: list[Sent] = []
        self.room = asyncio.Event()
        self.room.set()
        self.fault: Exception | None = None
        self._incoming: asyncio.Queue[Sent] = asyncio.Queue()
        self.tally = Tally()
        self.peer = Peer(room.document.session, **options)
        self.task = asyncio.ensure_future(self._serve())

    async def _serve(self) -> None:
        scope = {"type": "websocket", "headers": [], "subprotocols": ["a", "b"]}
        self._incoming.put_nowait({"type": "websocket.connect"})
        websocket = WebSocket(scope, self._incoming.get, self._send)
        await websocket.accept()
        self.socket = AsgiSocket(websocket)
        self.carrier = AsgiCarrier(self.peer, self.tally)
        await self.socket.carry(self.carrier)
        await self.socket.finish()

    async def _send(self, message: Any) -> None:
        await self.room.wait()
        if self.fault is not None and message["type"] != "websocket.accept":
            raise self.fault
        self.sent.append(message)

    def say(self, frame: str | bytes) -> None:
        key = "text" if isinstance(frame, str) else "bytes"
        self._incoming.put_nowait({"type": "websocket.receive", key: frame})

    def texts(self) -> list[str]:
        """Return the messages that have come, without their buffers."""
        frames = [sent.get("text") or sent.get("bytes") for sent in self.sent[1:]]
        return [
            frame if isinstance(frame, str) else bytes(split(frame)[0]).decode()
            for frame in frames
            if frame is not None
        ]

    def has(self, text: str) -> bool:
        return any(text in each for each in self.texts())

    async def until(self, state: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not state():
                await asyncio.sleep(0)

    async def sees(self, text: str) -> None:
        await self.until(lambda: self.has(text))

    @property
    def closed_with(self) -> tuple[int, str] | None:
        last = self.sent[-1]
        return (last["code"], last["reason"]) if last["type"] == "websocket.close" else None

    async def leave(self) -> None:
        self.room.set()
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(SECONDS):
            await self.task


def in_a_room(play: Callable[[Room], Awaitable[None]]) -> Callable[[], None]:
    """Run a test in a loop of its own, with a room."""

    async def run() -> None:
        room = Room()
        try:
            await play(room)
        finally:
            await room.leave()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def test() -> None:
        asyncio.run(run())

    test.__name__ = play.__name__
    return test


@in_a_room
async def test_a_change_after_a_pause_goes_at_once_and_what_follows_goes_together(
    room: Room,
) -> None:
    browser = await room.enter()
    browser.carrier._pace.answered()
    browser.carrier._pace.interval = 0.5
    for text in ("at once", "later", "last"):
        room.label.text = text
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert browser.has("at once")
    assert not browser.has("later")
    await browser.sees("last")
    assert sum("later" in text and "last" in text for text in browser.texts()) == 1


@in_a_room
async def test_a_change_of_another_thread_is_sent(room: Room) -> None:
    browser = await room.enter()
    thread = threading.Thread(target=setattr, args=(room.label, "text", "from there"))
    thread.start()
    await browser.sees("from there")
    thread.join()


@in_a_room
async def test_an_edit_is_answered_at_once_and_told_to_the_others(room: Room) -> None:
    one, two = await room.enter(), await room.enter()
    patch = PATCH.format(one.peer.client.id, room.document.session.epoch, room.label.id)
    one.say(patch)
    await two.sees("theirs")
    await one.sees('"verbatim":true')
    # What its callbacks change goes at once, too.
    assert one.carrier._pace.due < 0
    assert room.label.text == "theirs"
    assert (one.tally.received, one.tally.sent) == (2, len(one.texts()))


@in_a_room
async def test_who_has_no_room_keeps_nobody_waiting_and_holds_one_message(room: Room) -> None:
    slow, quick = await room.enter(), await room.enter()
    slow.room.clear()
    before = slow.tally.sent_bytes
    for number in range(30):
        room.label.array = np.full(100_000, number, dtype="u1")
        room.label.text = f"change {number}"
        quick.carrier._pace.answered()
        await quick.sees(f"change {number}")
    assert 100_000 < slow.tally.sent_bytes - before < 300_000
    slow.room.set()
    await slow.sees("change 29")
    assert slow.tally.sent_bytes - before < 600_000


@in_a_room
async def test_whoever_stays_without_room_is_closed_as_too_slow(room: Room) -> None:
    browser = await room.enter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asgi, "DRAIN_SECONDS", 0.01)
        browser.room.clear()
        room.label.text = "nobody reads this"
        await browser.until(browser.socket._end.done)
        browser.room.set()
        await browser.until(browser.task.done)
    assert browser.closed_with == (Close.SLOW_CONSUMER, "the connection is too slow")


@in_a_room
async def test_one_who_does_not_even_take_the_close_is_left(room: Room) -> None:
    browser = await room.enter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asgi, "CLOSE_SECONDS", 0.01)
        browser.room.clear()
        browser.socket.close(1012, "restart")
        await browser.until(browser.task.done)
    assert browser.closed_with is None


@in_a_room
async def test_a_silent_browser_is_pinged_and_then_closed(room: Room) -> None:
    browser = await room.enter(ping=0.3)
    await browser.sees("PING")
    await browser.until(browser.task.done)
    assert browser.closed_with is not None
    assert browser.closed_with[0] == Close.SLOW_CONSUMER


@in_a_room
async def test_a_session_that_ends_says_so(room: Room) -> None:
    browser = await room.enter()
    room.document.close()
    await browser.until(browser.task.done)
    assert browser.closed_with is not None
    assert browser.closed_with[0] == Close.UNKNOWN_SESSION


@in_a_room
async def test_a_reason_fits_its_frame_and_the_first_one_counts(room: Room) -> None:
    browser = await room.enter()
    browser.socket.close(4408, "zu langsam für uns " * 40)
    browser.socket.close(1000, "too late")
    await browser.until(browser.task.done)
    assert browser.closed_with is not None
    code, reason = browser.closed_with
    assert code == 4408
    assert reason == ("zu langsam für uns " * 40).encode()[:120].decode(errors="ignore")


@pytest.mark.parametrize("fault", [OSError("gone"), RuntimeError("after websocket.close")])
def test_a_browser_that_has_gone_is_noticed_at_the_next_change(fault: Exception) -> None:
    async def play(room: Room) -> None:
        stays, goes = await room.enter(), await room.enter()
        goes.fault = fault
        room.label.text = "who is there"
        await stays.sees("who is there")
        await goes.until(goes.task.done)
        assert goes.carrier.closed
        assert goes.task.exception() is None

    in_a_room(play)()


@in_a_room
async def test_frames_keep_their_kind(room: Room) -> None:
    browser = await room.enter()
    browser.say(b"SL\x01\x00nonsense")
    await browser.sees('"ERROR"')
    room.label.array = np.arange(10)
    await browser.until(lambda: any(sent.get("bytes") for sent in browser.sent))
    assert all(json.loads(text)["header"]["msgtype"] for text in browser.texts())
    assert browser.socket.subprotocols == ["a", "b"]


@in_a_room
async def test_more_messages_than_one_leave_one_after_the_other(room: Room) -> None:
    browser = await room.enter()
    names = [f"message {number}" for number in range(5)]
    room.document.session.whisper([Msg(room.label.id, name, "x" * 30_000) for name in names])
    for name in names:
        await browser.sees(name)


@in_a_room
async def test_a_closed_carrier_may_be_closed_again(room: Room) -> None:
    browser = await room.enter()
    await browser.leave()
    browser.carrier.close()
    assert not fan_out._known
    assert browser.closed_with is None


def test_a_fault_of_the_source_is_nobody_elses() -> None:
    async def play(room: Room) -> None:
        browser = await room.enter()
        browser.carrier.tally = None  # type: ignore[assignment]
        browser.say(PULL)
        await browser.until(browser.task.done)
        with pytest.raises(AttributeError):
            browser.task.result()
        room.sockets.clear()

    in_a_room(play)()
