"""Clients that edit while servers end, are killed and begin again: all is made once."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

import syncline as sl
from syncline.apps import ApplicationContext, application_for
from syncline.core.ops import Splice
from syncline.core.state import PlainState
from syncline.hosting import ServerSession, Sessions
from syncline.hosting.saved import Writer, read
from syncline.sync.link import Link
from syncline.sync.peer import Peer
from syncline.sync.replica import Replica

STEPS = 120


class Notes(sl.Model, type="once/Notes@1"):
    items: list[int] = sl.prop(default=[], client=True)


APP = ApplicationContext("app", application_for(lambda doc: doc.add_root(Notes(key="notes"))))


class Client:
    """A page whose connection ends at any frame."""

    def __init__(self, session: ServerSession) -> None:
        self.replica = Replica()
        self.link = Link(self.replica, self._send)
        self.connect(session)
        self.run()

    def _send(self, frame: Any) -> None:
        self.out.append(frame)

    def connect(self, session: ServerSession) -> None:
        self.out: list[Any] = []
        self.link.close()
        self.peer = Peer(session.document.session)
        self.link.open(0)
        for frame in self.peer.open():
            self.link.receive(frame, 0)

    def run(self, *, deaf: bool = False, most: int = 1000) -> None:
        """Carry some frames; where it is `deaf` no answer comes."""
        for _ in range(most):
            if self.out:
                self.peer.receive(self.out.pop(0))
            elif not deaf and (frame := self.peer.take()) is not None:
                self.link.receive(frame, 0)
            else:
                return

    def add(self, token: int, rng: random.Random) -> None:
        (m,) = self.replica.state.roots
        at = rng.choice([None, 0, len(self.items)])
        self.replica.local(Splice(m, ["items"], at, 0, [token]))
        self.link.flush(0)

    @property
    def items(self) -> list[int]:
        state = self.replica.state
        assert isinstance(state, PlainState)
        found: list[int] = state.models[state.roots[0]].props["items"]
        return found


class World:
    def __init__(self, session: ServerSession) -> None:
        self.session = session
        self.writer = Writer(session)
        self.saved = self.writer.frame()[1]
        self.clients = [Client(session) for _ in range(3)]

    async def restart(self, *, killed: bool) -> None:
        """Let another server take over what was saved, last or now."""
        if not killed:
            self.saved = self.writer.frame()[1]
        self.session = await Sessions().create(APP)
        self.writer = Writer(self.session)
        self.session.restore(read(memoryview(self.saved)))
        self.saved = self.writer.frame()[1]
        for client in self.clients:
            client.connect(self.session)

    @property
    def items(self) -> list[int]:
        (notes,) = self.session.document.roots
        assert isinstance(notes, Notes)
        return list(notes.items)

    def settle(self) -> None:
        for _, client in itertools.product(range(3), self.clients):
            client.run()


@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
@pytest.mark.parametrize("seed", range(12))
async def test_what_clients_add_is_there_once(seed: int, kill: bool) -> None:
    rng = random.Random(seed)
    world = World(await Sessions().create(APP))
    tokens = itertools.count(1)
    for _ in range(STEPS):
        client = rng.choice(world.clients)
        match rng.choice(["add", "add", "add", "run", "some", "deaf", "save", "back", "restart"]):
            case "add":
                client.add(next(tokens), rng)
            case "run":
                client.run()
            case "some":
                client.run(most=rng.randint(1, 3))
            case "deaf":
                client.run(deaf=True)
            case "save":
                world.saved = world.writer.frame()[1]
            case "back":
                client.connect(world.session)
            case _:
                await world.restart(killed=kill)
    for client in world.clients:
        client.connect(world.session)
    world.settle()
    made = next(tokens) - 1
    assert len(set(world.items)) == len(world.items), "nothing is made twice"
    for client in world.clients:
        assert client.items == world.items
        assert client.replica.pending == []
    if not kill:
        assert sorted(world.items) == list(range(1, made + 1)), "nothing is lost"
