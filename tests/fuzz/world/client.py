"""What a world knows of a client, whichever language it speaks."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from syncline.core.errors import BadValue, Gone
from syncline.core.ops import Msg, Op
from syncline.core.state import PlainState
from syncline.sync.engine import Mode
from syncline.sync.frames import Frame
from syncline.sync.link import Link
from syncline.sync.outcome import Outcome
from syncline.sync.replica import Replica
from syncline.sync.view import Blind


class Told(NamedTuple):
    """What the application of a client was told: `conflict`, `refused`, `message` or `fault`."""

    what: str
    detail: Any


class View(NamedTuple):
    """What a client shows, and where it stands."""

    state: PlainState
    client: str
    epoch: str | None
    rev: int
    pending: int
    status: str


class Client(Protocol):
    """A replica and its link."""

    name: str
    lossy: bool
    strippable: bool
    """Whether its carrier may lose the buffers of all messages."""
    outbox: deque[Frame]
    """Frames that its carrier has not taken yet."""
    told: list[Told]
    made: itertools.count[int]
    listening: bool
    """Whether it hears the document's channel."""

    @property
    def wants_close(self) -> int | None:
        """A code when its link has asked for the end of the connection."""
        ...

    def open(self, now: float) -> None:
        """Begin a connection: the server speaks first."""
        ...

    def hear(self, frames: Sequence[Frame], now: float) -> None:
        """Take frames of the server."""
        ...

    def edit(self, ops: Sequence[Op], now: float, mode: Mode = "merge") -> list[bool]:
        """Make one transaction of what resolves; tell what did."""
        ...

    def whisper(self, op: Msg, now: float) -> None:
        """Send an event that may get lost."""
        ...

    def strip(self, now: float) -> None:
        """Learn that a message has come without its buffers."""
        ...

    def tick(self, now: float) -> None:
        """Let time pass."""
        ...

    def close(self, code: int, now: float) -> None:
        """End the connection."""
        ...

    def view(self) -> View:
        """Return what it shows."""
        ...

    def duplicate(self, name: str) -> Client:
        """Return a client with what this one has kept, as a tab that is a copy of another."""
        ...


class Listener(Blind):
    """Writes down the events of others."""

    def __init__(self, told: list[Told]) -> None:
        self._told = told

    def message(self, by: str, op: Msg) -> None:
        self._told.append(Told("message", op))


class PythonClient:
    """A client in this process."""

    def __init__(self, name: str, *, lossy: bool) -> None:
        self.name = name
        self.lossy = self.strippable = lossy
        self.outbox: deque[Frame] = deque()
        self.told: list[Told] = []
        self.made = itertools.count(1)
        self.listening = False
        self.outcomes: list[Outcome] = []
        self.replica = Replica(report=self._report, view=Listener(self.told))
        self.link = Link(self.replica, self.outbox.append, lossy=lossy)
        self.link.on_channel = self._listen

    @property
    def wants_close(self) -> int | None:
        return self.link.close_code

    def open(self, now: float) -> None:
        self.outbox.clear()
        self.listening = False
        self.link.open(now)

    def hear(self, frames: Sequence[Frame], now: float) -> None:
        for frame in frames:
            self.link.receive(frame, now)

    def edit(self, ops: Sequence[Op], now: float, mode: Mode = "merge") -> list[bool]:
        self.outcomes.append(self.replica.begin(mode=mode))
        done = [self._resolves(op) for op in ops]
        self.replica.commit()
        self.link.flush(now)
        return done

    def _resolves(self, op: Op) -> bool:
        try:
            self.replica.local(op)
        except (Gone, BadValue):
            return False
        return True

    def whisper(self, op: Msg, now: float) -> None:
        self.link.send_volatile(op)

    def strip(self, now: float) -> None:
        self.link.stripped(now)

    def tick(self, now: float) -> None:
        self.link.tick(now)
        self.link.flush(now)

    def close(self, code: int, now: float) -> None:
        self.link.close(code)

    def view(self) -> View:
        replica = self.replica
        assert isinstance(replica.state, PlainState)
        return View(
            replica.state,
            replica.client,
            replica.epoch or None,
            replica.rev,
            len(replica.pending),
            self.link.status,
        )

    def duplicate(self, name: str) -> PythonClient:
        made = PythonClient(name, lossy=self.lossy)
        made.replica.client, made.replica.seq = self.replica.client, self.replica.seq
        made.link.resume_key = self.link.resume_key
        made.made = self.made
        return made

    def _listen(self, name: str) -> None:
        self.listening = True

    def _report(self, what: str, detail: Any) -> None:
        if what == "conflict":
            self.told.append(Told("refused" if detail.kind == "refused" else what, detail))
