"""One connection of a client: the peer at its end, and the frames under way in both directions."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from syncline.core.ops import Op
from syncline.sync.channel import Channel
from syncline.sync.frames import Frame
from syncline.sync.parts import Joiner
from syncline.sync.peer import Peer
from syncline.sync.session import Session

if TYPE_CHECKING:
    from .client import Client

LOST_CONNECTION = 1006
EVERYTHING = 1_000_000


class Sent(NamedTuple):
    """A frame of a client and, where it is a submission, its operations."""

    frame: Frame
    ops: Sequence[Op] | None = None


class Connection:
    """A connection; on a lossy carrier patches come by the document's channel instead."""

    def __init__(self, session: Session, client: Client, channel: Channel | None) -> None:
        self.client = client
        self.channel = channel
        lossy = channel is not None
        self.peer = Peer(session, channel=channel, probe=lossy, window=lossy)
        self.strips = False
        """Whether everything that has buffers gets lost on the way."""
        self.joiner = Joiner()
        self.up: deque[Sent] = deque()
        self.page: deque[Frame] = deque(self.peer.open())
        self.patches: deque[Frame] = deque()

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return not (self.up or self.page or self.patches or self.client.outbox)

    def fill(self, limit: int = EVERYTHING) -> None:
        """Put at most `limit` frames of the peer on the way."""
        while limit and self.peer.close_code is None and (frame := self.peer.take()) is not None:
            self.page.append(frame)
            limit -= 1

    def publish(self, frame: Frame) -> None:
        """Put a frame of the channel on the way."""
        if self.client.listening:
            self.patches.append(frame)

    def arrive(self, die: random.Random, most: int) -> list[Frame]:
        """Return up to `most` frames that reach the client now; the two carriers do not wait."""
        frames: list[Frame] = []
        while len(frames) < most and (self.page or self.patches):
            queue = self.page if not self.patches or die.random() < 0.5 else self.patches
            frames.append((queue or self.patches).popleft())
        return frames
