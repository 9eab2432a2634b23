"""The ASGI application: routes, made from the table, in front of `hosting`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from starlette.routing import BaseRoute, Route, Router, WebSocketRoute

from syncline.apps.names import several
from syncline.asgi.guard import Guard
from syncline.asgi.users import Users
from syncline.asgi.views import PAGES, SLASH, SOCKETS
from syncline.hosting.names import Sources, named_applications
from syncline.hosting.origins import Origins
from syncline.hosting.permissions import Row, routes
from syncline.hosting.site import Site, SiteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from types import TracebackType
    from typing import Unpack

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send


class SynclineAsgi:
    """Serves a site below wherever it is mounted, or as the top application of an ASGI server.

    It starts with the lifespan of an ASGI server, with `async with`, or by itself with the first
    request: Starlette does not run the lifespan of what is mounted.
    """

    def __init__(self, site: Site, users: Users) -> None:
        self.site = site
        self._users = users
        self._stopped = False
        self._has_state = site.app_state is not None
        rules = [*self._rules(), self._page(SLASH)]
        self._router = Router(
            rules,
            redirect_slashes=False,
            default=Guard(site, users, None, None),
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or live through the lifespan of a server."""
        if scope["type"] != "lifespan" and not self._stopped:
            self.found_in(scope.get("app"))
            self.site.start()
        await self._router(scope, receive, send)

    def found_in(self, parent: Any) -> None:
        """Hand the `state` of the application around on to the sessions, where they have none."""
        if self.site.app_state is None:
            self.site.app_state = getattr(parent, "state", None)

    async def __aenter__(self) -> Self:
        self._stopped = False
        self.site.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = True
        await self.site.stop()
        if not self._has_state:
            self.site.app_state = None

    @asynccontextmanager
    async def _lifespan(self, router: Any) -> AsyncIterator[None]:
        async with self:
            yield

    def _rules(self) -> list[BaseRoute]:
        rows = routes().values()
        # What is no websocket is told so there, too.
        return [
            *(self._socket(row) for row in rows if row.websocket),
            *(self._page(row) for row in rows),
        ]

    def _page(self, row: Row) -> Route:
        return Route(_path(row), Guard(self.site, self._users, row, PAGES[row.name]))

    def _socket(self, row: Row) -> WebSocketRoute:
        return WebSocketRoute(_path(row), Guard(self.site, self._users, row, SOCKETS[row.name]))


def syncline_asgi(
    applications: Sources,
    *,
    user: Callable[[Request], Any] | Any = None,
    allow_origin: str | Iterable[str] = (),
    **options: Unpack[SiteOptions],
) -> SynclineAsgi:
    """Return an ASGI application that serves applications, each at `<mount>/<name>`.

    `applications` is a path, a function of a document, an `Application`, or a mapping of names to
    these. `user` says who makes a request: a function of a Starlette `Request` that returns a name
    or None, also an async one, or FastAPI's `Depends(...)`; raising `HTTPException` refuses the
    request. Without it, it is who Starlette's `AuthenticationMiddleware` has found. `allow_origin`
    names the addresses this is reached by besides those of this machine, and whose pages may call
    it, as `scheme://host[:port]`. The other options: `hosting.Site`.
    """
    allowed = several(allow_origin)
    options.setdefault("origins", Origins(allowed=allowed))
    site = Site(named_applications(applications), **options)
    return SynclineAsgi(site, Users(user))


def _path(row: Row) -> str:
    """Return a row's pattern as Starlette writes it."""
    return "/" + row.pattern.replace("*}", ":path}")
