"""What a connection is sent, and when it is ended (SPEC 5.7)."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import numpy as np
import pytest

from syncline.core.ops import Msg, Set
from syncline.sync import feed, log
from syncline.sync.channel import Channel
from syncline.sync.errors import Close
from syncline.sync.frames import join
from syncline.sync.outbox import MAX_SIDE
from syncline.sync.peer import PROBE
from syncline.sync.session import Session
from tests.sync.speaker import Speaker, decoded, live, props, put


def test_a_revision_is_encoded_once_for_all(session: Session) -> None:
    peers = [live(session) for _ in range(3)]
    session.local(Set("py-1", ["value"], 2))
    (first,), *others = [peer.frames() for peer in peers]
    assert all(frames[0] is first for frames in others)


def test_what_waits_goes_out_in_one_frame(session: Session) -> None:
    client = live(session)
    for value in range(10):
        session.local(Set("py-1", ["value"], value))
    patch = client.answer()
    assert (patch.header["since"], patch.header["rev"]) == (1, 11)
    assert [tx["rev"] for tx in patch.content["txs"]] == list(range(2, 12))


def test_a_frame_holds_a_bounded_number_of_revisions_and_bytes(session: Session) -> None:
    client = live(session)
    for value in range(feed.CHUNK_REVISIONS):
        session.local(Msg("py-1", "tick", value))
    assert [len(one.content["txs"]) for one in client.hear()] == [64]
    for value in range(100):
        session.local(Msg("py-1", "tick", value))
    assert [len(one.content["txs"]) for one in client.hear()] == [64, 36]
    for _ in range(3):
        session.local(Msg("py-1", "tick", "x" * (feed.CHUNK_BYTES - 1000)))
    assert [len(one.content["txs"]) for one in client.hear()] == [1, 1, 1]


def test_what_waits_is_cut_into_messages_that_are_read_while_the_next_is_made(
    session: Session,
) -> None:
    client = live(session)
    for value in range(6):
        session.local(Set("py-1", ["d", "n"], [value, "x" * (feed.MESSAGE_BYTES // 2 - 1000)]))
    patches = client.hear()
    assert [len(one.content["txs"]) for one in patches] == [2, 2, 2]
    assert [one.header["since"] for one in patches] == [1, 3, 5]
    # What is kept of large ones is little; whoever is late is given the same.
    assert len(session.feed._raws) == feed.KEPT_LARGE
    again, _, _ = session.feed.next(1, 7)
    assert again == 3


def test_a_cursor_older_than_the_log_gets_the_whole_document(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 3)
    client = live(session)
    session.local(Set("py-1", ["d", "n"], -1))
    client.edit(put(7))
    for value in range(5):
        session.local(Set("py-1", ["d", "n"], value))
    push, answer = client.hear()
    assert push.type == "PUSH-DOC"
    assert push.content["reason"] == "slow"
    assert push.header["rev"] == session.rev
    assert push.content["doc"]["models"]["py-1"]["props"]["value"] == 7
    assert push.header["last_seq"] == 1
    assert push.header["result"]["content"] == {"ops": [put(7)]}
    assert answer.type == "OK"
    session.local(Set("py-1", ["value"], 8))
    assert client.answer().header["since"] == push.header["rev"]


def test_too_many_waiting_replies_end_the_connection(session: Session) -> None:
    client = live(session)
    for _ in range(MAX_SIDE):
        client.say("PING")
    assert client.peer.close_code is None
    client.say("PING")
    assert client.peer.close_code == 4408


def test_the_first_reason_to_close_counts(session: Session) -> None:
    client = live(session)
    client.peer.end(4413, "too large")
    client.peer.end(4408, "too slow")
    assert (client.peer.close_code, client.peer.close_text) == (4413, "too large")


def test_who_asks_once_too_often_gets_nothing(session: Session) -> None:
    client, early = live(session), Speaker(session)
    assert client.peer.outbox.take() is None
    assert early.peer.outbox.take() is None


def test_the_end_of_the_document_ends_every_connection(session: Session) -> None:
    peers = [live(session), Speaker(session)]
    woken: list[int] = []
    session.listen(lambda: woken.append(1))
    session.end("the document was closed")
    session.end("the server restarts", Close.RESTART)
    assert [peer.peer.close_code for peer in peers] == [4404, 4404]
    assert peers[0].peer.close_text == "the document was closed"
    assert woken


def test_a_frame_over_the_limit_ends_the_connection_unread(session: Session) -> None:
    text, binary, wide, other = (live(session) for _ in range(4))
    session.limits.frame = 400
    text.edit(put("x" * 500))
    assert text.peer.close_code == 4413
    binary.edit(put({"$": "bytes", "buf": 0}), buffers=[bytes(500)])
    assert binary.peer.close_code == 4413
    wide.edit(put("é" * 150))
    assert wide.peer.close_code == 4413, "bytes count, not characters"
    assert session.rev == 1
    other.edit(put(2))
    assert other.answer().type == "OK"


def bad_frames() -> list[Any]:
    rnd = random.Random(1)
    good = b'{"header":{"msgid":"a","msgtype":"PATCH-DOC"},"content":{}}'
    deep = '{"header":{"msgid":"a","msgtype":"PULL-DOC-REQ"},"content":{"x":%s%s}}'
    made: list[Any] = ["", "{", "[]", "null", "\ud800", '{"header":{}}', b"", b"SL\x01\x00"]
    made += ['{"header":{"msgid":1,"msgtype":"PING"},"content":{}}']
    made += ['{"header":{"msgid":"a","msgtype":"PATCH-DOC","seq":"x"},"content":{}}']
    made += [deep % ("[" * 5000, "]" * 5000), deep % ('{"a":' * 5000, "1" + "}" * 5000)]
    made += [join(good, [b"x"]), join(good, [])[:-3], join(good, [b""] * 300)]
    made += [memoryview(join(good, []))[1:], b"SL\x01\x00" + bytes(12)]
    made += [json.dumps({"header": {"msgid": "a", "msgtype": "X" * 9999}, "content": 3})]
    made += [rnd.randbytes(rnd.randrange(60)) for _ in range(200)]
    for _ in range(200):
        frame = bytearray(join(good, []))
        frame[rnd.randrange(len(frame))] = rnd.randrange(256)
        made.append(bytes(frame))
    return made


def test_malformed_frames_never_raise_and_disturb_nobody(session: Session) -> None:
    client, other = live(session), live(session)
    for frame in bad_frames():
        client.peer.receive(frame)
        heard = client.hear()
        assert [one.type for one in heard] in (["ERROR"], ["OK"], ["PULL-DOC-REPLY"], []), frame
        assert client.peer.close_code is None
    assert other.hear() == []
    client.edit(put(2))
    assert client.answer().type == "OK"
    assert [one.type for one in other.hear()] == ["PATCH-DOC"]


def test_a_fault_of_the_session_is_an_error_and_not_the_end(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = live(session)

    def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Session, "run", broken)
        client.edit(put(2))
    answer = client.answer()
    assert (answer.content["code"], answer.content["retry"]) == ("internal", "later")
    assert "the disk is full" in caplog.text
    assert props(session)["value"] == 1
    client.edit(put(2), seq=1)
    assert client.answer().type == "OK"


def test_a_ping_tells_what_was_sent_and_is_answered(session: Session) -> None:
    client = live(session)
    session.local(Set("py-1", ["value"], 2))
    msgid = client.say("PING")
    pong, patch = client.hear()
    assert (pong.type, pong.header["reqid"], pong.header["rev"]) == ("OK", msgid, 1)
    assert patch.type == "PATCH-DOC"
    client.peer.send_ping()
    ping = client.answer()
    assert (ping.type, ping.header["rev"], ping.header["epoch"]) == ("PING", 2, "e1")


def test_a_snapshot_says_how_many_messages_there_were(session: Session) -> None:
    client = live(session)
    session.local(Msg("py-1", "click", {"x": 1}))
    assert client.pull().header["msgs"] == 1


def test_listeners_may_leave_while_they_are_called(session: Session) -> None:
    called: list[str] = []

    def once() -> None:
        called.append("first")
        leave()

    leave = session.listen(once)
    session.listen(lambda: called.append("second"))
    session.local(Set("py-1", ["value"], 2))
    session.local(Set("py-1", ["value"], 3))
    assert called == ["first", "second", "second"]


def test_a_hold_wakes_once_at_its_end(session: Session) -> None:
    woken: list[int] = []
    session.listen(lambda: woken.append(session.rev))
    session.hold()
    session.hold()
    session.local(Set("py-1", ["value"], 2))
    session.release()
    session.local(Set("py-1", ["value"], 3))
    assert woken == []
    session.release()
    assert woken == [3]


class Pages:
    """Several pages on one channel, as the comm carrier has them."""

    def __init__(self, session: Session, count: int) -> None:
        self.channel = Channel(session, "syncline-doc")
        self.peers = [Speaker(session, channel=self.channel) for _ in range(count)]
        for peer in self.peers:
            peer.say("PULL-DOC-REQ", {})
        self.pump()

    def pump(self) -> list[Any]:
        """Publish; return what went out, in order, as (page or None, message)."""
        out: list[Any] = []
        while (frame := self.channel.take()) is not None:
            out.append((None, decoded(frame)))
        for peer in self.peers:
            out += [(peer, heard) for heard in peer.hear()]
        return out


def test_on_a_channel_patches_go_out_once_and_replies_after_them(session: Session) -> None:
    pages = Pages(session, 3)
    first = pages.peers[0]
    assert first.ack.content["channel"] == "syncline-doc"
    session.local(Set("py-1", ["value"], 2))
    first.edit(put(3), base=1)
    assert first.hear() == [], "a reply must not overtake the patch that it speaks of"
    out = pages.pump()
    assert [(page, heard.type) for page, heard in out] == [(None, "PATCH-DOC"), (first, "OK")]
    assert [tx["rev"] for tx in out[0][1].content["txs"]] == [2, 3]
    mine = out[0][1].content["txs"][1]
    assert (mine["by"], mine["conflicts"]) == (first.client, True)


def test_on_a_channel_a_commit_without_conflicts_needs_no_ok(session: Session) -> None:
    pages = Pages(session, 2)
    author = pages.peers[0]
    author.edit(put(2))
    [(page, patch)] = pages.pump()
    assert (page, patch.content["txs"][0]["by"]) == (None, author.client)
    assert "conflicts" not in patch.content["txs"][0]
    author.edit(put(2), seq=1)
    assert author.answer().type == "OK", "what is sent again is answered"


@pytest.mark.parametrize("have", [None, {"epoch": "e1", "rev": 1}])
def test_on_a_channel_who_pulls_finds_a_patch_that_begins_there(
    session: Session, have: dict[str, Any] | None
) -> None:
    pages = Pages(session, 1)
    page = pages.peers[0]
    session.local(Set("py-1", ["value"], 2))
    page.say("PULL-DOC-REQ", {"have": have})
    reply = page.answer()
    assert (reply.type, reply.header["rev"]) == ("PULL-DOC-REPLY", 2)
    session.local(Set("py-1", ["value"], 3))
    patches = [heard.header for _, heard in pages.pump()]
    assert [(patch["since"], patch["rev"]) for patch in patches] == [(1, 2), (2, 3)]
    session.local(Set("py-1", ["value"], 4))
    session.local(Set("py-1", ["value"], 5))
    assert [heard.header["rev"] for _, heard in pages.pump()] == [5]


def test_beyond_the_log_the_pages_of_a_channel_get_the_document(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    pages = Pages(session, 2)
    for value in range(5):
        session.local(Set("py-1", ["value"], value))
    (_, patch), *pushes = pages.pump()
    assert patch.header["since"] == session.log.base == 4
    assert [(page, push.type) for page, push in pushes] == [
        (page, "PUSH-DOC") for page in pages.peers
    ]
    assert {push.header["rev"] for _, push in pushes} == {6}
    assert pages.pump() == []


def test_without_the_probe_coming_back_arrays_go_inline(session: Session) -> None:
    session.local(Set("py-1", ["value"], np.arange(2, dtype="u1")))
    client = Speaker(session, probe=True)
    assert client.ack.header["probe"] is True
    assert client.ack.buffers == [PROBE]
    inline = client.pull().content["doc"]["models"]["py-1"]["props"]["value"]
    assert inline == {"$": "nd", "dtype": "u1", "shape": [2], "b64": "AAE="}
    whole = Speaker(session, probe=True)
    whole.say("PULL-DOC-REQ", {}, [PROBE])
    assert whole.answer().buffers == [b"\x00\x01"]


def test_more_arrays_than_a_frame_takes_still_arrive(session: Session) -> None:
    client = live(session)
    session.begin()
    for n in range(150):
        session.local(Set("py-1", ["d", f"k{n}"], np.array([n])))
    session.commit()
    session.begin()
    for n in range(150):
        session.local(Set("py-1", ["d", f"k{n}"], np.array([n + 1])))
    session.commit()
    assert [len(patch.content["txs"]) for patch in client.hear()] == [1, 1]
    delta = Speaker(session).pull(have={"epoch": "e1", "rev": 1})
    assert (len(delta.content["txs"]), len(delta.buffers)) == (2, 150)
    assert Speaker(session).pull().content["doc"]["models"]["py-1"]["props"]["d"]["k149"]
    for n in range(150, 300):
        session.local(Set("py-1", ["d", f"k{n}"], np.array([n])))
    assert len(Speaker(session).pull().buffers) == 256


def test_a_client_that_is_gone_leaves_no_record_unless_it_pulled(session: Session) -> None:
    gone, known = Speaker(session), live(session)
    gone.peer.close()
    known.peer.close()
    assert session.clients.resume(gone.client, gone.key, 0) is None
    assert session.clients.resume(known.client, known.key, 0) is not None


def test_random_bytes_in_a_good_envelope_never_raise(session: Session) -> None:
    client = live(session)
    for size in range(0, 64, 3):
        client.say("PATCH-DOC", {"ops": []}, [os.urandom(size)], client=client.client, seq=size + 1)
        client.hear()
    assert session.rev == 1
