"""A client that says exactly what a test wants it to say, and hears everything."""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

from syncline.core.ops import Add, RootAdd
from syncline.core.state import PlainState
from syncline.sync.budget import Budget, process_budget
from syncline.sync.frames import Frame, pack, unpack
from syncline.sync.messages import Header
from syncline.sync.peer import Peer
from syncline.sync.session import Session


class Heard(NamedTuple):
    """A message of the server."""

    header: dict[str, Any]
    content: dict[str, Any]
    buffers: list[bytes]

    @property
    def type(self) -> str:
        return str(self.header["msgtype"])


def decoded(frame: Frame) -> Heard:
    envelope, buffers = unpack(frame)
    header = {
        name: getattr(envelope.header, name)
        for name in Header.__struct_fields__
        if getattr(envelope.header, name) is not None
    }
    return Heard(header, json.loads(bytes(envelope.content)), [bytes(part) for part in buffers])


class Speaker:
    """The client half of one connection to a session."""

    def __init__(self, session: Session, **options: Any) -> None:
        self.session = session
        self.peer = Peer(session, **options)
        self.ack = decoded(self.peer.open()[0])
        self.client = str(self.ack.header["client"])
        self.key = str(self.ack.content["resume_key"])
        self.seq = 0
        self._ids = itertools.count(1)

    def say(self, type: str, content: Any = None, buffers: Any = (), **header: Any) -> str:
        """Send any message; return its id."""
        msgid = f"c-{next(self._ids)}"
        made = Header(msgid=msgid, msgtype=type, **header)
        self.peer.receive(pack(made, content, buffers))
        return msgid

    def frames(self) -> list[Frame]:
        """Return every frame that is due."""
        found = []
        while (frame := self.peer.take()) is not None:
            found.append(frame)
        return found

    def hear(self) -> list[Heard]:
        return [decoded(frame) for frame in self.frames()]

    def answer(self) -> Heard:
        """Return the only message that is due."""
        (heard,) = self.hear()
        return heard

    def pull(self, **content: Any) -> Heard:
        """Make the handshake's second half; return the reply."""
        header = {name: content.pop(name) for name in ("client", "resume_key") if name in content}
        self.say("PULL-DOC-REQ", content, **header)
        reply = next(heard for heard in self.hear() if heard.type == "PULL-DOC-REPLY")
        self.client = str(reply.header["client"])
        return reply

    def edit(self, *ops: Any, buffers: Any = (), **fields: Any) -> None:
        """Send a transaction on head; any field may be set otherwise."""
        content = {"ops": list(ops)}
        if "mode" in fields:
            content["mode"] = fields.pop("mode")
        if "seq" not in fields:
            self.seq += 1
        header = {
            "client": self.client,
            "seq": self.seq,
            "base": self.session.rev,
            "epoch": self.session.epoch,
            **fields,
        }
        self.say("PATCH-DOC", content, buffers, **header)


def put(value: Any, *path: Any, m: str = "py-1") -> dict[str, Any]:
    """Return a `set` as it is written on the wire."""
    return {"op": "set", "m": m, "p": list(path or ("value",)), "v": value}


def splice(i: int | None, d: int, *values: Any, m: str = "py-1") -> dict[str, Any]:
    """Return a `splice` of the property `items`."""
    return {"op": "splice", "m": m, "p": ["items"], "i": i, "d": d, "v": list(values)}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def plain_session(budget: Budget = process_budget) -> Session:
    """Return a session of a document with one model, at revision 1."""
    session = Session(
        PlainState("t"),
        id="doc",
        epoch="e1",
        new_key=_keys().__next__,
        clock=Clock(),
        budget=budget,
    )
    session.begin()
    session.local(Add("py-1", "t/T@1", {"value": 1, "items": [1, 2, 3], "d": {}}))
    session.local(RootAdd("py-1"))
    session.commit()
    return session


def _keys() -> Any:
    return (f"key-{n}" for n in itertools.count())


def later(session: Session, seconds: float) -> None:
    """Let time pass."""
    assert isinstance(session.clock, Clock)
    session.clock.now += seconds


def props(session: Session, m: str = "py-1") -> dict[str, Any]:
    """Return a model's values as the session has them."""
    found: dict[str, Any] = {id: values for id, _, values in session.state.items()}[m]
    return found


def live(session: Session, **options: Any) -> Speaker:
    """Return a client that has pulled."""
    speaker = Speaker(session, **options)
    speaker.pull()
    return speaker
