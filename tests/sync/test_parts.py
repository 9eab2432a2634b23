"""Messages larger than a frame go in parts, both ways (SPEC 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Set
from syncline.sync.channel import Channel
from syncline.sync.errors import ProtocolError
from syncline.sync.frames import Frame, measure, pack, unpack
from syncline.sync.messages import Header
from syncline.sync.parts import Joiner, cut
from syncline.sync.peer import PROBE
from tests.sync.speaker import Heard, Speaker, decoded, later, live, props, put

if TYPE_CHECKING:
    from syncline.sync.session import Session

FRAME = 4096


def joined(frames: list[Frame]) -> list[Heard]:
    """Return the messages of frames, those in parts put together."""
    joiner, heard = Joiner(), []
    for frame in frames:
        envelope, buffers = unpack(frame)
        if envelope.header.part is None:
            heard.append(decoded(frame))
        elif (whole := joiner.add(envelope, buffers, 1 << 30, 0.0)) is not None:
            heard.append(decoded(bytes(whole)))
    assert joiner.due == float("inf"), "something is incomplete"
    return heard


def parts(size: int, frame: int = FRAME) -> list[Frame]:
    """Return a PATCH-DOC in parts; `size` are the bytes of its value."""
    header = Header(msgid="c-9", msgtype="PATCH-DOC", client="c1", seq=1, base=1, epoch="e1")
    whole = pack(header, {"ops": [put({"$": "bytes", "buf": 0})]}, [bytes(size)])
    return list(cut(whole, header, frame))


def small(session: Session) -> Session:
    session.limits.frame = FRAME
    return session


def test_a_large_patch_arrives_in_parts_of_the_limit(session: Session) -> None:
    peers = [live(session), live(session)]
    value = np.arange(3 * FRAME, dtype="u1")
    small(session).local(Set("py-1", ["value"], value))
    session.local(Set("py-1", ["d"], {}))
    frames, same = (peer.frames() for peer in peers)
    assert max(map(measure, frames)) <= FRAME
    assert all(one is other for one, other in zip(frames, same, strict=True))
    (patch,) = joined(frames)
    assert patch.buffers == [value.tobytes()]
    assert [tx["rev"] for tx in patch.content["txs"]] == [2, 3]


def test_a_part_says_what_it_is_a_part_of(session: Session) -> None:
    client = live(session)
    small(session).local(Set("py-1", ["value"], bytes(2 * FRAME)))
    heads = [decoded(frame).header for frame in client.frames()]
    assert [head["part"] for head in heads] == [(0, 3), (1, 3), (2, 3)]
    assert {(head["msgid"], head["msgtype"]) for head in heads} == {("r1-2", "PATCH-DOC")}
    assert len({head["total"] for head in heads}) == 1
    assert "rev" not in heads[0]


def test_a_large_snapshot_and_a_large_outcome_arrive_in_parts(session: Session) -> None:
    session.local(Set("py-1", ["value"], "x" * 2 * FRAME))
    client, other = live(session), Speaker(session)
    small(session)
    other.say("PULL-DOC-REQ", {})
    (reply,) = joined(other.frames())
    assert len(reply.content["doc"]["models"]["py-1"]["props"]["value"]) == 2 * FRAME
    client.edit({"op": "splice", "m": "py-1", "p": ["items"], "i": None, "d": 0, "v": ["y" * 3000]})
    client.edit({"op": "splice", "m": "py-1", "p": ["items"], "i": None, "d": 0, "v": ["y" * 3000]})
    outcomes = joined(client.frames())
    assert [outcome.header["seq"] for outcome in outcomes] == [1, 2]


def test_a_channel_cuts_too_and_finishes_before_it_goes_on(session: Session) -> None:
    channel = Channel(session, "syncline-doc")
    small(session).local(Set("py-1", ["value"], bytes(2 * FRAME)))
    frames = [channel.take()]
    session.local(Set("py-1", ["value"], 2))
    while (frame := channel.take()) is not None:
        frames.append(frame)
    heard = joined([frame for frame in frames if frame is not None])
    assert [one.header["rev"] for one in heard] == [2, 3]


def test_where_buffers_get_lost_parts_are_text(session: Session) -> None:
    client = Speaker(session, probe=True)
    client.pull()
    small(session).local(Set("py-1", ["value"], np.arange(2 * FRAME, dtype="u1")))
    frames = client.frames()
    assert all(isinstance(frame, str) and len(frame) <= FRAME for frame in frames)
    assert len(frames) > 2
    (patch,) = joined(frames)
    assert patch.content["txs"][0]["ops"][0]["v"]["b64"]
    assert PROBE not in patch.buffers


def test_a_message_beyond_all_limits_ends_the_connection(session: Session) -> None:
    client = live(session)
    small(session).limits.max_document_out = 2 * FRAME
    session.local(Set("py-1", ["value"], "x" * 3 * FRAME))
    client.say("PULL-DOC-REQ", {})
    assert client.frames() == []
    assert client.peer.close_code == 4413


# What clients send in parts


def test_a_transaction_in_parts_is_committed_once_it_is_whole(session: Session) -> None:
    client = live(session)
    *most, last = parts(3 * FRAME)
    for part in most:
        client.peer.receive(part)
    assert (client.hear(), session.rev) == ([], 1)
    client.peer.receive(last)
    assert client.answer().content == {"verbatim": True}
    assert props(session)["value"] == bytes(3 * FRAME)


def test_parts_may_be_text(session: Session) -> None:
    client = live(session)
    header = Header(msgid="c-9", msgtype="PATCH-DOC", client="c1", seq=1, base=1, epoch="e1")
    whole = pack(header, {"ops": [put("x" * 2 * FRAME)]})
    for part in cut(whole, header, FRAME, inline=True):
        client.peer.receive(part)
    assert client.answer().type == "OK"


def test_between_parts_there_may_be_pings(session: Session) -> None:
    client = live(session)
    for part in parts(2 * FRAME):
        client.peer.receive(part)
        client.say("PING")
    assert [heard.type for heard in client.hear()].count("OK") == 4
    assert session.rev == 2


def spoiled(*order: int) -> list[Frame]:
    made = parts(3 * FRAME)
    return [made[index] for index in order]


def headed(**fields: Any) -> Frame:
    header = Header(msgid="c-9", msgtype="PATCH-DOC", **fields)
    return pack(header, {}, [b"x" * 8])


@pytest.mark.parametrize(
    "frames",
    [
        spoiled(1),
        spoiled(0, 2),
        spoiled(0, 1, 1),
        [headed(part=(0, 2), total=4)],
        [headed(part=(0, 1), total=4)],
        [headed(part=(0, 1), total=9)],
        [headed(part=(0, 2), total=16), headed(part=(1, 2), total=17)],
        [headed(part=(0, 2), total=16), headed(part=(2, 2), total=16)],
        [headed(part=(0, 0))],
        [headed(part=(-1, 1), total=8)],
        [pack(Header(msgid="c-9", msgtype="PATCH-DOC", part=(0, 2), total=9), {"b64": "?"})],
        [pack(Header(msgid="c-9", msgtype="PATCH-DOC", part=(0, 2), total=9), 3)],
    ],
)
def test_a_hole_drops_the_message_and_it_is_sent_again(
    session: Session, frames: list[Frame]
) -> None:
    client = live(session)
    for frame in frames:
        client.peer.receive(frame)
    refused = client.hear()[-1]
    assert (refused.content["code"], refused.content["retry"]) == ("bad-message", "resume")
    assert session.rev == 1
    for part in parts(3 * FRAME):
        client.peer.receive(part)
    assert client.answer().type == "OK"


def test_parts_of_what_is_no_message_are_refused(session: Session) -> None:
    client = live(session)
    client.peer.receive(headed(part=(0, 1), total=8))
    assert client.answer().content["code"] == "bad-message"


def test_a_part_in_parts_is_not_followed(session: Session) -> None:
    client = live(session)
    inner = parts(100)[0]
    header = Header(msgid="c-9", msgtype="PATCH-DOC")
    for part in cut(inner, header, FRAME):
        client.peer.receive(part)
    assert client.answer().content["code"] == "bad-message"


def test_the_rest_must_come_in_time(session: Session) -> None:
    client = live(session)
    first, *rest = parts(2 * FRAME)
    client.peer.receive(first)
    assert client.peer.tick() <= 30
    later(session, 31)
    client.peer.tick()
    refused = [heard for heard in client.hear() if heard.type == "ERROR"]
    assert [(one.content["code"], one.content["retry"]) for one in refused] == [
        ("bad-message", "resume")
    ]
    client.peer.receive(rest[0])
    assert client.hear()[-1].content["code"] == "bad-message"


def test_more_than_a_document_may_have_ends_the_connection_at_its_first_part(
    session: Session,
) -> None:
    client = live(session)
    session.limits.max_document_in = 2 * FRAME
    client.peer.receive(parts(3 * FRAME)[0])
    assert client.peer.close_code == 4413


def test_before_the_pull_there_are_no_parts_of_a_patch(session: Session) -> None:
    client = Speaker(session)
    client.peer.receive(parts(2 * FRAME)[0])
    assert client.answer().content["code"] == "not-ready"


def test_nothing_comes_back_from_a_joiner_that_was_never_fed() -> None:
    joiner = Joiner()
    envelope, buffers = unpack(spoiled(1)[0])
    with pytest.raises(ProtocolError, match="missing"):
        joiner.add(envelope, buffers, 1 << 20, 0.0)
