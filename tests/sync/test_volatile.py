"""Messages of which only the latest counts: not logged, not ordered, not awaited (SPEC 5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Msg, Set
from syncline.sync.channel import Channel
from syncline.sync.errors import Code, Refused
from syncline.sync.outbox import MAX_SIDE
from tests.sync.speaker import Speaker, decoded, live, put

if TYPE_CHECKING:
    from syncline.core.ops import WireOp
    from syncline.sync.session import Session


def hover(data: Any, name: str = "hover", m: str = "py-1") -> dict[str, Any]:
    return {"op": "msg", "m": m, "name": name, "data": data}


def test_it_goes_to_the_others_and_to_python_and_leaves_no_trace(session: Session) -> None:
    heard: list[Any] = []
    session.on_commit = lambda entry, undo, user: heard.append((entry.by, entry.ops, undo, user))
    author, other = live(session, user="ada"), live(session)
    author.say("PATCH-DOC", {"ops": [hover(1)]}, volatile=True, client=author.client)
    assert author.hear() == []
    message = other.answer()
    assert message.header["volatile"] is True
    assert message.content == {"ops": [hover(1)], "by": author.client}
    for field in ("seq", "base", "since", "rev", "epoch"):
        assert field not in message.header
    assert heard == [(author.client, [Msg("py-1", "hover", 1)], [[]], "ada")]
    assert (session.rev, session.messages) == (1, 0)


def test_one_of_python_goes_to_all_and_is_encoded_once(session: Session) -> None:
    peers = [live(session), live(session)]
    session.on_commit = lambda *_: pytest.fail("Python does not hear itself")
    session.whisper([Msg("py-1", "hover", np.arange(3))])
    (first,), (second,) = (peer.frames() for peer in peers)
    assert first is second
    assert decoded(first).content["by"] == "py"
    assert decoded(first).buffers == [np.arange(3).tobytes()]


def test_of_those_that_wait_the_latest_counts(session: Session) -> None:
    client = live(session)
    for number in range(5):
        session.whisper([Msg("py-1", "hover", number), Msg("py-1", "cursor", -number)])
    session.local(Set("py-1", ["value"], 2))
    assert [heard.content.get("ops") for heard in client.hear()] == [
        [hover(4)],
        [hover(-4, "cursor")],
        None,
    ]


def test_they_are_the_first_to_go_when_too_much_waits(session: Session) -> None:
    client = live(session)
    for number in range(2 * MAX_SIDE):
        session.whisper([Msg("py-1", f"hover{number}")])
    for _ in range(MAX_SIDE - 1):
        client.say("PING")
    heard = client.hear()
    assert [one.type for one in heard] == ["PATCH-DOC"] + ["OK"] * (MAX_SIDE - 1)
    assert heard[0].content["ops"][0]["name"] == f"hover{2 * MAX_SIDE - 1}"
    assert client.peer.close_code is None


def test_who_has_not_pulled_or_is_gone_hears_none(session: Session) -> None:
    early, gone, replaced = Speaker(session), live(session), live(session)
    gone.peer.close()
    successor = Speaker(session)
    successor.pull(client=replaced.client, resume_key=replaced.key)
    session.whisper([Msg("py-1", "hover")])
    assert early.hear() == gone.hear() == replaced.hear() == []
    assert successor.answer().header["volatile"]


def test_a_channel_carries_them_and_names_the_author(session: Session) -> None:
    channel = Channel(session, "syncline-doc")
    author = live(session, channel=channel)
    author.say("PATCH-DOC", {"ops": [hover(1)]}, volatile=True)
    author.say("PATCH-DOC", {"ops": [hover(2)]}, volatile=True)
    assert author.hear() == []
    frame = channel.take()
    assert frame is not None
    assert decoded(frame).content == {"ops": [hover(2)], "by": author.client}
    assert channel.take() is None
    for number in range(MAX_SIDE + 5):
        session.whisper([Msg("py-1", f"hover{number}", np.arange(2))])
    channel.inline = True
    frames = [channel.take() for _ in range(MAX_SIDE + 1)]
    assert all(isinstance(frame, str) for frame in frames[:-1])
    assert frames[-1] is None
    channel.close()
    session.whisper([Msg("py-1", "hover")])
    assert channel.take() is None


class NoHover:
    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        if isinstance(op, Msg) and op.name == "hover":
            raise Refused(Code.INVALID_OP, "no event 'hover'")
        return op


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"ops": [hover(1)]}, "invalid-op"),
        ({"ops": [put(1)]}, "bad-message"),
        ({"ops": [hover({"$": "num", "v": "many"}, "cursor")]}, "bad-message"),
        ({"ops": [hover(n, "cursor") for n in range(20)]}, "too-large"),
    ],
)
def test_what_is_refused_is_told_without_a_number(
    session: Session, content: dict[str, Any], code: str
) -> None:
    session.guard = NoHover()
    session.limits.ops = 10
    author, other = live(session), live(session)
    author.say("PATCH-DOC", content, volatile=True)
    refused = author.answer()
    assert refused.content["code"] == code
    assert "seq" not in refused.header
    assert other.hear() == []


def test_a_viewer_sends_none(session: Session) -> None:
    viewer = live(session, may_write=False)
    viewer.say("PATCH-DOC", {"ops": [hover(1)]}, volatile=True)
    assert viewer.answer().content["code"] == "read-only"


def test_a_message_to_a_model_that_is_gone_vanishes(session: Session) -> None:
    author, other = live(session), live(session)
    author.say("PATCH-DOC", {"ops": [hover(1, m="py-9"), hover(2)]}, volatile=True)
    assert [heard.content["ops"] for heard in other.hear()] == [[hover(2)]]
