"""A pair of queues in one process: for tests, and for documents that live in the browser."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from syncline.sync.peer import Peer

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from syncline.sync.session import Session


class MemoryCarrier:
    """Carries frames between a session and a `deliver` function, when `pump` is called."""

    def __init__(self, session: Session, deliver: Callable[[Frame], None]) -> None:
        self.peer = Peer(session)
        self.deliver = deliver
        self.closed = False
        self._inbox: deque[Frame] = deque()

    def open(self) -> None:
        """Send the ACK."""
        for frame in self.peer.open():
            self.deliver(frame)

    def receive(self, frame: Frame) -> None:
        """Take a frame of the client; it is handled by the next `send`."""
        self._inbox.append(frame)

    def send(self) -> bool:
        """Handle what came and deliver what is due; tell whether anything moved."""
        moved = False
        while self._inbox and not self.closed:
            self.peer.receive(self._inbox.popleft())
            moved = True
        while not self.closed and (frame := self.peer.take()) is not None:
            self.deliver(frame)
            moved = True
        if self.peer.close_code is not None:
            self.close()
        return moved

    def close(self) -> None:
        """End the connection; what is under way is lost."""
        if not self.closed:
            self.closed = True
            self.peer.close()
