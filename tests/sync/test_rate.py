"""A client may ask for only so much work (SPEC 3.4, `rate`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncline.core.ops import Msg, Set
from syncline.sync.frames import pack
from syncline.sync.messages import Header
from syncline.sync.parts import cut
from syncline.sync.rate import Bucket, Rate
from tests.sync.speaker import Speaker, later, live, put

if TYPE_CHECKING:
    from syncline.core.ops import WireOp
    from syncline.sync.session import Session


def limited(session: Session, **rate: float) -> Session:
    session.limits.rate = Rate(**rate)
    return session


def test_an_empty_bucket_tells_when_to_come_again(session: Session) -> None:
    limited(session, bytes=100, burst_bytes=150)
    client = live(session)
    client.edit(put("x" * 200))
    client.edit(put(2))
    done, refused = client.hear()
    assert done.type == "OK"
    content = refused.content
    assert (content["code"], content["retry"]) == ("rate-limited", "later")
    assert refused.header["seq"] == 2
    assert client.peer.close_code is None
    later(session, content["after_ms"] / 1000 + 0.001)
    client.edit(put(2), seq=2)
    assert client.answer().type == "OK"


def test_what_is_sent_again_does_not_count(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=150)
    client = live(session)
    client.edit(put("x" * 200))
    for _ in range(3):
        client.edit(put("x" * 200), seq=1)
    assert [heard.type for heard in client.hear()] == ["OK"] * 4


def test_a_client_that_comes_back_finds_its_bucket_as_it_left_it(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=400)
    first = live(session)
    first.edit(put("x" * 900))
    second = Speaker(session)
    second.pull(client=first.client, resume_key=first.key)
    second.edit(put(2), seq=3)
    assert second.answer().content["code"] == "rate-limited"


def test_the_time_that_work_takes_counts_and_that_of_callbacks_does_not(session: Session) -> None:
    class Slow:
        def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
            later(session, 2)
            return op

    limited(session, seconds=0.1, burst_seconds=1)
    session.guard = Slow()
    session.on_settled = lambda: later(session, 0.5)
    client = live(session)
    client.edit(put(2))
    client.edit(put(3))
    done, refused = client.hear()
    assert done.type == "OK"
    assert refused.content["after_ms"] == pytest.approx(7500, abs=2)


def test_a_rate_may_be_off(session: Session) -> None:
    session.limits.rate = None
    client = live(session)
    for _ in range(20):
        client.edit(put("x" * 1_000_000))
        assert client.answer().type == "OK"
    assert client.peer.client.bucket is None


def test_the_default_takes_a_slider_and_uploads(session: Session) -> None:
    client = live(session)
    for number in range(600):
        later(session, 1 / 60)
        client.edit(put(number))
        assert client.answer().type == "OK"
    for _ in range(10):
        later(session, 0.2)
        client.edit(put("x" * 5_000_000))
        assert client.answer().type == "OK"


def test_a_message_in_parts_that_has_begun_may_end(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=2000)
    client = live(session)
    header = Header(msgid="c-9", msgtype="PATCH-DOC", client="c1", seq=1, base=1, epoch="e1")
    whole = pack(header, {"ops": [put("x" * 9000)]})
    for part in cut(whole, header, 4096):
        client.peer.receive(part)
    assert client.answer().type == "OK"
    header.seq = 2
    client.peer.receive(next(iter(cut(whole, header, 4096))))
    refused = client.answer()
    assert (refused.content["code"], refused.header["reqid"]) == ("rate-limited", "c-9")


def test_pings_and_receipts_are_free(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=100)
    client = live(session)
    client.edit(put("x" * 100))
    for _ in range(20):
        client.say("PING")
    assert [heard.type for heard in client.hear()] == ["OK"] * 21


def test_volatile_messages_over_the_rate_vanish(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=300)
    heard: list[object] = []
    session.on_commit = lambda entry, undo, user: heard.append(entry.ops)
    client = live(session)
    for number in range(20):
        op = Msg("py-1", "hover", number)
        client.say("PATCH-DOC", {"ops": [op]}, volatile=True)
    assert client.hear() == []
    assert 0 < len(heard) < 20


def test_a_bucket_fills_up_to_its_brim_only() -> None:
    rate = Rate(bytes=10, burst_bytes=100, seconds=1, burst_seconds=1)
    bucket = Bucket(rate, 0)
    bucket.spend(150)
    assert bucket.wait(rate, 0) == 5
    assert bucket.wait(rate, 4) == 1
    assert bucket.wait(rate, 1000) == 0
    bucket.spend(101)
    assert bucket.wait(rate, 1000) == pytest.approx(0.1)
    bucket.spend(0, 5)
    assert bucket.wait(rate, 1000) == 4


def test_what_python_does_is_not_limited(session: Session) -> None:
    limited(session, bytes=1, burst_bytes=1, burst_seconds=0.001)
    for number in range(100):
        session.local(Set("py-1", ["value"], number))
    assert session.rev == 101


def test_while_callbacks_are_far_behind_changes_wait_and_questions_do_not(
    session: Session,
) -> None:
    behind = True
    session.is_behind = lambda: behind
    client = live(session)
    client.edit(put(2))
    client.say("PING")
    refused, pong = client.hear()
    assert (refused.content["code"], refused.content["retry"]) == ("rate-limited", "later")
    assert (refused.header["seq"], pong.type) == (1, "OK")
    behind = False
    client.edit(put(2), seq=1)
    assert client.answer().type == "OK"
