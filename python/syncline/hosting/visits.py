"""What a front does with a visitor: find or make their session, give them its page, let it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from syncline.apps import ApplicationContext, AppLoadError, Request
from syncline.hosting.errors import Stopping, TooManySessions
from syncline.hosting.session_page import session_page
from syncline.hosting.sessions import ServerSession, Sessions
from syncline.hosting.tokens import SUBPROTOCOL, Role, Tokens, token_in
from syncline.sync.errors import Close
from syncline.sync.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.hosting.bridge import Attachment
    from syncline.hosting.pages import Page, Pages


RETRY_SECONDS = 10
"""When a server that is full, or restarts, may be asked again."""


class Refused(Exception):
    """A websocket is to be closed with this code (SPEC 3.2)."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


@dataclass(frozen=True)
class Visitor:
    """What a request says about who makes it."""

    cookie: str | None = None
    request: Request = field(default_factory=Request)

    @property
    def user(self) -> str | None:
        """The user's name, where it is known."""
        return self.request.user


@dataclass(frozen=True)
class Place:
    """Where a page's socket and static files are, relative to the page's URL."""

    socket: str
    static: str
    files: str | None = None
    """The application's own files, where they are served."""


@dataclass(frozen=True)
class Visit:
    """A page, and the cookie that makes a reload find the same session."""

    page: Page
    cookie: str | None = None


@dataclass(frozen=True)
class Ticket:
    """What a program needs to connect to a session's document, as a page has it inside."""

    token: str
    title: str
    cookie: str


class Unavailable(Exception):
    """There is no session to be had: a status, and what the visitor is told."""

    def __init__(self, status: int, text: str, error_id: str | None = None) -> None:
        self.status = status
        self.text = text
        self.error_id = error_id
        super().__init__(text)


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
        if bridge is None:
            raise Refused(Close.UNKNOWN_SESSION, "there is no kernel")
        return bridge.attach(doc, self.role)


class Visits:
    """The reception of one server."""

    def __init__(self, sessions: Sessions, tokens: Tokens, pages: Pages) -> None:
        self.sessions = sessions
        self.tokens = tokens
        self.pages = pages

    async def open(self, application: ApplicationContext, visitor: Visitor, place: Place) -> Visit:
        """Return the page of the visitor's session, a new one when there is none."""
        try:
            session = await self._session(application, visitor)
        except Unavailable as error:
            return Visit(self.unavailable(error))
        return await self._welcome(session, place)

    def unavailable(self, error: Unavailable) -> Page:
        """Return the page that says so, and when to come again."""
        headers = {"Retry-After": str(RETRY_SECONDS)} if error.status == 503 else {}
        return self.pages.error(error.text, error.status, error.error_id, headers)

    async def ticket(self, application: ApplicationContext, visitor: Visitor) -> Ticket:
        """Return what a program needs to connect to the visitor's session.

        Raises Unavailable where there is none to be had.
        """
        session = await self._session(application, visitor)
        return Ticket(
            self.tokens.page(session.app, session.id, session.context.user),
            session.document.title,
            self.tokens.cookie(session.app, session.id),
        )

    def join(self, app: str, socket: Socket, user: str | None = None) -> Admission | None:
        """Return what a websocket's token grants; without a good one close it and return None."""
        try:
            return self.admit(app, socket.subprotocols, user)
        except Refused as refused:
            socket.close(refused.code, refused.text)
            return None

    async def attach(
        self, app: str, doc: str, socket: Socket, user: str | None = None
    ) -> Attachment | None:
        """Connect a websocket to a document in its session's kernel, or close it."""
        try:
            return await self.admit(app, socket.subprotocols, user).attach(doc)
        except Refused as refused:
            socket.close(refused.code, refused.text)
            return None

    def admit(self, app: str, subprotocols: Sequence[str], user: str | None = None) -> Admission:
        """Return what a websocket's token grants, or raise `Refused`."""
        if SUBPROTOCOL not in subprotocols:
            raise Refused(Close.VERSION, f"expected the subprotocol {SUBPROTOCOL}")
        token = self.tokens.read_page(token_in(list(subprotocols)), app)
        if token is None or token.user != user:
            raise Refused(Close.UNAUTHORISED, "no valid token")
        session = self.sessions.get(token.session, app)
        if session is None:
            ended = Close.UNAUTHORISED if token.expired else Close.UNKNOWN_SESSION
            raise Refused(ended, "the session has ended")
        # However old the token is: a page's own session is alive, so its page may come back.
        return Admission(session, token.role, user)

    async def _session(self, application: ApplicationContext, visitor: Visitor) -> ServerSession:
        try:
            returning = self._returning(application, visitor)
            return returning or await self.sessions.create(application, visitor.request)
        except AppLoadError as error:
            raise Unavailable(500, "This app could not be loaded.", error.error_id) from None
        except TooManySessions:
            raise Unavailable(503, "This server is full. Try again later.") from None
        except Stopping:
            raise Unavailable(503, "This server is restarting. Try again soon.") from None

    def _returning(self, application: ApplicationContext, visitor: Visitor) -> ServerSession | None:
        named = self.tokens.session_of(visitor.cookie, application.name)
        session = self.sessions.get(named, application.name)
        if session is None or session.context.user != visitor.user:
            return None
        if session.failed and _was_edited(session):
            self.sessions.discard(session)
            return None
        self.sessions.touch(session)
        return session

    async def _welcome(self, session: ServerSession, place: Place) -> Visit:
        token = self.tokens.page(session.app, session.id, session.context.user)
        try:
            page = await session_page(self.pages, session, place, token)
        except AppLoadError as error:
            page = self.pages.error("This app's page could not be made.", 500, error.error_id)
        return Visit(page, self.tokens.cookie(session.app, session.id))


def _was_edited(session: ServerSession) -> bool:
    if session.run is None:
        return False
    try:
        return session.application.program() != session.run.program
    except AppLoadError:
        return True
