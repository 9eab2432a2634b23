"""What a page's token grants: its session, in a role, in the name of a user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from syncline.apps import AppLoadError, Request
from syncline.hosting.errors import Elsewhere, Gone, Stopping, StoreLost, TooManySessions
from syncline.hosting.refusals import CHANGED, Refused
from syncline.hosting.tokens import SUBPROTOCOL, token_in
from syncline.sync.errors import Close
from syncline.sync.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syncline.apps import ApplicationContext
    from syncline.hosting.bridge import Attachment
    from syncline.hosting.session import ServerSession
    from syncline.hosting.sessions import Sessions
    from syncline.hosting.tokens import PageToken, Role, Tokens


class Socket(Protocol):
    """A websocket that has been opened."""

    @property
    def subprotocols(self) -> Sequence[str]:
        """What the browser asked for, the token among it."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Send the browser away."""


@dataclass(frozen=True)
class Admission:
    """What a websocket's token grants."""

    session: ServerSession
    role: Role
    user: str | None

    def limited(self, role: Role | None) -> Admission:
        """Return what remains for whoever may only look by now."""
        return replace(self, role="view") if role == "view" else self

    def peer(self) -> Peer:
        """Return a connection to the session's document."""
        trusted = self.role == "owner"
        writes = trusted or self.role == "edit"
        session = self.session.document.session
        return Peer(session, may_write=writes, trusted=trusted, user=self.user)

    async def attach(self, doc: str) -> Attachment:
        """Return a connection to a document in the session's kernel, once that answers."""
        run = self.session.run
        bridge = None if run is None else await run.connected()
        # Meanwhile, or before: the session may be on its way to another process.
        if ended := self.session.document.session.ended:
            raise Refused(*ended)
        if run is None or bridge is None:
            raise Refused(Close.UNKNOWN_SESSION, "there is no kernel")
        if run.awaits(doc):
            raise Refused(Close.RESTART, "its cell has not run yet")
        return bridge.attach(doc, self.role)


class Admissions:
    """Makes and reads the tokens of sessions: what lets in is the token, never the id.

    Of `contexts`, its applications, sessions that are only kept begin again.
    """

    def __init__(
        self, sessions: Sessions, tokens: Tokens, contexts: Mapping[str, ApplicationContext]
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._contexts = contexts

    def grant(self, session: ServerSession, role: Role) -> str:
        """Return a token that lets whoever has it into a session, in the name of its user."""
        user = session.context.user
        place = session.place or ""
        return self._tokens.page(session.app, session.id, user, role, place=place, bearer=True)

    async def join(self, app: str, socket: Socket, user: str | None = None) -> Admission | None:
        """Return what a websocket's token grants; without a good one close it and return None."""
        try:
            return await self.admit(app, socket.subprotocols, user)
        except Refused as refused:
            socket.close(refused.code, refused.text)
            return None

    async def attach(
        self,
        app: str,
        doc: str,
        socket: Socket,
        user: str | None = None,
        role: Role | None = None,
    ) -> Attachment | None:
        """Connect a websocket to a document in its session's kernel, or close it."""
        try:
            admitted = await self.admit(app, socket.subprotocols, user)
            return await admitted.limited(role).attach(doc)
        except Refused as refused:
            socket.close(refused.code, refused.text)
            return None

    async def admit(
        self, app: str, subprotocols: Sequence[str], user: str | None = None
    ) -> Admission:
        """Return what a websocket's token grants, or raise `Refused`."""
        if SUBPROTOCOL not in subprotocols:
            raise Refused(Close.VERSION, f"expected the subprotocol {SUBPROTOCOL}")
        token = self._read(app, token_in(list(subprotocols)), user)
        session = self._sessions.get(token.session, app) or await self._restored(token, token.user)
        # However old the token is: a page's own session is alive, so its page may come back.
        return Admission(session, token.role, token.user)

    async def start_over(self, app: str, given: str | None, user: str | None = None) -> None:
        """End the session of a page's token, live or kept; its visitor's next one is new.

        Raises Refused for a token that is not good, for one that was handed on, and where the
        session is everybody's: that one only an owner ends.
        """
        token = self._read(app, given, user)
        if token.bearer:
            raise Refused(Close.UNAUTHORISED, "this session is another's")
        if self._contexts[app].session == "global" and token.role != "owner":
            raise Refused(Close.UNAUTHORISED, "this session is everybody's")
        try:
            await self._sessions.end(app, token.session, token.place)
        except (Elsewhere, StoreLost):
            raise Refused(Close.RESTART, "try again soon") from None

    def was_handed(self, app: str, subprotocols: Sequence[str]) -> bool:
        """Tell whether a websocket's token is one that the code of the session has handed on."""
        token = self._tokens.read_page(token_in(list(subprotocols)), app)
        return token is not None and token.bearer

    def place_in(self, app: str, token: str | None) -> str | None:
        """Return where the session of a page's token is, or None without a good one."""
        read = self._tokens.read_page(token, app)
        return read.place if read is not None else None

    def _read(self, app: str, given: str | None, user: str | None) -> PageToken:
        token = self._tokens.read_page(given, app)
        if token is None or (token.user != user and not token.bearer):
            raise Refused(Close.UNAUTHORISED, "no valid token")
        return token

    async def _restored(self, token: PageToken, user: str | None) -> ServerSession:
        """Return the session of a token that is not live; raise Refused where it is over."""
        context = self._contexts.get(token.app)
        session = None
        if context is not None and token.place and self._sessions.keeper is not None:
            session = await self._made_again(context, token, user)
        if session is None or session.id != token.session:
            ended = Close.UNAUTHORISED if token.expired else Close.UNKNOWN_SESSION
            changed = session is not None and session.refused
            raise Refused(ended, CHANGED if changed else "the session has ended")
        return session

    async def _made_again(
        self, context: ApplicationContext, token: PageToken, user: str | None
    ) -> ServerSession | None:
        if (live := self._sessions.at(token.place)) is not None:
            return live
        try:
            return await self._sessions.create(
                context, Request(user=user), token.place, only=token.session
            )
        except (Gone, AppLoadError):
            return None
        except (Elsewhere, Stopping, StoreLost, TooManySessions):
            raise Refused(Close.RESTART, "try again soon") from None
