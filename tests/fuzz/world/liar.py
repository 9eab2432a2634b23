"""A client that says what is not so, to see what it can do to the others: nothing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from syncline.sync.frames import pack
from syncline.sync.messages import Header
from syncline.sync.peer import Peer

from .models import Node

if TYPE_CHECKING:
    from syncline import Document

FIXED = 7
TITLE = "the title"


class Liar:
    """A connection of its own; what it hears it does not heed."""

    def __init__(self, document: Document, die: random.Random) -> None:
        self.document = document
        self.die = die
        self.ids = itertools.count(1)
        document.title = TITLE
        self._connect()

    def _connect(self) -> None:
        self.peer = Peer(self.document.session)
        self.peer.open()
        self.say("PULL-DOC-REQ", {})

    def say(self, msgtype: str, content: Any, **header: Any) -> None:
        """Send a message, whatever it says."""
        self.peer.receive(
            pack(Header(msgid=f"c-{next(self.ids)}", msgtype=msgtype, **header), content)
        )

    def lie(self) -> str:
        """Tell one lie; return which."""
        if self.peer.close_code is not None:
            self.peer.close()
            self._connect()
        lie = self.die.choice(LIES)
        lie(self)
        while self.die.random() < 0.7 and self.peer.take() is not None:
            pass
        return f"the liar says {lie.__name__}"

    def submit(self, ops: list[Any], **wrong: Any) -> None:
        """Send a transaction that is right but for what is said."""
        session = self.document.session
        right = {
            "client": self.peer.client.id,
            "seq": (self.peer.client.last_seq or 0) + 1,
            "base": session.rev,
            "epoch": session.epoch,
        }
        self.say("PATCH-DOC", {"ops": ops}, **(right | wrong))

    def _model(self) -> str:
        return self.die.choice(list(self.document.models))

    def _other(self) -> str:
        return self.die.choice(["c1", "c2", "c3", "py", "gc", "", "c999"])

    def _set(self, name: str = "items", value: Any = None) -> list[Any]:
        return [{"op": "set", "m": self._model(), "p": [name], "v": [] if value is None else value}]

    # Lies about itself

    def another_client(self) -> None:
        self.submit(self._set(), client=self._other())

    def another_seq(self) -> None:
        self.submit([], seq=self.die.choice([-1, 0, 2, 99, 2**60]))

    def another_base(self) -> None:
        self.submit(self._set("fixed", 1), base=self.die.choice([-1, 10**9]))

    def another_epoch(self) -> None:
        self.submit(self._set(), epoch="e0")

    def the_key_of_another(self) -> None:
        own, other = self.peer.client.id, self._other()
        self.say("PULL-DOC-REQ", {}, client=other, resume_key="guess")
        assert self.peer.client.id != other or other == own, f"the liar has become {other}"

    def a_past_that_was_not(self) -> None:
        rev = self.die.choice([-5, 10**9])
        have = {"epoch": self.document.epoch, "rev": rev}
        self.say("PULL-DOC-REQ", {"have": have, "pending": self.die.choice([None, -1, 10**9])})

    # Edits that are not allowed

    def a_fixed_property(self) -> None:
        self.submit(self._set("fixed", 8))

    def no_such_property(self) -> None:
        self.submit(self._set(self.die.choice(["nothing", "_values", "__class__", ""]), 8))

    def a_model_of_another(self) -> None:
        id = f"{self._other()}-1"
        self.submit([{"op": "add", "m": id, "type": "fuzz/Node@1", "props": {}}])

    def a_type_that_is_not_its(self) -> None:
        id = f"{self.peer.client.id}-{next(self.ids)}"
        type = self.die.choice(["ui/Slider@1", "fuzz/None@1", "x", "syncline/Unknown@1"])
        self.submit([{"op": "add", "m": id, "type": type, "props": {}}])

    def what_only_the_session_may(self) -> None:
        op = self.die.choice(
            [
                {"op": "drop", "ms": [self._model()]},
                {"op": "root+", "m": self._model()},
                {"op": "root-", "m": self.document.roots[0].id},
                {"op": "title", "v": "mine"},
                {"op": "roots", "ids": []},
            ]
        )
        self.submit([op])

    def an_event_that_is_none(self) -> None:
        self.submit([{"op": "msg", "m": self._model(), "name": "crash", "data": None}])

    def another_document(self) -> None:
        doc = {"title": "mine", "roots": [], "models": {}}
        base, epoch = self.document.rev, self.document.epoch
        self.say(
            "PUSH-DOC", {"doc": doc}, client=self.peer.client.id, seq=1, base=base, epoch=epoch
        )

    def half_a_transaction(self) -> None:
        """Something lawful before something that is not: nothing of it may stay."""
        self.submit([*self._set(), *self._set("fixed", 8)])

    def nothing_at_all(self) -> None:
        self.say(self.die.choice(["", "x", "PATCH-DOC", "ACK", "OK", "ERROR", "PING"]), {})

    def check(self) -> None:
        """Raise AssertionError where it has got its way."""
        assert self.document.title == TITLE
        assert all(getattr(m, "fixed", FIXED) == FIXED for m in self.document.models.values())
        assert all(type(model) is Node for model in self.document.models.values())


LIES: list[Callable[[Liar], None]] = [
    Liar.another_client,
    Liar.another_seq,
    Liar.another_base,
    Liar.another_epoch,
    Liar.the_key_of_another,
    Liar.a_past_that_was_not,
    Liar.a_fixed_property,
    Liar.no_such_property,
    Liar.a_model_of_another,
    Liar.a_type_that_is_not_its,
    Liar.what_only_the_session_may,
    Liar.an_event_that_is_none,
    Liar.another_document,
    Liar.half_a_transaction,
    Liar.nothing_at_all,
]
