"""A run of the fuzz: everything it does follows from the seed and stands in `log`."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import msgspec

from syncline import Document
from syncline.core.values import Buffers
from syncline.sync.channel import Channel
from syncline.sync.frames import Frame, pack, unpack
from syncline.sync.incoming import decode_patch
from syncline.sync.messages import Limits

from .author import Author
from .checks import Fold, check_client, check_counts, check_log, check_same
from .client import Client, PythonClient
from .ledger import Decision, Ledger, shown
from .models import FIRST, Node, number_from_one
from .moves import Moves
from .shape import Shape
from .wire import LOST_CONNECTION, Connection, Sent

NewClient = Callable[[str, bool], Client]
ROUNDS = 400
ROUND_SECONDS = 20.0


class World:
    """A document, its clients and what is under way between them."""

    def __init__(
        self, seed: int, shape: Shape | None = None, in_node: NewClient | None = None
    ) -> None:
        number_from_one()
        self.shape = shape or Shape.of(seed)
        self.die = random.Random(seed)
        self.now = 0.0
        self.log: list[str] = []
        self.numbers = itertools.count(FIRST)
        self.ledger = Ledger()
        self.fold = Fold()
        self.channel: Channel | None = None
        self.document = self._new_document()
        self.author = Author(self.document, self.die, self.numbers)
        self.moves = Moves(self.die, self.numbers, self.root.id)
        self.connections = [
            self._connect(self._client(f"client {n}", in_node)) for n in range(self.shape.clients)
        ]
        self.slow = {c.client.name for c in self.connections if self.die.random() < self.shape.slow}

    def _client(self, name: str, in_node: NewClient | None) -> Client:
        lossy = self.die.random() < self.shape.lossy
        if in_node is not None and self.die.random() < self.shape.node:
            return in_node(f"{name} in node", lossy)
        return PythonClient(name, lossy=lossy)

    # The document

    def _new_document(self) -> Document:
        document = Document()
        document.report = self._report
        session = document.session
        session.epoch = session.feed.epoch = "e1"
        observers = session.on_commit

        def on_commit(entry, undo, user):  # type: ignore[no-untyped-def]
            self.fold.commit(entry)
            self.ledger.commit(entry)
            observers(entry, undo, user)

        session.on_commit = on_commit
        self.root = Node(items=[next(self.numbers) for _ in range(4)])
        document.add_root(self.root)
        # Code that answers every move of a view with one of its own.
        self.root.observe(lambda event: setattr(self.root, "table", {}), "value")
        return document

    def _report(self, error: BaseException, where: str) -> None:
        raise AssertionError(where) from error

    # Running

    def run(self) -> None:
        """Let things happen, then let everything arrive, then compare."""
        with self.shape.applied():
            for _ in range(self.shape.steps):
                self.step()
            self.settle()
            self.check()

    def step(self) -> None:
        """Let one thing happen."""
        connection, chance = self.die.choice(self.connections), self.die.random()
        self.now += self.die.random()
        if chance < 0.3:
            self.serve(connection)
        elif chance < 0.6:
            self.hear(connection)
        elif chance < 0.88:
            self.edit(connection)
        elif chance < 0.91:
            self.reconnect(connection)
        elif chance < 0.93:
            self.lose(connection)
        elif chance < 0.94:
            connection.client.tick(self.now)
            self.collect(connection)
        else:
            self.log.append(self.author.act())
            self.ledger.python()

    def say(self, client: Client, text: str) -> None:
        """Write down what a client does."""
        self.log.append(f"{client.name} {text}")

    # Connections

    def _connect(self, client: Client) -> Connection:
        session = self.document.session
        if client.lossy and self.channel is None:
            self.channel = Channel(session, "channel")
        client.open(self.now)
        return Connection(session, client, self.channel if client.lossy else None)

    def reconnect(self, connection: Connection, code: int = LOST_CONNECTION) -> None:
        """End a connection and open another; what was under way is lost."""
        client = connection.client
        self.say(client, f"reconnects after {code}")
        connection.peer.close()
        client.close(code, self.now)
        self.connections[self.connections.index(connection)] = self._connect(client)

    def mend(self, connection: Connection) -> None:
        """End a connection that one of its ends has given up."""
        if (code := connection.peer.close_code or connection.client.wants_close) is not None:
            self.reconnect(connection, code)

    def serve(self, connection: Connection) -> None:
        """Let the session answer, all that it has to say or a part of it."""
        if connection.client.name in self.slow and self.die.random() < 0.9:
            return
        self.say(connection.client, "serves")
        self.handle(connection)
        connection.fill(self.die.choice([1, 3, 100]))
        self.mend(connection)

    def collect(self, connection: Connection) -> None:
        """Put on the way what a client has sent, now and then in another mode."""
        outbox = connection.client.outbox
        connection.up.extend(self.stamped(frame) for frame in outbox)
        outbox.clear()

    def handle(self, connection: Connection) -> None:
        """Let the session take what has come from a client."""
        while connection.up and connection.peer.close_code is None:
            self.deliver(connection, connection.up.popleft())
        self.publish()

    def publish(self) -> None:
        """Put on the way what the channel has to say."""
        while self.channel is not None and (frame := self.channel.take()) is not None:
            for connection in self.connections:
                if connection.channel is not None:
                    connection.publish(frame)

    def hear(self, connection: Connection) -> None:
        """Let some of what is under way reach the client."""
        frames = connection.arrive(self.die, self.die.choice([0, 1, 1, 2, 4, 10]))
        if connection.client.lossy:
            frames = [frame for frame in frames if self.die.random() >= self.shape.loss]
        self.say(connection.client, f"hears {len(frames)}")
        connection.client.hear(frames, self.now)
        self.collect(connection)
        self.mend(connection)

    def lose(self, connection: Connection) -> None:
        """Drop a patch: the next message shows the gap."""
        queue = connection.patches if connection.channel else connection.page
        for frame in list(queue):
            if unpack(frame)[0].header.msgtype == "PATCH-DOC":
                self.say(connection.client, "loses a patch")
                queue.remove(frame)
                return

    # Edits

    def edit(self, connection: Connection) -> None:
        """Let a client make a transaction of one edit or several."""
        client = connection.client
        before = client.view()
        visible = shown(before.state)
        if not before.client:
            return
        edits = range(self.die.choice([1, 1, 1, 2, 3]))
        ops = [op for _ in edits for op in self.moves.edit(client, before.client, before.state)]
        self.say(client, f"edits {ops}")
        done = client.edit(ops, self.now)
        made = [op for op, resolved in zip(ops, done, strict=True) if resolved]
        self.ledger.edited(client, made, visible, shown(client.view().state))
        self.collect(connection)

    def stamped(self, frame: Frame) -> Sent:
        """Note what a client sends; say `atomic` or `strict` in some submissions."""
        envelope, buffers = unpack(frame)
        if envelope.header.msgtype != "PATCH-DOC":
            return Sent(frame)
        patch = decode_patch(envelope.content, Buffers(list(buffers)), Limits())
        self.ledger.submitted(patch.ops)
        if self.die.random() < 0.2:
            mode = self.die.choice(["atomic", "strict"])
            self.log.append(f"a submission is {mode}")
            changed = msgspec.json.decode(envelope.content) | {"mode": mode}
            content = msgspec.Raw(msgspec.json.encode(changed))
            frame = pack(envelope.header, content, buffers)
        return Sent(frame, patch.ops)

    def deliver(self, connection: Connection, sent: Sent) -> None:
        """Give a frame to the session, and write down what it decides."""
        peer = connection.peer
        client, before = peer.client, peer.client.last_seq
        peer.receive(sent.frame)
        if peer.client is client and client.last_seq != before and client.result is not None:
            assert sent.ops is not None, "only a submission is decided"
            self.ledger.decided(connection.client, Decision(sent.ops, client.result))

    # The end

    def settle(self) -> None:
        """Let everything arrive."""
        for _ in range(ROUNDS):
            self.now += ROUND_SECONDS
            self.document.session.collect()
            for connection in list(self.connections):
                self._settle(connection)
            if all(map(self._settled, self.connections)):
                return

    def _settle(self, connection: Connection) -> None:
        client = connection.client
        connection.peer.send_ping()
        self.handle(connection)
        connection.fill()
        client.hear(connection.arrive(self.die, 1000), self.now)
        client.tick(self.now)
        self.collect(connection)
        self.mend(connection)

    def _settled(self, connection: Connection) -> bool:
        if not connection.quiet:
            return False
        view = connection.client.view()
        head = self.document.epoch, self.document.rev
        return view.pending == 0 and (view.epoch, view.rev) == head

    def check(self) -> None:
        """Compare every replica with the document, and the document with itself."""
        for connection in self.connections:
            check_client(connection.client, self.document)
        check_same("the fold of the commits", self.fold.state, self.document.state)
        check_counts(self.document)
        check_log(self.document)
        self.ledger.check(connection.client for connection in self.connections)
