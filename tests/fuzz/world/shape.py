"""What kind of world a seed makes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from syncline.sync import clients, feed, log
from syncline.sync.rate import Rate
from syncline.sync.session import Session

SHORT_LOG = 6
LONG_LOG = 4096


@dataclass
class Shape:
    """The conditions of one run."""

    steps: int = 250
    clients: int = 3
    node: float = 0.0
    """Part of the clients that live in Node."""
    lossy: float = 0.0
    """Part of the clients that hear patches on a channel, on a carrier that loses messages."""
    loss: float = 0.05
    """Chance that a message of a lossy carrier is lost."""
    log: int = LONG_LOG
    """Revisions that the session remembers."""
    strips: float = 0.0
    """Part of the lossy connections on which buffers get lost."""
    slow: float = 0.0
    """Part of the clients that are seldom served."""

    chunk: int = 64
    """Revisions that are sent as they are; what is more is squashed."""
    frame: int = 8 << 20
    """The most bytes of a frame: what is larger travels in parts."""
    records: int = 10_000
    """Clients that the session remembers."""
    age: float = 600.0
    """Seconds for which the log remembers."""
    slowly: bool = False
    """Whether clients may do only so much per second."""
    tabs: bool = False
    """Whether tabs are duplicated."""
    epochs: bool = False
    """Whether the document is rebuilt now and then."""
    liar: bool = False
    """Whether somebody lies."""
    late: int = 0
    """How many times clients in Node hear before the second half of their engine is there."""

    @classmethod
    def of(cls, seed: int, *, node: float = 0.0) -> Shape:
        """Return the conditions that a seed stands for: none is left out for long."""
        die = random.Random(f"shape {seed}")
        shape = cls(
            clients=die.choice([2, 3, 3, 4, 6]),
            node=node,
            lossy=die.choice([0.0, 0.3, 1.0]),
            loss=die.choice([0.0, 0.02, 0.1]),
            strips=die.choice([0.0, 0.0, 0.5]),
            log=die.choice([LONG_LOG, LONG_LOG, SHORT_LOG, 40]),
            slow=die.choice([0.0, 0.0, 0.5]),
            chunk=die.choice([64, 64, 2]),
            frame=die.choice([8 << 20, 8 << 20, 3000]),
            records=die.choice([10_000, 10_000, 3]),
            age=die.choice([600.0, 600.0, 20.0]),
            slowly=die.random() < 0.2,
            tabs=die.random() < 0.4,
            epochs=die.random() < 0.3,
            liar=die.random() < 0.4,
        )
        # Behind a carrier that loses messages it is there from the start.
        if not shape.lossy:
            shape.late = die.choice([0, 5, 30, 100])
        return shape

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Set what is no argument of the engine."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "MAX_REVISIONS", self.log)
            patch.setattr(log, "MAX_AGE", self.age)
            patch.setattr(feed, "CHUNK_REVISIONS", self.chunk)
            patch.setattr(clients, "MAX_RECORDS", self.records)
            yield

    def apply_to(self, session: Session) -> None:
        """Set what a session is told."""
        session.limits.frame = self.frame
        # Seconds of work depend on the machine, bytes do not.
        rate = Rate(200, 1000, 1e9, 1e9) if self.slowly else None
        session.limits.rate = rate
