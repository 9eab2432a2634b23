"""What the views for a visitor share: who that is, and the cookie that finds them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from tornado.web import Finish

from syncline.apps import Request
from syncline.hosting import Visitor, cookie_name
from syncline.hosting.admin import NAME as ADMIN
from syncline.hosting.auth.reply import browser_cookie
from syncline.server.views.base import GuardedView

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class VisitorView(GuardedView):
    """A view that finds or makes the visitor's session."""

    _waiting: asyncio.Task[Any] | None = None

    def head(self, app: str) -> None:
        """Say that the app exists; a probe makes no session."""
        self.context_of(app)
        self.finish()

    def place(self) -> str | None:
        """Return where the visitor's session is."""
        app = self.path_kwargs.get("app", ADMIN)
        return self.visits.place(self.context_of(app), self.visitor(app))

    def visitor(self, app: str) -> Visitor:
        """Return who calls, and what of the request the application's code may know."""
        shown = self.site.request_filter
        cookies = {name: morsel.value for name, morsel in self.cookies.items()}
        request = Request(
            path=self.request.path,
            arguments=self._arguments(),
            headers=shown.headers(self.request.headers.get_all()),
            cookies=shown.cookies(cookies),
            user=self.user,
            claims=self.entry.claims,
        )
        role = self.entry.role or "view"
        return Visitor(cookies.get(cookie_name(app)), request, role, self.request.remote_ip)

    async def here(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work comes to; it is cancelled when the visitor leaves meanwhile."""
        self._waiting = task = asyncio.current_task()
        try:
            return await work
        except asyncio.CancelledError:
            if task is None or not self._is_gone:
                raise
            task.uncancel()
            raise Finish from None
        finally:
            self._waiting = None

    _is_gone = False

    def on_connection_close(self) -> None:
        """The visitor has left without waiting for the answer."""
        self._is_gone = True
        if self._waiting is not None:
            self._waiting.cancel()

    def remember(self, app: str, value: str) -> None:
        """Set the cookie that finds the session again."""
        self.add_header("Set-Cookie", browser_cookie(app, value, self.scheme).header)

    def compute_etag(self) -> None:
        """Compare no answer with an earlier one: each holds a token of its own."""

    def _arguments(self) -> dict[str, tuple[str, ...]]:
        names = self.request.query_arguments
        return {name: tuple(self.get_query_arguments(name)) for name in names}
