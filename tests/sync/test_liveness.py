"""Connections that are not there any more (SPEC 3.2, handshake and PING)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.sync.pace import Pace
from tests.sync.speaker import Speaker, later, live

if TYPE_CHECKING:
    from syncline.sync.session import Session


def types(client: Speaker) -> list[str]:
    return [heard.type for heard in client.hear()]


def test_a_connection_that_never_pulls_is_closed(session: Session) -> None:
    client = Speaker(session)
    assert client.peer.tick() <= 20
    later(session, 29)
    client.say("SERVER-INFO-REQ")
    assert client.peer.tick() == pytest.approx(1)
    assert client.peer.close_code is None
    later(session, 1)
    client.peer.tick()
    assert client.peer.close_code == 4400


def test_silence_is_pinged_twice_and_then_it_is_over(session: Session) -> None:
    client = live(session, ping=10)
    assert client.peer.tick() == 10
    later(session, 10)
    assert client.peer.tick() == 10
    assert types(client) == ["PING"]
    assert client.peer.tick() == 10
    later(session, 10)
    client.peer.tick()
    assert types(client) == ["PING"]
    later(session, 9)
    assert client.peer.tick() == pytest.approx(1)
    assert client.peer.close_code is None
    later(session, 1)
    client.peer.tick()
    assert client.peer.close_code == 4408


def test_any_message_is_a_sign_of_life(session: Session) -> None:
    client = live(session, ping=10)
    for _ in range(10):
        later(session, 10)
        client.peer.tick()
        client.say("OK")
    assert types(client) == ["PING"] * 10
    assert client.peer.close_code is None


def test_an_error_of_a_client_is_never_answered(session: Session) -> None:
    client = live(session)
    client.say("ERROR", {"code": "internal", "text": "", "retry": "never"})
    assert client.hear() == []


def test_what_was_never_seen_is_no_receipt(session: Session) -> None:
    client = live(session)
    client.say("OK", seen=99)
    assert client.peer.seen == 1


def test_a_change_goes_at_once_when_idle_and_then_at_intervals() -> None:
    pace = Pace(0.016)
    assert pace.due < 0
    pace.flushed(5.0)
    assert pace.due == pytest.approx(5.016)
    pace.answered()
    assert pace.due < 0
