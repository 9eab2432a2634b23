"""What a front does with a visitor: find or make their session, give them its page, let it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncline.apps import ApplicationContext, AppLoadError
from syncline.hosting.errors import TooManySessions
from syncline.hosting.sessions import LiveSession, Sessions, log_load_error
from syncline.hosting.tokens import SUBPROTOCOL, Tokens, token_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syncline.hosting.pages import Page, Pages

UNAUTHORISED = 4401
UNKNOWN_SESSION = 4404
WRONG_VERSION = 4406


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
    user: str | None = None
    arguments: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Place:
    """Where a page's socket and static files are, relative to the page's URL."""

    socket: str
    static: str


@dataclass(frozen=True)
class Visit:
    """A page, and the cookie that makes a reload find the same session."""

    page: Page
    cookie: str | None = None


class Visits:
    """The reception of one server."""

    def __init__(self, sessions: Sessions, tokens: Tokens, pages: Pages) -> None:
        self.sessions = sessions
        self.tokens = tokens
        self.pages = pages

    def open(self, application: ApplicationContext, visitor: Visitor, place: Place) -> Visit:
        """Return the page of the visitor's session, a new one when there is none."""
        try:
            session = self._returning(application, visitor) or self.sessions.create(
                application, visitor.user, visitor.arguments
            )
        except AppLoadError as error:
            log_load_error(application.name, error)
            return Visit(self.pages.error("This app could not be loaded.", 500, error.error_id))
        except TooManySessions:
            return Visit(self.pages.error("This server is full. Try again later.", 503))
        return self._welcome(session, place)

    def admit(self, app: str, subprotocols: Sequence[str], user: str | None = None) -> LiveSession:
        """Return the session a websocket's token grants, or raise `Refused`."""
        if SUBPROTOCOL not in subprotocols:
            raise Refused(WRONG_VERSION, f"expected the subprotocol {SUBPROTOCOL}")
        token = self.tokens.read_page(token_in(list(subprotocols)), app)
        if token is None or token.user != user:
            raise Refused(UNAUTHORISED, "no valid token")
        session = self.sessions.get(token.session, app)
        if session is None:
            raise Refused(UNKNOWN_SESSION, "the session has ended")
        return session

    def _returning(self, application: ApplicationContext, visitor: Visitor) -> LiveSession | None:
        named = self.tokens.session_of(visitor.cookie, application.name)
        session = self.sessions.get(named, application.name)
        if session is None or session.context.user != visitor.user:
            return None
        if session.failed and _was_edited(session):
            self.sessions.discard(session)
            return None
        self.sessions.touch(session)
        return session

    def _welcome(self, session: LiveSession, place: Place) -> Visit:
        page = self.pages.app(
            socket=place.socket,
            static=place.static,
            token=self.tokens.page(session.app, session.id, session.context.user),
            title=session.document.title,
            # What worked is still shown; the status is for whoever looks at statuses.
            status=500 if session.failed else 200,
        )
        return Visit(page, self.tokens.cookie(session.app, session.id))


def _was_edited(session: LiveSession) -> bool:
    if session.run is None:
        return False
    try:
        return session.context.application.application.program() != session.run.program
    except AppLoadError:
        return True
