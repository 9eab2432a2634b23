"""A run of the fuzz: everything it does follows from the seed and stands in `log`."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from syncline import Document
from syncline.core.ops import Msg
from syncline.sync.engine import Mode

from .author import Author
from .checks import Fold, check_client, check_counts, check_log, check_reachable, check_same
from .client import Client, PythonClient
from .faults import errors_to
from .ledger import Ledger, shown
from .liar import Liar
from .models import FIRST, Node, number_from_one
from .moves import Moves
from .shape import Shape
from .transit import Clock, Transit
from .wire import Connection

NewClient = Callable[[str, bool], Client]
ROUNDS = 400
ROUND_SECONDS = 20.0
MAX_CLIENTS = 8
MOMENTS = 100
MODES: list[Mode] = ["merge", "merge", "merge", "merge", "merge", "merge", "atomic", "strict"]


class World:
    """A document, its clients and what is under way between them."""

    def __init__(
        self, seed: int, shape: Shape | None = None, in_node: NewClient | None = None
    ) -> None:
        self.shape = shape or Shape.of(seed)
        self.die = random.Random(seed)
        self.modes = random.Random(f"modes {seed}")
        self.log: list[str] = []
        self.numbers = itertools.count(FIRST)
        self.names = itertools.count(0)
        self.epochs = itertools.count(1)
        self.in_node = in_node
        self.clock = Clock()
        self.revisions = 0
        self.ledger = Ledger()
        self.document = self._new_document()
        conditions = self.clock, self.shape, self.die
        self.transit = Transit(self.document.session, *conditions, self.ledger, self.log)
        self.liar = Liar(self.document, self.die) if self.shape.liar else None
        for _ in range(self.shape.clients):
            self.transit.join(self._client(self.die.random() < self.shape.lossy))

    def _client(self, lossy: bool) -> Client:
        name = f"client {next(self.names)}"
        if self.in_node is not None and self.die.random() < self.shape.node:
            return self.in_node(f"{name} in node", lossy)
        return PythonClient(name, lossy=lossy)

    # The document

    def _new_document(self) -> Document:
        number_from_one()
        document = Document()
        document.report = self._report
        session = document.session
        self.shape.apply_to(session)
        session.clock = self.clock
        session.epoch = session.feed.epoch = f"e{next(self.epochs)}"
        observers = session.on_commit
        self.fold = Fold()

        def on_commit(entry, undo, user):  # type: ignore[no-untyped-def]
            if entry.rev == self.fold.rev + 1:
                self.revisions += 1
                self.fold.commit(entry)
                self.ledger.commit(entry, undo)
            else:
                self.ledger.whisper(entry)
            observers(entry, undo, user)

        session.on_commit = on_commit
        root = Node(items=[next(self.numbers) for _ in range(4)])
        document.add_root(root)
        # Code that answers every move of a view with one of its own.
        root.observe(lambda event: setattr(root, "table", {}), "value")
        self.author = Author(document, root, self.die, self.numbers)
        self.moves = Moves(self.die, self.numbers, root.id)
        return document

    def _report(self, error: BaseException, where: str) -> None:
        raise AssertionError(where) from error

    # Running

    def run(self) -> None:
        """Let things happen, then let everything arrive, then compare."""
        with self.shape.applied(), errors_to(self.ledger.faults):
            for _ in range(self.shape.steps):
                self.step()
            self.settle()
            self.check()

    def step(self) -> None:
        """Let one thing happen."""
        transit = self.transit
        connection, chance = self.die.choice(transit.connections), self.die.random()
        self.clock.now += self.die.random()
        if chance < 0.3:
            transit.serve(connection)
        elif chance < 0.6:
            transit.hear(connection)
        elif chance < 0.88:
            self.edit(connection)
        elif chance < 0.91:
            transit.reconnect(connection)
        elif chance < 0.95:
            self.seldom(connection)
        elif chance > 0.97 and self.liar is not None:
            self.log.append(self.liar.lie())
        else:
            self.log.append(self.author.act())
            self.ledger.python()

    def seldom(self, connection: Connection) -> None:
        """Let something happen that is rare."""
        match self.die.randrange(12):
            case 0 | 1 | 2 | 3:
                self.transit.lose(connection)
            case 4 | 5 | 6:
                self.transit.tick(connection)
            case 7 | 8 if self.shape.tabs:
                self.duplicate(connection)
            case 9:
                self.whisper(connection)
            case 10:
                self.log.append("nothing happens for a moment")
                self.document.session.idle()
            case 11 if self.shape.epochs and self.die.random() < 0.5:
                self.rebuild()

    def edit(self, connection: Connection) -> None:
        """Let a client make a transaction of one edit or several."""
        client = connection.client
        before = client.view()
        visible = shown(before.state)
        if not before.client:
            return
        edits = range(self.die.choice([1, 1, 1, 2, 3]))
        ops = [op for _ in edits for op in self.moves.edit(client, before.client, before.state)]
        self.transit.say(client, f"edits {ops}")
        mode = self.modes.choice(MODES)
        if mode != "merge":
            self.transit.say(client, f"means it {mode}")
        done = client.edit(ops, self.clock.now, mode)
        made = [op for op, resolved in zip(ops, done, strict=True) if resolved]
        if mode != "merge":
            self.ledger.meant_whole(made)
        self.ledger.edited(client, made, visible, shown(client.view().state))
        self.transit.collect(connection)

    def whisper(self, connection: Connection) -> None:
        """Let a client send an event that may get lost."""
        client, token = connection.client, next(self.numbers)
        self.ledger.whispered[token] = client
        self.transit.say(client, f"whispers {token}")
        client.whisper(Msg(self.author.root.id, "click", token), self.clock.now)
        self.transit.collect(connection)

    def duplicate(self, connection: Connection) -> None:
        """Open a copy of a tab: it comes with the client id and the secret of the first."""
        view = connection.client.view()
        if view.pending or view.status != "live" or len(self.transit.connections) >= MAX_CLIENTS:
            return
        self.transit.say(connection.client, "is duplicated")
        self.transit.join(connection.client.duplicate(f"client {next(self.names)}"))

    def rebuild(self) -> None:
        """Let the process that holds the document begin anew, as a kernel that is restarted."""
        self.log.append("the document is rebuilt")
        self.ledger.new_epoch(self.transit.clients)
        self.document = self._new_document()
        if self.liar is not None:
            self.liar = Liar(self.document, self.die)
        self.transit.move(self.document.session)

    # The end

    def settle(self) -> None:
        """Let everything arrive."""
        transit = self.transit
        for _ in range(ROUNDS):
            self.clock.now += ROUND_SECONDS
            for connection in list(transit.connections):
                transit.flow(connection)
            self.rest()
            if all(map(self._settled, transit.connections)):
                return

    def rest(self) -> None:
        """Give the session time to look for what nobody refers to."""
        self.document.session.collect()
        for _ in range(MOMENTS):
            if not self.document.session.idle():
                return

    def _settled(self, connection: Connection) -> bool:
        if not connection.quiet:
            return False
        view = connection.client.view()
        head = self.document.epoch, self.document.rev
        return view.pending == 0 and (view.epoch, view.rev) == head

    def check(self) -> None:
        """Compare everybody with the document, and what happened with what was meant."""
        self.check_document()
        if self.liar is not None:
            self.liar.check()
        self.ledger.check(self.transit.clients)

    def check_document(self) -> None:
        """Compare every replica with the document, and the document with itself."""
        for client in self.transit.clients:
            check_client(client, self.document)
        check_same("the fold of the commits", self.fold.state, self.document.state)
        check_counts(self.document)
        check_reachable(self.document)
        check_log(self.document)
