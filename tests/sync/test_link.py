"""A link against a real peer: gaps, answers, silence and coming back (SPEC 3.2 and 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from syncline.core.ops import Add, Op, Set, Splice, WireOp
from syncline.core.state import PlainState
from syncline.core.values import Ref
from syncline.sync import log
from syncline.sync.errors import Code, Refused
from syncline.sync.link import Link
from syncline.sync.outcome import ConflictEvent
from syncline.sync.peer import Peer
from syncline.sync.replica import Replica
from tests.sync.speaker import decoded, props

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from syncline.sync.session import Session


class Client:
    """A replica on a carrier that a test may interrupt at any frame."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reports: list[tuple[str, Any]] = []
        self.replica = Replica(report=lambda kind, detail: self.reports.append((kind, detail)))
        self.link = Link(self.replica, self._send)
        self.now = 0.0
        self.connect()
        self.run()

    def _send(self, frame: Frame) -> None:
        self.out.append(frame)

    def connect(self) -> None:
        self.peer = Peer(self.session)
        self.out: list[Frame] = []
        self.link.open(self.now)
        for frame in self.peer.open():
            self.link.receive(frame, self.now)

    def reconnect(self) -> None:
        self.peer.close()
        self.link.close()
        self.connect()
        self.run()

    def deliver(self) -> None:
        """Bring to the server what was sent."""
        while self.out:
            self.peer.receive(self.out.pop(0))

    def run(self) -> None:
        """Carry frames both ways until nothing moves."""
        while True:
            self.deliver()
            frame = self.peer.take()
            if frame is None:
                return
            self.link.receive(frame, self.now)

    def edit(self, *ops: Op) -> None:
        for op in ops:
            self.replica.local(op)
        self.link.flush(self.now)

    @property
    def props(self) -> dict[str, Any]:
        state = self.replica.state
        assert isinstance(state, PlainState)
        return state.models["py-1"].props

    def told(self, kind: str) -> list[Any]:
        return [detail for name, detail in self.reports if name == kind]


@pytest.fixture
def client(session: Session) -> Client:
    return Client(session)


def value(v: Any) -> Set:
    return Set("py-1", ["value"], v)


def test_after_the_handshake_the_link_is_live_and_equal(client: Client, session: Session) -> None:
    assert client.link.status == "live"
    assert client.props == props(session)
    assert client.replica.rev == session.rev
    assert client.link.resume_key


def test_values_go_both_ways(client: Client, session: Session) -> None:
    client.edit(value(7))
    client.run()
    assert props(session)["value"] == 7
    session.local(value(8))
    client.run()
    assert client.props["value"] == 8
    assert client.replica.pending == []


def test_a_lost_patch_is_a_gap_and_the_gap_is_pulled(client: Client, session: Session) -> None:
    session.local(value(2))
    assert client.peer.take() is not None
    session.local(Set("py-1", ["d", "k"], 1))
    client.run()
    assert client.link.status == "live"
    assert client.props == {"value": 2, "items": [1, 2, 3], "d": {"k": 1}}


def test_a_lost_end_of_a_burst_is_found_by_the_next_ping(client: Client, session: Session) -> None:
    session.local(value(2))
    client.peer.take()
    client.run()
    assert client.props["value"] == 1
    client.peer.send_ping()
    client.run()
    assert client.props["value"] == 2


def test_a_lost_ok_is_made_good_by_the_resume(client: Client, session: Session) -> None:
    client.edit(Splice("py-1", ["items"], None, 0, [4]))
    client.deliver()
    client.edit(Set("py-1", ["items", 3], 5))
    client.reconnect()
    assert props(session)["items"] == [1, 2, 3, 5]
    assert client.props == props(session)
    assert session.rev == 3


def test_a_lost_submission_is_sent_again_once(client: Client, session: Session) -> None:
    client.edit(Splice("py-1", ["items"], 0, 0, [0]))
    session.local(Splice("py-1", ["items"], 0, 0, [-1]))
    client.out.clear()
    client.reconnect()
    assert props(session)["items"] == [-1, 0, 1, 2, 3]
    assert client.props == props(session)
    assert client.replica.seq == 1


def test_a_lost_refusal_is_told_after_the_resume(client: Client, session: Session) -> None:
    session.guard = Stubborn()
    client.edit(value(7))
    client.deliver()
    client.edit(Set("py-1", ["d", "k"], 1))
    client.reconnect()
    assert client.told("conflict") == [
        ConflictEvent("refused", value(7), 7, 1, code="invalid-value", text="no")
    ]
    assert client.props == props(session) == {"value": 1, "items": [1, 2, 3], "d": {"k": 1}}


class Stubborn:
    """Refuses any change of `value`."""

    def check(self, op: WireOp, *, trusted: bool = False) -> WireOp:
        if isinstance(op, Set) and op.p == ["value"]:
            raise Refused(Code.INVALID_VALUE, "no")
        return op


LOST = ConflictEvent("target-gone", Set("py-1", ["items", 0], 9), 9, 2, rev=2, by="py")


def lose_an_item(client: Client, session: Session) -> None:
    """Let the client append, and edit an item that is gone by then; the answer is lost."""
    session.local(Splice("py-1", ["items"], 0, 1, []))
    client.edit(Splice("py-1", ["items"], None, 0, [4]), Set("py-1", ["items", 0], 9))
    client.deliver()


def test_the_conflicts_of_a_lost_ok_are_told_after_the_resume(
    client: Client, session: Session
) -> None:
    lose_an_item(client, session)
    client.reconnect()
    assert client.props == props(session)
    assert client.props["items"] == [2, 3, 4]
    assert client.told("conflict") == [LOST]


def test_the_conflicts_of_a_lost_ok_are_told_after_a_snapshot(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    lose_an_item(client, session)
    for n in range(5):
        session.local(value(n))
    client.reconnect()
    assert client.props == props(session)
    assert client.props["items"] == [2, 3, 4]
    assert LOST in client.told("conflict")
    assert client.told("resynced")
    assert client.replica.pending == []


def test_edits_made_offline_survive_a_snapshot(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    client.peer.close()
    client.link.close()
    client.edit(Splice("py-1", ["items"], 3, 0, ["mine"]))
    for n in range(5):
        session.local(Splice("py-1", ["items"], 0, 0, [-n]))
    client.connect()
    client.run()
    assert props(session)["items"] == [-4, -3, -2, -1, 0, 1, 2, 3, "mine"]
    assert client.props == props(session)


def test_a_pushed_document_replaces_and_pending_goes_on(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_REVISIONS", 2)
    client.edit(Set("py-1", ["d", "k"], 1))
    for n in range(5):
        session.local(value(n))
    client.run()
    assert client.props == props(session)
    assert props(session)["d"] == {"k": 1}


def test_a_client_whose_record_is_gone_renumbers_and_loses_nothing(
    client: Client, session: Session
) -> None:
    before = client.replica.client
    client.edit(value(7))
    client.out.clear()
    session.clients.forget(before)
    client.reconnect()
    assert client.replica.client != before
    assert client.replica.seq == 1
    assert props(session)["value"] == 7


def test_what_a_forgotten_client_has_committed_keeps_its_ids(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.replica.client
    client.edit(Add(f"{before}-1", "t/T@1", {}), Set("py-1", ["d", "new"], Ref(f"{before}-1")))
    client.deliver()
    session.clients.forget(before)
    monkeypatch.setattr(log, "MAX_REVISIONS", 1)
    session.local(value(2))
    client.reconnect()
    client.run()
    now = client.replica.client
    assert {m for m, _, _ in client.replica.state.items()} == {"py-1", f"{before}-1", f"{now}-1"}
    assert client.props == props(session)


def test_later_means_the_same_again_after_a_while(client: Client, session: Session) -> None:
    session.begin()
    client.edit(value(7))
    client.run()
    session.rollback()
    assert props(session)["value"] == 1
    client.now = 1.5
    client.link.tick(client.now)
    client.run()
    assert props(session)["value"] == 7
    assert client.replica.seq == 1


def test_silence_is_pinged_and_two_pings_without_answer_end_it(client: Client) -> None:
    client.link.tick(41)
    assert [one.type for one in map(decoded, client.out)] == ["PING"]
    client.link.tick(81)
    assert client.link.close_code is None
    client.link.tick(121)
    assert client.link.close_code == 4408


def test_arrays_arrive_bit_for_bit(client: Client, session: Session) -> None:
    mine = np.array([[1.5, np.nan], [np.inf, -0.0]])
    client.edit(value(mine))
    client.run()
    assert props(session)["value"].tobytes() == mine.tobytes()
    session.local(value(np.arange(4, dtype="i8")))
    client.run()
    assert client.props["value"].dtype == np.dtype("i8")
    assert client.props["value"].tolist() == [0, 1, 2, 3]


def test_two_clients_come_to_the_same_list(client: Client, session: Session) -> None:
    other = Client(session)
    client.edit(Splice("py-1", ["items"], 1, 2, ["a"]))
    other.edit(Splice("py-1", ["items"], 2, 0, ["b"]))
    for one in (client, other, client):
        one.run()
    assert client.props == other.props == props(session)
    assert props(session)["items"] == [1, "a", "b"]
