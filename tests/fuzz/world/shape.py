"""What kind of world a seed makes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from syncline.sync import log

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
    slow: float = 0.0
    """Part of the clients that are seldom served."""

    tabs: bool = False
    """Whether tabs are duplicated."""
    epochs: bool = False
    """Whether the document is rebuilt now and then."""
    liar: bool = False
    """Whether somebody lies."""

    @classmethod
    def of(cls, seed: int, *, node: float = 0.0) -> Shape:
        """Return the conditions that a seed stands for: none is left out for long."""
        die = random.Random(f"shape {seed}")
        return cls(
            clients=die.choice([2, 3, 3, 4, 6]),
            node=node,
            lossy=die.choice([0.0, 0.3, 1.0]),
            loss=die.choice([0.0, 0.02, 0.1]),
            log=die.choice([LONG_LOG, LONG_LOG, SHORT_LOG, 40]),
            slow=die.choice([0.0, 0.0, 0.5]),
            tabs=die.random() < 0.4,
            epochs=die.random() < 0.3,
            liar=die.random() < 0.4,
        )

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Set what is no argument of the engine."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "MAX_REVISIONS", self.log)
            yield
