"""What the carriers of served websockets share: their place in the fan-out, and their end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from syncline.document.tally import NOBODYS, Tally
from syncline.sync.pace import FLUSH_SECONDS, Pace

from .fan_out import Connection, fan_out

if TYPE_CHECKING:
    from syncline.sync.frames import Frame
    from syncline.sync.peer import Peer


class ServedCarrier(Connection):
    """Carries one peer in the running loop."""

    __slots__ = ("_fan_out", "_loop", "_pace", "_paced", "_timer", "closed", "peer", "tally")

    def __init__(self, peer: Peer, tally: Tally = NOBODYS) -> None:
        self.peer = peer
        self.tally = tally
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(FLUSH_SECONDS)
        self._paced: asyncio.TimerHandle | None = None
        """Sends what came before the end of the interval."""
        self._timer: asyncio.TimerHandle | None = None
        self._fan_out = fan_out(peer.session)
        self._fan_out.enter(self)

    def close(self) -> None:
        """End the connection after the socket closed."""
        if self.closed:
            return
        self.closed = True
        self._fan_out.leave(self)
        for timer in (self._timer, self._paced):
            if timer is not None:
                timer.cancel()
        self.peer.close()

    def _hear(self, frame: Frame) -> None:
        """Count a frame of the browser and handle it; what it causes is an answer."""
        self._fan_out.answering = 1
        self.tally.received += 1
        self.tally.received_bytes += len(frame)
        try:
            self.peer.receive(frame)
        finally:
            self._fan_out.answering = 0
