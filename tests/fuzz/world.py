"""One document, several clients on connections that break, and a die that says what comes next."""

from __future__ import annotations

import itertools
import random
from collections import Counter, deque
from typing import Any

from syncline import Document, Model, prop
from syncline.core.errors import Gone
from syncline.core.ops import Add, Del, Msg, Op, Set, Splice
from syncline.core.values import Ref, clone, equal, refs
from syncline.sync.frames import Frame, pack, unpack
from syncline.sync.link import Link
from syncline.sync.replica import Replica
from syncline.transports.memory import MemoryCarrier

STEPS = 250
CLIENTS = 3


def bounded(value: float) -> float:
    """Adjust what is above fifty, refuse what is below zero."""
    if value < 0:
        raise ValueError("expected zero or more")
    return min(value, 50.0)


class Node(Model, type="fuzz/Node@1"):
    events = ("click",)
    creatable = True
    value: float = prop(default=0.0, client=True, check=bounded)
    items: list[int] = prop(default=[], client=True)
    table: dict[str, Any] = prop(default={}, client=True)
    nodes: list[Node] = prop(default=[], client=True)


class Client:
    """A replica, its link, and the frames under way in both directions."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.replica = Replica()
        self.inbox: deque[Frame] = deque()
        self.link = Link(self.replica, self._send)
        self.made = itertools.count(1)
        self.connect()

    def connect(self) -> None:
        """Open a new connection; what was under way on the old one is lost."""
        self.inbox.clear()
        self.carrier = MemoryCarrier(self.world.document.session, self.inbox.append)
        self.link.open(self.world.now)
        self.carrier.open()

    def disconnect(self) -> None:
        self.carrier.close()
        self.link.close()

    def hear(self) -> None:
        frame = self.inbox.popleft()
        self.link.receive(frame, self.world.now)

    def edit(self, ops: list[Op]) -> None:
        """Make one transaction of what resolves, as a view would."""
        self.replica.begin()
        for op in ops:
            try:
                self.replica.local(op)
            except Gone:
                continue
        self.replica.commit()
        self.link.flush(self.world.now)

    def _send(self, frame: Frame) -> None:
        self.carrier.receive(self.world.moded(frame))


class World:
    """A run of the fuzz: everything it does follows from the seed and stands in `log`."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)
        self.now = 0.0
        self.log: list[str] = []
        self.numbers = itertools.count(1)
        self.document = Document()
        self.document.report = self._report
        self.root = Node(items=[next(self.numbers) for _ in range(4)])
        self.document.add_root(self.root)
        self.root.observe(lambda event: setattr(self.root, "table", {}), "value")
        self.clients = [Client(self, f"client {n}") for n in range(CLIENTS)]

    def _report(self, error: BaseException, where: str) -> None:
        raise AssertionError(where) from error

    def run(self) -> None:
        """Let things happen, then let everything arrive, then compare."""
        for _ in range(STEPS):
            self.step()
        self.settle()
        self.check()

    def step(self) -> None:
        client, chance = self.die.choice(self.clients), self.die.random()
        if chance < 0.3:
            self.say(client, "serves")
            client.carrier.send()
        elif chance < 0.6:
            self.say(client, "hears")
            while client.inbox and self.die.random() < 0.8:
                client.hear()
        elif chance < 0.88:
            ops = [self.edit(client) for _ in range(self.die.choice([1, 1, 1, 2, 3]))]
            self.say(client, f"edits {ops}")
            client.edit([op for piece in ops for op in piece])
        elif chance < 0.91:
            self.say(client, "reconnects")
            client.disconnect()
            client.connect()
        elif chance < 0.93:
            self.lose(client)
        else:
            self.python()

    def say(self, client: Client, text: str) -> None:
        self.log.append(f"{client.name} {text}")

    def lose(self, client: Client) -> None:
        """Drop a patch, as a comm may: the next message shows the gap."""
        for frame in list(client.inbox):
            if unpack(frame)[0].header.msgtype == "PATCH-DOC":
                self.say(client, "loses a patch")
                client.inbox.remove(frame)
                return

    def moded(self, frame: Frame) -> Frame:
        """Say `atomic` or `strict` in some submissions."""
        envelope, buffers = unpack(frame)
        if envelope.header.msgtype != "PATCH-DOC" or self.die.random() < 0.8:
            return frame
        mode = self.die.choice([b"atomic", b"strict"])
        content = bytes(envelope.content).replace(b'"mode":"merge"', b'"mode":"%s"' % mode)
        self.log.append(f"a submission is {mode.decode()}")
        return pack(envelope.header, type(envelope.content)(content), buffers)

    def edit(self, client: Client) -> list[Op]:
        """Return an edit of something that the client sees."""
        die, models = self.die, client.replica.state.models
        if not models:
            return []
        m = die.choice([self.root.id, *models])
        items = len(models[m].props["items"]) if m in models else 0
        match die.randrange(10):
            case 0:
                return [Set(m, ["value"], float(die.randrange(-5, 60)))]
            case 1 | 2:
                return [self.splice(m, items)]
            case 3:
                return [Set(m, ["items", die.randrange(items + 1)], next(self.numbers))]
            case 4:
                return [Set(m, ["table", die.choice("ab")], die.choice([1, [1, 2], {"k": [1]}]))]
            case 5:
                deep: list[str | int] = die.choice([["a", 0], ["b", "k"], ["a", "k", 0]])
                return [Set(m, ["table", *deep], die.randrange(100))]
            case 6:
                return [Del(m, ["table", die.choice("ab")])]
            case 7:
                return self.add(client, m)
            case 8:
                return [self.refer(m, list(models))]
            case _:
                return [Msg(m, "click", die.randrange(10))]

    def splice(self, m: str, length: int) -> Op:
        die = self.die
        inserted = [next(self.numbers) for _ in range(die.randrange(3))]
        if die.random() < 0.3:
            return Splice(m, ["items"], None, 0, inserted)
        start = die.randrange(length + 1)
        return Splice(m, ["items"], start, die.randrange(min(3, length - start) + 1), inserted)

    def add(self, client: Client, m: str) -> list[Op]:
        new = f"{client.replica.client}-{next(client.made)}"
        props = {"value": 1.0, "items": [next(self.numbers)], "table": {}, "nodes": []}
        place = Splice(m, ["nodes"], None, 0, [Ref(new)])
        return [Add(new, "fuzz/Node@1", props), place]

    def refer(self, m: str, models: list[str]) -> Op:
        """Refer to a model that may be gone by then, or refer to nothing any more."""
        if self.die.random() < 0.5:
            return Set(m, ["nodes"], [])
        return Set(m, ["table", "ref"], Ref(self.die.choice(models)))

    def python(self) -> None:
        die = self.die
        node: Any = die.choice(list(self.document.models.values()))
        kind = die.randrange(6)
        self.log.append(f"python does {kind} to {node.id}")
        if kind == 0:
            node.items.insert(die.randrange(len(node.items) + 1), next(self.numbers))
        elif kind == 1 and node.items:
            node.items.pop(die.randrange(len(node.items)))
        elif kind == 2:
            node.value = die.random()
        elif kind == 3:
            child = Node(items=[next(self.numbers)])
            node.nodes.append(child)
            child.items.append(next(self.numbers))
            child.table["t"] = [1]
        elif kind == 4:
            node.table = {"a": [next(self.numbers)]}
        else:
            self.undo(node)

    def undo(self, node: Any) -> None:
        try:
            with self.document.transaction():
                node.items.append(0)
                node.nodes.append(Node())
                raise KeyError
        except KeyError:
            pass

    def settle(self) -> None:
        """Let everything arrive."""
        for _ in range(60):
            self.now += 20
            for client in self.clients:
                if client.link.close_code or client.carrier.closed:
                    client.disconnect()
                    client.connect()
                client.carrier.peer.send_ping()
                client.carrier.send()
                while client.inbox:
                    client.hear()
                client.link.tick(self.now)
                client.link.flush(self.now)

    def check(self) -> None:
        """Compare every replica with the document, and the document with itself."""
        document = self.document
        for client in self.clients:
            replica = client.replica
            assert replica.pending == [], f"{client.name} still waits: {client.link.status}"
            assert replica.rev == document.rev, f"{client.name} is behind"
            assert replica.state.roots == document.state.roots
            theirs = {m: clone(values) for m, _, values in replica.state.items()}
            ours = {m: clone(values) for m, _, values in document.state.items()}
            assert theirs.keys() == ours.keys(), f"{client.name} has other models"
            for m, values in ours.items():
                assert equal(theirs[m], values), f"{client.name}: {m} is {theirs[m]}, not {values}"
        self.check_once()
        self.check_counts()

    def check_once(self) -> None:
        numbers = Counter(
            n for _, _, values in self.document.state.items() for n in values["items"]
        )
        twice = [n for n, count in numbers.items() if count > 1]
        assert not twice, f"committed twice: {twice}"
        assert 0 not in numbers, "an undone edit is still there"

    def check_counts(self) -> None:
        state = self.document.state
        counts = Counter(state.roots)
        counts.update(ref.id for _, _, values in state.items() for ref in refs(values))
        assert dict(self.document.session.graph.counts) == dict(counts)
