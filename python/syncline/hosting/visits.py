"""What a front does with a visitor: find or make their session, give them its page, let it in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from syncline.apps import ApplicationContext, AppLoadError, Request
from syncline.hosting.app_files import THEME
from syncline.hosting.errors import Elsewhere, Gone, Stopping, StoreLost, TooManySessions
from syncline.hosting.rates import far_network_of, retry_after
from syncline.hosting.session_page import session_page
from syncline.hosting.sessions import ServerSession, Sessions
from syncline.hosting.tokens import (
    SUBPROTOCOL,
    PageToken,
    Role,
    Tokens,
    new_id,
    place_of,
    token_in,
)
from syncline.sync.errors import Close
from syncline.sync.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syncline.hosting.bridge import Attachment
    from syncline.hosting.pages import Page, Pages
    from syncline.hosting.rates import Rate


RETRY_SECONDS = 10
"""When a server that is full, or restarts, may be asked again."""
CHANGED = "This app has changed since you were here: what you had entered does not fit it any more."


class Refused(Exception):
    """A websocket is to be closed with this code (SPEC 3.2)."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


@dataclass(frozen=True)
class Visitor:
    """What a request says about who makes it, and what they may do."""

    cookie: str | None = None
    request: Request = field(default_factory=Request)
    role: Role = "edit"
    address: str | None = None
    """From where, as an IP address."""

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
    start_over: str | None = None
    """What ends the session; None where there is no such thing."""
    logout: str | None = None
    """What ends the visitor's login; None where there is no such thing."""


@dataclass(frozen=True)
class Visit:
    """A page, and the cookie by which the next visit finds the same session."""

    page: Page
    cookie: str | None = None


@dataclass(frozen=True)
class Ticket:
    """What a program needs to connect to a session's document, as a page has it inside."""

    token: str
    title: str
    cookie: str | None
    theme: str | None = None
    """The application's own style sheet, relative to the ticket."""

    @property
    def answer(self) -> dict[str, str]:
        """What the program is told."""
        theme = {} if self.theme is None else {"theme": self.theme}
        return {"ws": "ws", "token": self.token, "title": self.title, **theme}


class Unavailable(Exception):
    """There is no session to be had: a status, and what the visitor is told."""

    def __init__(self, status: int, text: str, error_id: str | None = None) -> None:
        self.status = status
        self.text = text
        self.error_id = error_id
        super().__init__(text)

    @property
    def retry(self) -> dict[str, str]:
        """The header that says when to come again, where that helps."""
        return {"Retry-After": str(RETRY_SECONDS)} if self.status == 503 else {}


class TooOften(Unavailable):
    """A visitor makes more sessions than one may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "This is too much at a time. Try again soon.")
        self.seconds = seconds

    @property
    def retry(self) -> dict[str, str]:
        """The header that says when that is."""
        return retry_after(self.seconds)


class Changed(Unavailable):
    """The visitor's session could not be restored: told once, then there is a new one."""

    def __init__(self) -> None:
        super().__init__(409, CHANGED)


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
        if bridge is None:
            raise Refused(Close.UNKNOWN_SESSION, "there is no kernel")
        return bridge.attach(doc, self.role)


class Visits:
    """The reception of one server; of `contexts`, its applications, sessions may begin again.

    The session of a visitor has a *place*, which is what it belongs to: the user, or the browser
    of somebody unknown; a tab; or all. Its id names it and never grants, the page's token does.
    """

    def __init__(
        self,
        sessions: Sessions,
        tokens: Tokens,
        pages: Pages,
        contexts: Mapping[str, ApplicationContext] = MappingProxyType({}),
        is_here: Callable[[str], bool] = lambda place: True,
        rate: Rate | None = None,
    ) -> None:
        self.sessions = sessions
        self.tokens = tokens
        self.pages = pages
        self.is_here = is_here
        """Whether the session at a place is one of this process."""
        self._contexts = contexts
        self._rate = rate
        sessions.sign = self.grant

    def grant(self, session: ServerSession, role: Role) -> str:
        """Return a token that lets whoever has it into a session, in the name of its user."""
        user = session.context.user
        place = session.place or ""
        return self.tokens.page(session.app, session.id, user, role, place=place, bearer=True)

    async def open(self, application: ApplicationContext, visitor: Visitor, place: Place) -> Visit:
        """Return the page of the visitor's session, a new one when there is none."""
        try:
            session, cookie = await self._session(application, visitor)
        except Changed:
            return Visit(self.pages.changed())
        except Unavailable as error:
            return Visit(self.unavailable(error))
        return Visit(await self._page(session, visitor, place), cookie)

    def unavailable(self, error: Unavailable) -> Page:
        """Return the page that says so, and when to come again."""
        headers = error.retry
        return self.pages.error(error.text, error.status, error.error_id, headers)

    async def ticket(self, application: ApplicationContext, visitor: Visitor) -> Ticket:
        """Return what a program needs to connect to the visitor's session.

        Raises Unavailable where there is none to be had.
        """
        session, cookie = await self._session(application, visitor)
        theme = f"static/{THEME}" if session.application.theme_path is not None else None
        return Ticket(self._token(session, visitor), session.document.title, cookie, theme)

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
        session = self.sessions.get(token.session, app) or await self._restored(token, token.user)
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
            await self.sessions.end(app, token.session, token.place)
        except (Elsewhere, StoreLost):
            raise Refused(Close.RESTART, "try again soon") from None

    def was_handed(self, app: str, subprotocols: Sequence[str]) -> bool:
        """Tell whether a websocket's token is one that the code of the session has handed on."""
        token = self.tokens.read_page(token_in(list(subprotocols)), app)
        return token is not None and token.bearer

    def _read(self, app: str, given: str | None, user: str | None) -> PageToken:
        token = self.tokens.read_page(given, app)
        if token is None or (token.user != user and not token.bearer):
            raise Refused(Close.UNAUTHORISED, "no valid token")
        return token

    async def _restored(self, token: PageToken, user: str | None) -> ServerSession:
        """Return the session of a token that is not live; raise Refused where it is over."""
        context = self._contexts.get(token.app)
        session = None
        if context is not None and token.place and self.sessions.keeper is not None:
            session = await self._made_again(context, token, user)
        if session is None or session.id != token.session:
            ended = Close.UNAUTHORISED if token.expired else Close.UNKNOWN_SESSION
            changed = session is not None and session.refused
            raise Refused(ended, CHANGED if changed else "the session has ended")
        return session

    async def _made_again(
        self, context: ApplicationContext, token: PageToken, user: str | None
    ) -> ServerSession | None:
        if (live := self.sessions.at(token.place)) is not None:
            return live
        try:
            return await self.sessions.create(
                context, Request(user=user), token.place, only=token.session
            )
        except (Gone, AppLoadError):
            return None
        except (Elsewhere, Stopping, StoreLost, TooManySessions):
            raise Refused(Close.RESTART, "try again soon") from None

    def place(self, application: ApplicationContext, visitor: Visitor) -> str | None:
        """Return where the visitor's session is, or None for a new place."""
        match application.session:
            case "global":
                return place_of(application.name, "global")
            case "private":
                return None
            case _ if visitor.user is not None:
                return place_of(application.name, f"user:{visitor.user}")
            case _:
                browser = self.tokens.browser_of(visitor.cookie, application.name)
                return browser and place_of(application.name, f"browser:{browser}")

    def place_in(self, app: str, token: str | None) -> str | None:
        """Return where the session of a page's token is, or None without a good one."""
        read = self.tokens.read_page(token, app)
        return read.place if read is not None else None

    async def _session(
        self, application: ApplicationContext, visitor: Visitor
    ) -> tuple[ServerSession, str | None]:
        """Return the visitor's session, and the cookie by which they find it again."""
        place, cookie = self.place(application, visitor), visitor.cookie
        fresh = place is None or not self.is_here(place)
        if place is None or fresh:
            place, cookie = self._new_place(application)
        if application.session != "shared" or visitor.user is not None:
            cookie = None
        if application.session == "global":
            visitor = Visitor(None, Request(visitor.request.path))
        session = self._returning(place) or await self._made(application, visitor, place, fresh)
        if session.refused:
            session.refused = False
            raise Changed
        return session, cookie

    def _new_place(self, application: ApplicationContext) -> tuple[str, str]:
        """Return a place for somebody unknown, and the cookie that finds it again."""
        kind = "tab" if application.session == "private" else "browser"
        while True:
            id = new_id()
            place = place_of(application.name, f"{kind}:{id}")
            if self.is_here(place):
                return place, self.tokens.cookie(application.name, id)

    async def _made(
        self, application: ApplicationContext, visitor: Visitor, place: str, fresh: bool
    ) -> ServerSession:
        self._count(visitor)
        while True:
            try:
                return await self.sessions.create(application, visitor.request, place, fresh=fresh)
            except Gone:
                # Another was waited for, by a page whose session is over.
                continue
            except AppLoadError as error:
                raise Unavailable(500, "This app could not be loaded.", error.error_id) from None
            except TooManySessions:
                raise Unavailable(503, "This server is full. Try again later.") from None
            except Stopping:
                raise Unavailable(503, "This server is restarting. Try again soon.") from None
            except Elsewhere:
                raise Unavailable(503, "This session is busy elsewhere. Try again soon.") from None

    def _count(self, visitor: Visitor) -> None:
        """Count a new session; raise TooOften where a client or a user makes too many."""
        client = far_network_of(visitor.address)
        keys = [
            f"{kind} {key}" for kind, key in (("client", client), ("user", visitor.user)) if key
        ]
        if self._rate is None:
            return
        if (wait := max(map(self._rate.wait, keys), default=0.0)) > 0:
            raise TooOften(wait)
        for key in keys:
            self._rate.spend(key)

    def _returning(self, place: str) -> ServerSession | None:
        session = self.sessions.at(place)
        if session is None:
            return None
        if session.failed and _was_edited(session):
            self.sessions.discard(session)
            return None
        self.sessions.touch(session)
        return session

    def _token(self, session: ServerSession, visitor: Visitor) -> str:
        app, place = session.app, session.place or ""
        return self.tokens.page(app, session.id, visitor.user, visitor.role, place=place)

    async def _page(self, session: ServerSession, visitor: Visitor, place: Place) -> Page:
        if session.app not in self._contexts:
            place = replace(place, start_over=None)
        try:
            return await session_page(self.pages, session, place, self._token(session, visitor))
        except AppLoadError as error:
            return self.pages.error("This app's page could not be made.", 500, error.error_id)


def _was_edited(session: ServerSession) -> bool:
    if session.run is None:
        return False
    try:
        return session.application.program() != session.run.program
    except AppLoadError:
        return True
