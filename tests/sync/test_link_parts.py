"""A client and messages larger than a frame (SPEC 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Set
from syncline.sync.frames import measure, pack, unpack
from syncline.sync.messages import Header
from syncline.sync.parts import cut
from tests.sync.test_link import Client

if TYPE_CHECKING:
    from syncline.sync.session import Session

FRAME = 4096


@pytest.fixture
def client(session: Session) -> Client:
    session.limits.frame = FRAME
    return Client(session)


def data(client: Client) -> Any:
    return client.props["value"]


def test_a_large_edit_goes_in_parts_and_comes_back_in_parts(
    client: Client, session: Session
) -> None:
    other = Client(session)
    value = np.arange(5 * FRAME, dtype="u1")
    client.edit(Set("py-1", ["value"], value))
    assert len(client.out) > 5
    assert max(map(measure, client.out)) <= FRAME
    client.run()
    other.run()
    assert client.replica.waiting is None
    assert data(other).tobytes() == data(client).tobytes() == value.tobytes()


def test_a_lost_part_is_pulled_for(client: Client, session: Session) -> None:
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    frames = [client.peer.take() for _ in range(5)]
    for frame in (frames[0], frames[2]):
        assert frame is not None
        client.link.receive(frame, client.now)
    assert client.link.status == "catching-up"
    client.run()
    assert data(client) == "x" * 3 * FRAME


def test_a_rest_that_does_not_come_is_pulled_for(client: Client, session: Session) -> None:
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    first = client.peer.take()
    assert first is not None
    assert unpack(first)[0].header.part == (0, 5)
    client.link.receive(first, client.now)
    assert client.link.due() == client.now + 30
    client.link.tick(client.now + 30)
    assert client.link.status == "catching-up"


def test_more_than_may_be_sent_ends_the_connection(client: Client, session: Session) -> None:
    client.link.ack.limits.max_document_out = 2 * FRAME
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    first = client.peer.take()
    assert first is not None
    client.link.receive(first, client.now)
    assert client.link.close_code == 4413


def test_a_part_that_is_counted_is_acknowledged_at_once(client: Client) -> None:
    header = Header(msgid="s-9", msgtype="PATCH-DOC")
    frames = cut(pack(header, {}, [bytes(9000)]), header, FRAME, number=1)
    for number, frame in zip((1, 2), frames, strict=False):
        client.link.receive(frame, client.now)
        assert unpack(client.out[-1])[0].header.got == number


def test_a_patch_in_parts_does_not_stand_for_the_reply_that_is_lost(
    client: Client, session: Session
) -> None:
    client.link.lossy = True
    client.link.pull(client.now)
    client.out.clear()
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    while (frame := client.peer.take()) is not None:
        client.link.receive(frame, client.now)
    client.link.tick(client.now + 10)
    assert [unpack(frame)[0].header.msgtype for frame in client.out] == ["PULL-DOC-REQ"]


def test_a_reply_in_parts_is_waited_for_and_no_longer(client: Client, session: Session) -> None:
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    while client.peer.take() is not None:
        pass
    client.link.lossy = True
    client.link.pull(client.now)
    client.deliver()
    first = client.peer.take()
    assert first is not None
    client.link.receive(first, client.now)
    client.link.tick(client.now + 10)
    assert client.out == []
    client.link.tick(client.now + 30)
    assert [unpack(frame)[0].header.msgtype for frame in client.out] == ["PULL-DOC-REQ"]
