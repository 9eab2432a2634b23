"""`<base>/syncline/apps/<path>`: a notebook or script under the server's root, served as an app."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from syncline.jupyter.page import PageHandler
from syncline.jupyter.paths import app_file

if TYPE_CHECKING:
    from syncline.hosting import Place


class AppHandler(PageHandler):
    """Finds or makes the visitor's session and shows it."""

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
        visit = await self.state.visits.open(context, visitor, _place(path))
        if visit.cookie is not None:
            self._remember(name, visit.cookie)
        self.show(visit.page)

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


def _place(path: str) -> Place:
    from syncline.hosting import Place

    *folders, last = path.split("/")
    up = "../" * (len(folders) + 1)
    # A colon in the first segment of a relative URL would read as a scheme.
    return Place(socket=f"./{quote(last)}/ws", static=f"{up}static/")


CREDENTIALS = frozenset({"token", "_xsrf"})
