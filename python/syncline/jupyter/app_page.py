"""`<base>/syncline/apps/<path>`: a notebook or script under the server's root, served as an app."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tornado.web import HTTPError

from syncline.jupyter.guard import Guarded
from syncline.jupyter.page import PageHandler
from syncline.jupyter.paths import app_file

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext
    from syncline.hosting import Place, Visit, Visitor

SESSION = "syncline-session"
"""What in the query of the page's address names a session that is there already, anybody's."""
CREDENTIALS = frozenset({"token", "_xsrf"})


class AppHandler(PageHandler):
    """Shows the session that is asked for, else finds or makes the visitor's."""

    async def get(self, path: str) -> None:
        from syncline.apps import Request
        from syncline.hosting import Visitor, cookie_name

        file = await app_file(self.contents_manager, path)
        context = self.state.application(path, file)
        name = cookie_name(path)
        request = Request(
            path=self.request.path, arguments=self._arguments(), user=self.current_user.username
        )
        visitor = Visitor(self.get_cookie(name), request)
        visit = await self._visit(context, visitor, _place(path))
        if visit is None:
            self.redirect(self.request.path)
            return
        if visit.cookie is not None:
            self._remember(name, visit.cookie)
        self.show(visit.page)

    async def _visit(
        self, context: ApplicationContext, visitor: Visitor, place: Place
    ) -> Visit | None:
        """Return what is asked for; None where that has ended."""
        session, visits = self.get_query_argument(SESSION, None), self.state.visits
        if session is None:
            return await visits.open(context, visitor, place)
        # Whoever may run code here may see, and end, the sessions of all.
        return await visits.join(context, session, visitor, place)

    def _remember(self, name: str, value: str) -> None:
        self.set_cookie(
            name,
            value,
            path=self.request.path,
            httponly=True,
            samesite="Lax",
            secure=self.request.protocol == "https",
        )

    def _arguments(self) -> dict[str, tuple[str, ...]]:
        # An app may keep or show its arguments: a credential is none of them.
        names = set(self.request.query_arguments) - CREDENTIALS
        return {name: tuple(self.get_query_arguments(name)) for name in names}


class StartOverHandler(Guarded):
    """Ends the session of a page, and its kernel; the page's token grants it."""

    async def post(self, path: str) -> None:
        from syncline.hosting.refusals import Refused
        from syncline.hosting.tokens import TOKEN_HEADER

        token = self.request.headers.get(TOKEN_HEADER)
        try:
            await self.state.visits.admissions.start_over(path, token, self.current_user.username)
        except Refused as refused:
            raise HTTPError(403, refused.text) from None
        self.set_status(204)
        self.finish()


def _place(path: str) -> Place:
    from syncline.hosting import Place

    *folders, last = path.split("/")
    up = "../" * (len(folders) + 1)
    # A colon in the first segment of a relative URL would read as a scheme.
    name = f"./{quote(last)}"
    return Place(f"{name}/ws", f"{up}static/", start_over=f"{name}/start-over")
