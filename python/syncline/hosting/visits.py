"""What a front does with a visitor: find or make their session, and give them its page."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from syncline.apps import AppLoadError, Request
from syncline.hosting.admission import Admissions
from syncline.hosting.app_files import THEME
from syncline.hosting.errors import Elsewhere, Gone, Stopping, TooManySessions
from syncline.hosting.rates import far_network_of
from syncline.hosting.refusals import Changed, TooOften, Unavailable
from syncline.hosting.session_page import session_page
from syncline.hosting.tokens import new_id, place_of
from syncline.hosting.visitor import Ticket, Visit, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncline.apps import ApplicationContext
    from syncline.hosting.pages import Page, Pages
    from syncline.hosting.rates import Rate
    from syncline.hosting.session import ServerSession
    from syncline.hosting.sessions import Sessions
    from syncline.hosting.tokens import Tokens
    from syncline.hosting.visitor import Place


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
        self.admissions = Admissions(sessions, tokens, contexts)
        """What lets the websockets of its pages in."""
        sessions.maker.sign = self.admissions.grant

    async def open(self, application: ApplicationContext, visitor: Visitor, place: Place) -> Visit:
        """Return the page of the visitor's session, a new one when there is none."""
        try:
            session, cookie = await self._session(application, visitor)
        except Changed:
            return Visit(self.pages.changed())
        except Unavailable as error:
            return Visit(self.unavailable(error))
        return Visit(await self._page(session, visitor, place), cookie)

    async def join(
        self, application: ApplicationContext, session_id: str, visitor: Visitor, place: Place
    ) -> Visit | None:
        """Return the page of a session that may be another's; None once that has ended.

        For those who may see the sessions of all: an id grants nothing.
        """
        session = self.sessions.get(session_id, application.name)
        if session is None:
            return None
        self.sessions.touch(session)
        return Visit(await self._page(session, visitor, place))

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
