"""Credit: what a page has not acknowledged is bounded (SPEC 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.ops import Msg, Set
from syncline.sync.channel import Channel
from syncline.sync.window import MAX_BYTES, MAX_MESSAGES
from tests.sync.speaker import Speaker, later

if TYPE_CHECKING:
    from syncline.sync.session import Session


def page(session: Session) -> Speaker:
    """Return a page on a channel, which acknowledges."""
    channel = Channel(session, "syncline-doc")
    return Speaker(session, channel=channel, window=True)


def numbers(client: Speaker) -> list[int]:
    return [heard.header["n"] for heard in client.hear()]


def test_every_frame_of_a_page_has_a_number_and_the_ack_says_how_many_may_be_open(
    session: Session,
) -> None:
    client = page(session)
    assert client.ack.content["window"] == {"messages": 32, "bytes": 2 << 20}
    assert client.ack.header["n"] == 1
    assert client.pull().header["n"] == 2
    client.say("PING")
    client.say("PING")
    assert numbers(client) == [3, 4]


def test_without_a_window_there_are_no_numbers(session: Session) -> None:
    client = Speaker(session)
    assert "n" not in client.ack.header
    client.say("PING", got=3)
    client.say("ACK", {"got": 3})
    assert "n" not in client.answer().header


def test_a_full_window_waits_for_receipts(session: Session) -> None:
    client = page(session)
    client.pull()
    for _ in range(2 * MAX_MESSAGES):
        client.say("PING")
    assert numbers(client) == list(range(3, 2 + MAX_MESSAGES))
    assert client.peer.pending()
    client.say("ACK", {"got": 7})
    assert numbers(client) == [34, 35, 36, 37, 38, 39]
    client.say("OK", got=100)
    assert len(numbers(client)) == 2 * MAX_MESSAGES - 31 - 6


def test_a_window_is_bounded_by_bytes_but_one_frame_may_always_go(session: Session) -> None:
    client = page(session)
    client.pull()
    session.local(Set("py-1", ["d"], {"x": "x" * (MAX_BYTES + 1)}))
    client.say("PULL-DOC-REQ", {})
    client.say("PING")
    assert numbers(client) == [3]
    client.say("ACK", {"got": 3})
    assert numbers(client) == [4]


def test_an_ack_without_a_number_acknowledges_nothing(session: Session) -> None:
    client = page(session)
    client.pull()
    for _ in range(MAX_MESSAGES + 1):
        client.say("PING")
    client.hear()
    client.say("ACK")
    assert client.hear() == []


def test_a_pull_makes_the_window_free_and_the_numbers_go_on(session: Session) -> None:
    client = page(session)
    client.pull()
    for _ in range(MAX_MESSAGES + 5):
        client.say("PING")
    client.hear()
    assert client.pull().header["n"] == 34


def test_parts_are_numbered_and_acknowledged_one_by_one(session: Session) -> None:
    client = page(session)
    session.limits.frame = 4096
    session.local(Set("py-1", ["value"], "x" * 40 * 4096))
    client.say("PULL-DOC-REQ", {})
    heard = client.hear()
    assert [one.header["n"] for one in heard] == list(range(2, 2 + MAX_MESSAGES))
    assert [one.header["part"][0] for one in heard] == list(range(MAX_MESSAGES))
    client.say("ACK", {"got": heard[-1].header["n"]})
    assert client.hear()[-1].header["part"] == (53, 54)


def test_no_receipts_for_long_end_the_connection(session: Session) -> None:
    client = page(session)
    client.pull()
    for _ in range(MAX_MESSAGES + 1):
        client.say("PING")
    client.hear()
    client.peer.tick()
    later(session, 15)
    client.say("OK")
    assert client.peer.tick() <= 15
    later(session, 16)
    client.say("OK")
    client.peer.tick()
    assert client.peer.close_code == 4408


def test_receipts_in_time_keep_the_connection(session: Session) -> None:
    client = page(session)
    client.pull()
    for _ in range(MAX_MESSAGES + 1):
        client.say("PING")
    client.hear()
    client.peer.tick()
    later(session, 15)
    client.say("OK", got=34)
    client.peer.tick()
    later(session, 16)
    client.peer.tick()
    assert client.peer.close_code is None


def test_a_page_without_room_hears_no_volatile_message_of_its_channel(session: Session) -> None:
    client = page(session)
    client.pull()
    session.whisper([Msg("py-1", "hover", 1)])
    assert client.hear() == [], "the channel carries them"
