"""The websockets of an app's page: its session's document, and documents in its kernel.

Jupyter knows the user, the token names the session.
"""

from __future__ import annotations

from syncline.jupyter.guard import GuardedSocket
from syncline.transports.tornado import TornadoCarrier
from syncline.transports.websocket import RelayCarrier


class AppSocket(GuardedSocket):
    """One browser's connection to its session's document."""

    async def open(self, path: str) -> None:
        super().open()
        visits = self.state.visits
        admitted = await visits.admissions.join(path, self, self.current_user.username)
        if admitted is not None:
            viewing = visits.sessions.viewing(admitted.session)
            self.carry(TornadoCarrier(self, admitted.peer()), viewing)


class AppDocumentSocket(GuardedSocket):
    """One browser attached to one document over the kernel's comm."""

    async def open(self, path: str, doc: str) -> None:
        super().open()
        visits = self.state.visits
        attachment = await visits.admissions.attach(path, doc, self, self.current_user.username)
        if attachment is not None:
            self.carry(RelayCarrier(self, attachment))
