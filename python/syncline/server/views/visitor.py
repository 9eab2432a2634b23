"""What the views for a visitor share: who that is, and the cookie that finds them again."""

from __future__ import annotations

from urllib.parse import quote

from syncline.hosting import Visitor, cookie_name
from syncline.server.views.base import GuardedView


class VisitorView(GuardedView):
    """A view that finds or makes the visitor's session."""

    def visitor(self, app: str) -> Visitor:
        """Return who calls."""
        return Visitor(self.get_cookie(cookie_name(app)), self.user, self._arguments())

    def remember(self, app: str, value: str) -> None:
        """Set the cookie that finds the session again."""
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
