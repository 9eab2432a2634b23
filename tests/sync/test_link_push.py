"""A client puts another document in the place of one, and learns the types that come along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syncline.core.ops import Add, RootAdd, Set
from syncline.core.state import PlainState
from syncline.sync.link import Link
from syncline.sync.messages import WireDoc, WireModel
from syncline.sync.peer import Peer
from syncline.sync.replica import Replica
from syncline.sync.view import Blind
from tests.sync.speaker import props
from tests.sync.test_schema import Source, entry

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from syncline.sync.outcome import Decision
    from syncline.sync.session import Session

DOC = WireDoc("new", ["py-1"], {"py-1": WireModel("t/T@1", {"value": 5})})


class Owner:
    """A trusted client and its connection."""

    def __init__(self, session: Session) -> None:
        self.peer = Peer(session, trusted=True)
        self.out: list[Frame] = []
        self.link = Link(Replica(), self.out.append)
        self.decided: list[Decision | None] = []
        self.link.open(0)
        for frame in self.peer.open():
            self.link.receive(frame, 0)
        self.run()

    def deliver(self) -> None:
        while self.out:
            self.peer.receive(self.out.pop(0))

    def run(self) -> None:
        self.deliver()
        while (frame := self.peer.take()) is not None:
            self.link.receive(frame, 0)
            self.deliver()

    def push(self) -> None:
        self.link.push(DOC, (), self.decided.append)


@pytest.fixture
def owner(session: Session) -> Owner:
    return Owner(session)


def test_a_pushed_document_is_decided_and_its_number_spent(owner: Owner, session: Session) -> None:
    session.pushable = True
    owner.push()
    owner.run()
    (decision,) = owner.decided
    assert decision is not None
    assert decision.error is None
    assert owner.link.replica.seq == 1
    assert props(session) == {"value": 5}


def test_a_refused_push_says_why(owner: Owner) -> None:
    owner.push()
    owner.run()
    (decision,) = owner.decided
    assert decision is not None
    assert decision.error is not None
    assert decision.error[0] == "read-only"


def test_a_push_on_an_older_revision_is_to_be_tried_again(owner: Owner, session: Session) -> None:
    session.pushable = True
    owner.push()
    session.local(Set("py-1", ["value"], 2))
    owner.run()
    assert owner.decided == [None]
    assert owner.link.replica.seq == 0
    assert props(session)["value"] == 2


def test_a_push_that_is_to_come_later_is_to_be_tried_again(owner: Owner, session: Session) -> None:
    session.is_behind = lambda: True
    owner.push()
    owner.run()
    assert owner.decided == [None]


class Learner(Blind):
    """A view that keeps what it is told of types."""

    def __init__(self) -> None:
        self.state = PlainState()
        self.learned: dict[str, Any] = {}

    def learn(self, entries: dict[str, Any]) -> None:
        self.learned |= entries

    def known(self) -> list[str]:
        return list(self.learned)


@pytest.mark.parametrize("blind", [False, True])
def test_types_are_learned_from_a_snapshot_and_from_a_patch(
    session: Session, owner: Owner, blind: bool
) -> None:
    session.schemas.source = Source()
    view = Learner()
    if not blind:
        owner.link.replica.view = view
    session.begin()
    session.local(Add("py-2", "t/U@2#h1", {}))
    session.local(RootAdd("py-2"))
    session.commit()
    owner.run()
    assert view.learned == ({} if blind else {"h1": entry("h1")})
    assert owner.link.replica.rev == session.rev
