"""`/<app>`: the page of the visitor's session."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting import Place, Visitor, cookie_name
from syncline.server.views.base import GuardedView


class PageView(GuardedView):
    """Finds or makes the visitor's session and shows it."""

    def get(self, app: str) -> None:
        """Answer with the page, and the cookie that finds the session again."""
        context = self.context_of(app)
        name = cookie_name(app)
        visitor = Visitor(self.get_cookie(name), self.user, self._arguments())
        place = Place(socket=f"{quote(app)}/ws", static="static/")
        visit = self.visits.open(context, visitor, place)
        if visit.cookie is not None:
            self._remember(app, visit.cookie)
        self.finish_page(visit.page)

    def head(self, app: str) -> None:
        """Say that the app exists; a probe makes no session."""
        self.context_of(app)
        self.finish()

    def _remember(self, app: str, value: str) -> None:
        self.set_cookie(
            cookie_name(app),
            value,
            path=f"/{quote(app)}",
            httponly=True,
            samesite="Lax",
            secure=self._is_https(),
        )

    def _is_https(self) -> bool:
        if self.application.proxy_secret is not None:
            return self.request.headers.get("X-Forwarded-Proto") == "https"
        return self.request.protocol == "https"

    def _arguments(self) -> dict[str, tuple[str, ...]]:
        names = self.request.query_arguments
        return {name: tuple(self.get_query_arguments(name)) for name in names}
