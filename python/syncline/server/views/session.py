"""`/<app>/ws`: the document of the visitor's session."""

from __future__ import annotations

from contextlib import ExitStack

from syncline.hosting import Refused
from syncline.server.views.base import SocketView
from syncline.sync.peer import Peer
from syncline.transports.tornado import TornadoCarrier


class SessionView(SocketView):
    """One browser's connection to its session's document."""

    _carrier: TornadoCarrier | None = None

    def open(self, app: str) -> None:
        """Let the bearer of a valid token in."""
        self.settle_in()
        try:
            session = self.visits.admit(app, self.subprotocols, self.user)
        except Refused as refused:
            self.close(refused.code, refused.text)
            return
        self._stack = ExitStack()
        self._stack.enter_context(self.visits.sessions.viewing(session))
        self._carrier = TornadoCarrier(self, Peer(session.document.session, user=self.user))
        self._stack.callback(self._carrier.close)
        self._carrier.open()

    def on_message(self, message: str | bytes) -> None:
        """Hand a frame to the document; its callbacks run here, in the loop."""
        if self._carrier is not None:
            self._carrier.receive(message)

    def on_close(self) -> None:
        """Begin the session's time without a viewer."""
        super().on_close()
        if self._carrier is not None:
            self._stack.close()
