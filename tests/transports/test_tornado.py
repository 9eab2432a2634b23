"""The server's end of websockets: real streams over socket pairs, without HTTP in front of them."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tornado.iostream import IOStream, StreamClosedError

import syncline as sl
from syncline.core.ops import Msg
from syncline.sync.peer import Peer
from syncline.transports import fan_out
from syncline.transports.fan_out import COPIED, message_of
from syncline.transports.tornado import TornadoCarrier

PULL = '{"header":{"msgid":"c-1","msgtype":"PULL-DOC-REQ"},"content":{"have":null}}'
PATCH = (
    '{{"header":{{"msgid":"c-2","msgtype":"PATCH-DOC","client":"{0}","seq":1,"base":1,'
    '"epoch":"{1}"}},"content":{{"ops":[{{"op":"set","m":"{2}","p":["text"],"v":"theirs"}}]}}}}'
)


class Readout(sl.Model, type="test/Readout@1"):
    text: str = sl.prop("", client=True)
    array: Any = sl.prop(None)


class Room:
    """A document and who looks at it."""

    def __init__(self) -> None:
        self.label = Readout(text="", array=None)
        self.document = sl.Document()
        self.document.add_root(self.label)
        self.browsers: list[Browser] = []

    async def browser(self) -> Browser:
        """Let another one in; it has the document and is idle."""
        browser = Browser(self)
        self.browsers.append(browser)
        browser.carrier.open()
        browser.carrier.receive(PULL)
        await browser.until(lambda: browser.has("PULL-DOC-REPLY"))
        browser.idle()
        return browser

    def close(self) -> None:
        for browser in self.browsers:
            browser.close()
        assert not fan_out._known


class Browser:
    """The carrier of a connection, and the far end of its socket."""

    def __init__(self, room: Room) -> None:
        here, self._far = socket.socketpair()
        here.setblocking(False)
        self._far.setblocking(False)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)
        self.stream = IOStream(here)
        connection = SimpleNamespace(stream=self.stream, is_closing=self.stream.closed)
        self.closed_with: list[Any] = []
        handler: Any = SimpleNamespace(ws_connection=connection, close=self._handler_close)
        self.peer = Peer(room.document.session)
        self.carrier = TornadoCarrier(handler, self.peer)
        self.bytes = bytearray()

    def _handler_close(self, *said: Any) -> None:
        self.closed_with.append(said)

    def idle(self) -> None:
        """Be one to whom nothing was sent for a while."""
        self.carrier._pace.answered()

    def read(self) -> None:
        try:
            while piece := self._far.recv(1 << 20):
                self.bytes += piece
        except BlockingIOError:
            return

    def payloads(self) -> list[bytes]:
        """Return what has come whole, by RFC 6455."""
        found, at = [], 0
        while at + 2 <= len(self.bytes):
            size, at = self.bytes[at + 1], at + 2
            if size == 126:
                (size,), at = struct.unpack_from("!H", self.bytes, at), at + 2
            elif size == 127:
                (size,), at = struct.unpack_from("!Q", self.bytes, at), at + 8
            found.append(bytes(self.bytes[at : at + size]))
            at += size
        return found if at == len(self.bytes) else found[:-1]

    def has(self, text: str) -> bool:
        return any(text.encode() in payload for payload in self.payloads())

    async def until(self, state: Callable[[], bool]) -> None:
        """Read until a state has come."""
        async with asyncio.timeout(10):
            while not state():
                await asyncio.sleep(0)
                self.read()

    async def sees(self, text: str) -> None:
        await self.until(lambda: self.has(text))

    def close(self) -> None:
        self.carrier.close()
        self.stream.close()
        self._far.close()


def fill(into: socket.socket, piece: bytes) -> None:
    while True:
        into.send(piece)


def unable(piece: object) -> Any:
    """Be the `write` of a stream that is closed."""
    raise StreamClosedError


def in_a_room(play: Callable[[Room], Awaitable[None]]) -> Callable[[], None]:
    """Run a test in a loop of its own, with a room."""

    async def run() -> None:
        room = Room()
        try:
            await play(room)
        finally:
            room.close()

    def test() -> None:
        asyncio.run(run())

    test.__name__ = play.__name__
    return test


@in_a_room
async def test_one_call_of_the_loop_serves_all_who_look(room: Room) -> None:
    browsers = [await room.browser() for _ in range(5)]
    room.label.text = "for all"
    await asyncio.sleep(0)
    for browser in browsers:
        browser.read()
        assert browser.has("for all")


@in_a_room
async def test_the_same_message_is_made_once(room: Room) -> None:
    first, second = await room.browser(), await room.browser()
    room.label.text = "shared"
    taken = [browser.carrier.turn(0.0)[0] for browser in (first, second)]
    assert b"shared" in taken[0]
    assert taken[0] is taken[1]


@in_a_room
async def test_a_change_of_another_thread_is_sent(room: Room) -> None:
    browser = await room.browser()
    thread = threading.Thread(target=setattr, args=(room.label, "text", "from there"))
    thread.start()
    await browser.sees("from there")
    thread.join()


@in_a_room
async def test_what_follows_within_the_interval_waits_for_its_end_and_goes_together(
    room: Room,
) -> None:
    browser = await room.browser()
    browser.carrier._pace.interval = 0.5
    for text in ("at once", "later", "last"):
        room.label.text = text
        await asyncio.sleep(0)
    browser.read()
    assert browser.has("at once")
    assert not browser.has("later")
    await browser.sees("last")
    # Two transactions in one message.
    assert sum(b"later" in payload and b"last" in payload for payload in browser.payloads()) == 1


@in_a_room
async def test_who_answers_wakes_the_others_but_needs_no_turn_of_its_own(room: Room) -> None:
    alone = await room.browser()
    served = room.document.session
    key = served, asyncio.get_running_loop()
    alone.carrier.receive(PATCH.format(alone.peer.client.id, served.epoch, room.label.id))
    assert not fan_out._known[key]._asked
    alone.read()
    assert alone.has('"verbatim":true')
    other = await room.browser()
    seq_two = PATCH.format(alone.peer.client.id, served.epoch, room.label.id)
    alone.carrier.receive(seq_two.replace('"seq":1', '"seq":2').replace("theirs", "again"))
    await other.sees("again")


@in_a_room
async def test_a_turn_without_news_delays_nothing_that_comes_next(room: Room) -> None:
    browser = await room.browser()
    assert browser.carrier.turn(0.0) == (b"", b"")
    room.label.text = "quick"
    await asyncio.sleep(0)
    browser.read()
    assert browser.has("quick")


@in_a_room
async def test_who_does_not_read_keeps_nobody_waiting_and_holds_one_message(room: Room) -> None:
    slow, quick = await room.browser(), await room.browser()
    for number in range(30):
        room.label.array = np.full(100_000, number, dtype="u1")
        room.label.text = f"change {number}"
        quick.idle()
        await quick.sees(f"change {number}")
    held = len(slow.stream._write_buffer)
    assert 0 < held < 300_000
    await slow.sees("change 29")


@in_a_room
async def test_a_large_message_arrives_whole(room: Room) -> None:
    browser = await room.browser()
    room.label.array = np.arange(1 << 18, dtype="f8")
    room.label.text = "behind it"
    await browser.sees("behind it")
    large = max(browser.payloads(), key=len)
    assert np.arange(1 << 18, dtype="f8").tobytes() in large


@in_a_room
async def test_nothing_gets_between_the_pieces_of_a_frame_of_tornados_own(room: Room) -> None:
    browser = await room.browser()
    before = len(browser.payloads())
    for piece in message_of(b"x" * 3_000_000):
        browser.stream.write(memoryview(piece))
    assert browser.stream.writing()
    room.label.text = "ours"
    await browser.sees("ours")
    assert browser.payloads()[before] == b"x" * 3_000_000


@in_a_room
async def test_a_socket_that_is_full_gets_the_message_once_there_is_room(room: Room) -> None:
    browser = await room.browser()
    filling, _ = message_of(b"x" * 1000)
    with pytest.raises(BlockingIOError):
        fill(browser.stream.socket, filling)
    room.label.text = "after all"
    await asyncio.sleep(0)
    assert browser.stream.writing()
    await browser.sees("after all")


@in_a_room
async def test_more_small_messages_than_leave_together_leave_one_batch_after_the_other(
    room: Room,
) -> None:
    browser = await room.browser()
    names = [f"message {number}" for number in range(5)]
    room.document.session.whisper([Msg(room.label.id, name, "x" * 30_000) for name in names])
    await asyncio.sleep(0)
    browser.read()
    assert all(browser.has(name) for name in names)


@in_a_room
async def test_a_socket_that_breaks_in_a_large_message_ends_the_connection(room: Room) -> None:
    browser = await room.browser()
    browser.stream.write_to_fd = lambda data: len(data) // 2  # type: ignore[method-assign]
    browser.stream.write = unable  # type: ignore[method-assign,assignment]
    room.label.array = np.zeros(1 << 18)
    await browser.until(lambda: browser.carrier.closed)
    assert browser.closed_with == [()]


@in_a_room
async def test_who_has_gone_before_the_greeting_is_let_go(room: Room) -> None:
    browser = Browser(room)
    room.browsers.append(browser)
    browser._far.close()
    browser.carrier.open()
    assert browser.carrier.closed


@in_a_room
async def test_a_browser_that_has_gone_is_noticed_at_the_next_change(room: Room) -> None:
    stays, goes = await room.browser(), await room.browser()
    goes._far.close()
    room.label.text = "who is there"
    await stays.sees("who is there")
    assert goes.carrier.closed
    assert goes.closed_with == [()]


@in_a_room
async def test_a_connection_that_is_closing_gets_nothing_more(room: Room) -> None:
    browser = await room.browser()
    browser.stream.close()
    room.label.text = "nobody"
    await browser.until(lambda: browser.carrier.closed)


@in_a_room
async def test_a_peer_that_ends_is_closed_with_its_reason(room: Room) -> None:
    browser = await room.browser()
    browser.peer.end(4408, "too slow " * 40)
    await browser.until(lambda: browser.carrier.closed)
    ((code, reason),) = browser.closed_with
    assert code == 4408
    assert reason == ("too slow " * 40)[:120]


def test_a_fault_with_one_connection_is_logged_and_spares_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play(room: Room) -> None:
        broken, torn, whole = [await room.browser() for _ in range(3)]
        broken.peer.outbox.cursor = None  # type: ignore[assignment]
        torn.stream.write_to_fd = None  # type: ignore[method-assign,assignment]
        room.label.text = "all the same"
        await whole.sees("all the same")

    in_a_room(play)()
    assert [record.message.split(" to ")[0] for record in caplog.records] == [
        "a connection",
        "a write",
    ]


@pytest.mark.parametrize("size", [0, 125, 126, COPIED - 1, COPIED, COPIED + 1])
@pytest.mark.parametrize("kind", [str, bytes])
def test_a_message_has_the_shortest_head_that_holds_its_length(
    size: int, kind: type[str | bytes]
) -> None:
    frame = "ä" * (size // 2) + "x" * (size % 2) if kind is str else b"x" * size
    first, rest = message_of(frame)
    whole = first + bytes(rest)
    assert whole[0] == (0x81 if kind is str else 0x82)
    head = 2 if size < 126 else 4 if size < 1 << 16 else 10
    payload = frame.encode() if isinstance(frame, str) else frame
    assert whole[head:] == payload
    assert len(first) <= head + COPIED
    assert not rest or (isinstance(rest, memoryview) and rest.obj == payload)
    told = {2: whole[1], 4: int.from_bytes(whole[2:4]), 10: int.from_bytes(whole[2:10])}[head]
    assert told == size


def test_a_change_after_the_loop_has_ended_is_nobodys_fault() -> None:
    async def look() -> Room:
        room = Room()
        await room.browser()
        return room

    room = asyncio.run(look())
    room.label.text = "too late"
    fan_out._known.popitem()[1]._asked = False
    thread = threading.Thread(target=setattr, args=(room.label, "text", "from there"))
    thread.start()
    thread.join()
    (browser,) = room.browsers
    browser.stream.socket.close()
    browser._far.close()
