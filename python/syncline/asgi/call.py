"""One request that its row allows: what a view is given."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from syncline.apps import Request as AppRequest
from syncline.hosting import Visitor, cookie_name
from syncline.hosting.admin import NAME
from syncline.hosting.auth import AuthRequest, Entry
from syncline.hosting.auth.reply import browser_cookie

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from starlette.requests import Request

    from syncline.apps import ApplicationContext
    from syncline.hosting import Page, Pages
    from syncline.hosting.auth import Reply
    from syncline.hosting.permissions import Row
    from syncline.hosting.site import Site

T = TypeVar("T")
GONE = 499
"""For a visitor who has left without waiting; nobody reads it."""


class Call:
    """A request, who makes it, and how it is answered."""

    def __init__(self, site: Site, request: Request, row: Row | None) -> None:
        self.site = site
        self.row = row
        self.request = request
        self.entry = Entry()
        """Who came in, once they were let."""
        self.checked = False
        """Whether its row allows it, whoever makes it."""
        self.known: list[str] | None = None
        """The applications they may know of, where they ask for one that is not there."""

    @property
    def user(self) -> str | None:
        """Who this is, for all that is known."""
        return self.entry.user

    @property
    def address(self) -> str | None:
        """From where, as an IP address."""
        client = self.request.client
        return None if client is None else client.host

    def asked(self, body: bytes = b"") -> AuthRequest:
        """Return what the request says to whoever decides who makes it."""
        request, scope = self.request, self.request.scope
        root = scope.get("root_path", "").rstrip("/")
        return AuthRequest(
            method=request.method,
            path=quote(scope["path"].removeprefix(root).lstrip("/")),
            query=scope["query_string"].decode("latin-1"),
            headers=request.headers,
            cookies=request.cookies,
            body=body,
            scheme=self.scheme,
            address=self.address,
            root=f"{root}/",
        )

    @property
    def scheme(self) -> str:
        """What the browser speaks: `http` or `https`."""
        return self.site.gate.scheme(self.request.headers, self.request.scope["scheme"])

    @property
    def named(self) -> str | None:
        """The application's name, where the address has one."""
        name: str | None = self.request.path_params.get("app")
        return name

    @property
    def pages(self) -> Pages:
        """What renders the pages."""
        return self.site.visits.pages

    @property
    def app(self) -> str:
        """The application's name; the administrators' has a route of its own."""
        return self.named or NAME

    @property
    def context(self) -> ApplicationContext:
        """The application; there may be none of that name."""
        try:
            return self.site.contexts[self.app]
        except KeyError:
            raise HTTPException(404) from None

    @property
    def path(self) -> str:
        """The path as it was asked for, its escapes still in it."""
        scope = self.request.scope
        raw = scope.get("raw_path")
        return raw.decode("latin-1") if raw else quote(scope["path"])

    @property
    def base(self) -> str:
        """Where the index is, relative to this request."""
        root = self.request.scope.get("root_path", "").rstrip("/")
        below: str = self.request.scope["path"].removeprefix(root)
        return "../" * (below.count("/") - 1)

    @property
    def visitor(self) -> Visitor:
        """Who calls, and what of the request the application's code may know."""
        request, shown = self.request, self.site.request_filter
        query = request.query_params
        asked = AppRequest(
            path=self.path,
            arguments={name: tuple(query.getlist(name)) for name in query},
            headers=shown.headers(request.headers.items()),
            cookies=shown.cookies(request.cookies),
            user=self.user,
            claims=self.entry.claims,
        )
        cookie = request.cookies.get(cookie_name(self.app))
        return Visitor(cookie, asked, self.entry.role or "view", self.address)

    async def here(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work comes to; it is cancelled when the visitor leaves meanwhile."""
        made, left = asyncio.ensure_future(work), asyncio.ensure_future(self._left())
        try:
            await asyncio.wait([made, left], return_when=asyncio.FIRST_COMPLETED)
            if not made.done():
                raise HTTPException(GONE)
        finally:
            for task in (made, left):
                task.cancel()
            await asyncio.wait([made, left])
        return made.result()

    def page(self, page: Page) -> Response:
        """Return the response with a page."""
        return Response(page.html, page.status, page.headers)

    def tell(
        self,
        text: str,
        status: int,
        headers: Mapping[str, str] | None = None,
        error_id: str | None = None,
    ) -> Response:
        """Return the response that says that something failed, never why."""
        if self.row is not None and self.row.json:
            return JSONResponse({"text": text, "error_id": error_id}, status, headers)
        return self.page(self.pages.error(text, status, error_id, headers or {}))

    def shared(self, response: Response) -> Response:
        """Let the page behind the request read a response, where it may."""
        if self.checked and self.row is not None:
            for name, value in self.site.gate.sharing(self.row, self.request.headers).items():
                response.headers.append(name, value)
        return response

    def reply(self, reply: Reply) -> Response:
        """Return the response with a page and cookies."""
        response = self.page(reply.page)
        for cookie in reply.cookies:
            response.headers.append("Set-Cookie", cookie.header)
        return response

    def remember(self, response: Response, value: str) -> None:
        """Set the cookie that finds the session again."""
        cookie = browser_cookie(self.app, value, self.scheme)
        response.headers.append("Set-Cookie", cookie.header)

    async def _left(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
