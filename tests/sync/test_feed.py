"""What one who lags behind is sent: as it was, squashed, or the whole document (SPEC 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from syncline.core.apply import apply
from syncline.core.ops import Add, Msg, RootAdd, Set, from_wire
from syncline.core.state import PlainState
from syncline.core.values import Buffers, equal
from syncline.sync import feed, outbox
from syncline.sync.channel import Channel
from syncline.sync.frames import unpack
from syncline.sync.messages import Txs
from tests.sync.speaker import Heard, Speaker, decoded, live, props, put

if TYPE_CHECKING:
    from syncline.sync.session import Session

LONG = feed.CHUNK_REVISIONS + 1


def sets(session: Session, count: int = LONG, name: str = "value") -> None:
    for number in range(count):
        session.local(Set("py-1", [name], number))


def spans(heard: list[Heard]) -> list[tuple[int, int]]:
    return [(one.header["since"], one.header["rev"]) for one in heard]


def test_up_to_64_revisions_go_as_they_are(session: Session) -> None:
    client = live(session)
    sets(session, LONG - 1)
    patch = client.answer()
    assert [tx["rev"] for tx in patch.content["txs"]] == list(range(2, LONG + 1))


def test_more_are_squashed_to_one_transaction_by_nobody(session: Session) -> None:
    client = live(session)
    sets(session, 10_000 - 6000)
    patch = client.answer()
    (tx,) = patch.content["txs"]
    assert tx == {"rev": session.rev, "ops": [put(3999)], "since": 1}
    assert spans([patch]) == [(1, session.rev)]


def test_more_than_a_megabyte_is_squashed_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SMALL", 1 << 20)
    client = live(session)
    for letter in "abc":
        session.local(Set("py-1", ["value"], letter * (1 << 19)))
    (tx,) = client.answer().content["txs"]
    assert (tx["since"], tx["rev"], tx["ops"][0]["v"][0]) == (1, 4, "c")


def test_it_is_squashed_and_encoded_once_for_all(session: Session) -> None:
    peers = [live(session) for _ in range(3)]
    sets(session)
    (first,), *others = [peer.frames() for peer in peers]
    assert all(frames[0] is first for frames in others)


def test_what_is_squashed_comes_to_the_same(session: Session) -> None:
    client = live(session)
    for number in range(LONG):
        session.local(Set("py-1", ["d", f"k{number % 7}"], np.arange(number)))
        session.local(Set("py-1", ["items", number % 3], number))
    frame = client.frames()[0]
    envelope, buffers = unpack(frame)
    (tx,) = decoded(frame).content["txs"]
    assert tx["nbuf"] == envelope.header.buffers == 7
    state = PlainState()
    state.add("py-1", "t/T@1", {"value": 1, "items": [1, 2, 3], "d": {}})
    own = Buffers(list(buffers))
    for op in msgspec.json.decode(envelope.content, type=Txs).txs[0].ops:
        apply(state, from_wire(op, own))
    assert equal(state.models["py-1"].props, props(session))


def test_messages_are_never_squashed_away(session: Session) -> None:
    client = live(session)
    sets(session)
    session.local(Msg("py-1", "click", 1))
    sets(session)
    session.local(Msg("py-1", "click", 2))
    heard = client.hear()
    assert spans(heard) == [
        (1, LONG + 1),
        (LONG + 1, LONG + 1 + 64),
        (LONG + 1 + 64, 2 * LONG + 3),
    ]
    messages = [
        op["data"]
        for one in heard
        for tx in one.content["txs"]
        for op in tx["ops"]
        if op["op"] == "msg"
    ]
    assert messages == [1, 2]


def test_entries_of_a_foreign_document_are_never_squashed(session: Session) -> None:
    session.foreign["py-1"] = dict
    client = live(session)
    sets(session)
    assert sum(len(one.content["txs"]) for one in client.hear()) == LONG


def test_types_come_along_with_what_is_squashed(session: Session) -> None:
    class Source:
        def entries(self, types: Any) -> dict[str, Any]:
            return {name.partition("#")[2]: {"name": "t/U@1"} for name in types if "#" in name}

        def types(self) -> list[str]:
            return []

        def asset(self, hash: str) -> bytes | None:
            return None

    session.schemas.source = Source()
    client = live(session)
    for number in range(LONG):
        session.begin()
        session.local(Add(f"py-{number + 2}", f"t/U@1#h{number % 2}", {}))
        session.local(RootAdd(f"py-{number + 2}"))
        session.commit()
    (tx,) = client.answer().content["txs"]
    assert tx["schema"] == {"h0": {"name": "t/U@1"}, "h1": {"name": "t/U@1"}}


def test_on_a_channel_an_author_who_reads_it_finds_its_own(session: Session) -> None:
    channel = Channel(session, "syncline-doc")
    author = live(session, channel=channel)
    sets(session)
    author.edit(put(-1))
    sets(session)
    heard = []
    while (frame := channel.take()) is not None:
        heard.append(decoded(frame))
    mine = [tx for one in heard for tx in one.content["txs"] if tx.get("by") == author.client]
    assert [tx["seq"] for tx in mine] == [1]
    assert "since" in heard[0].content["txs"][0]
    author.peer.close()
    Channel(session, "other")
    author = live(session, channel=channel)
    author.edit(put(-2))
    author.peer.close()
    sets(session)
    frame = channel.take()
    assert frame is not None
    assert "since" in decoded(frame).content["txs"][0]


def test_before_its_own_transaction_an_author_gets_what_came_before(session: Session) -> None:
    client = live(session)
    sets(session)
    client.edit(put(-1), base=session.rev)
    sets(session)
    heard = client.hear()
    assert [one.type for one in heard] == ["PATCH-DOC", "OK", "PATCH-DOC"]
    assert spans(heard) == [(1, LONG + 1), (LONG + 1, LONG + 2), (LONG + 2, 2 * LONG + 2)]


def test_when_the_document_is_shorter_it_is_sent_instead(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SMALL", 100)
    client = live(session)
    for number in range(LONG):
        session.local(Set("py-1", ["d", f"k{number}"], "x" * 50))
    session.local(Set("py-1", ["d"], {}))
    for number in range(LONG):
        session.local(Set("py-1", ["d", "k"], "y" * number))
        session.local(RootAdd("py-1"))
    session.begin()
    for number in range(20):
        session.local(Add(f"py-{number + 2}", "t/T@1", {}))
    session.commit()
    push = client.answer()
    assert (push.type, push.content["reason"]) == ("PUSH-DOC", "slow")
    assert push.header["rev"] == session.rev
    assert client.hear() == []


def test_a_document_never_jumps_over_a_message(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SMALL", 100)
    client = live(session)
    for number in range(LONG):
        session.local(Set("py-1", ["d", f"k{number}"], "x" * 50))
    session.local(Msg("py-1", "click"))
    assert [one.type for one in client.hear()] == ["PATCH-DOC", "PATCH-DOC"]


def test_a_slow_client_holds_nothing_but_a_number(session: Session) -> None:
    slow = live(session)
    sets(session, 2000)
    box = slow.peer.outbox
    assert [*box._side, *box._parts, *box._volatile] == []
    assert box.cursor == 1
    assert len(slow.hear()) == 1


def test_little_is_kept_in_encoded_form(session: Session) -> None:
    client = live(session)
    for number in range(50):
        session.local(Set("py-1", ["value"], "x" * 1000))
        client.hear()
        assert number >= 0
    assert session.feed.weight < 20_000
    session.feed.clear()
    assert session.feed.weight == 0


def test_a_page_that_lost_buffers_is_sent_squashed_text(session: Session) -> None:
    client = Speaker(session, probe=True)
    client.pull()
    for number in range(LONG):
        session.local(Set("py-1", ["value"], np.arange(number)))
    (tx,) = client.answer().content["txs"]
    assert tx["ops"][0]["v"]["b64"]
    assert "nbuf" not in tx
