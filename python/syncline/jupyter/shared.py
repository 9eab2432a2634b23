"""`<base>/syncline/shared/<kernel>/<doc>`: a document for whoever has a link to it.

The page itself holds nothing and is the same for every address. It shows the token of its fragment
to `enter`, which gives the browser a cookie for this address alone; that lets its websockets in.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from syncline.hosting.tokens import TOKEN_HEADER
from syncline.jupyter.api import Api
from syncline.jupyter.attach import AttachSocket
from syncline.jupyter.guard import GuardedSocket
from syncline.jupyter.links import INVALID, OVER
from syncline.jupyter.page import PageHandler
from syncline.jupyter.static import StaticHandler
from syncline.sync.errors import Close

if TYPE_CHECKING:
    from syncline.jupyter.links import Link

COOKIE = "syncline-link"


class SharedPage(PageHandler):
    """The page that shows a link's token."""

    @allow_unauthenticated
    async def get(self, kernel: str, doc: str) -> None:
        page = self.state.pages.app(
            socket=f"{doc}/ws",
            documents=f"{doc}/docs/{{doc}}/ws",
            enter=f"{doc}/enter",
            token=None,
            title="Syncline",
            static="../static/",
        )
        # Where it is asked for its page's XSRF token later, the browser has to have one.
        assert self.xsrf_token
        # Not even the address without the token is told to anybody.
        self.show(replace(page, headers={**page.headers, "Referrer-Policy": "no-referrer"}))


class SharedFile(StaticHandler):
    """A file of the page, for whoever is not signed in."""

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        await super().get(name)

    head = get


class EnterHandler(Api):
    """Exchanges the token of a link for a cookie; asked without one, tells whether that is good."""

    @allow_unauthenticated
    async def post(self, kernel: str, doc: str) -> None:
        links, token = self.state.links, self.request.headers.get(TOKEN_HEADER)
        if token is not None:
            link = links.shown(token, kernel, doc)
        else:
            link = links.followed(self.get_cookie(COOKIE), kernel, doc)
        if link is None or kernel not in self.kernel_manager:
            raise HTTPError(403, INVALID)
        self._remember(links.cookie(link))
        self.answer({"role": link.role, "mounts": link.mounts})

    def _remember(self, cookie: str) -> None:
        # The browser knows best how it has got here; behind a proxy the server need not.
        origin = self.request.headers.get("Origin", f"{self.request.protocol}://")
        self.set_cookie(
            COOKIE,
            cookie,
            path=self.request.path.removesuffix("/enter"),
            httponly=True,
            samesite="Strict",
            secure=origin.startswith("https:"),
        )


class SharedSocket(AttachSocket):
    """One page that is attached by a link: to its document, or to one that is mounted in it."""

    link: Link | None = None
    expiry: asyncio.TimerHandle | None = None

    @allow_unauthenticated
    async def get(self, kernel: str, doc: str, other: str | None = None) -> None:
        cookie = self.get_cookie(COOKIE)
        if cookie is None:
            raise HTTPError(403, "there is no link")
        self.link = self.state.links.followed(cookie, kernel, doc)
        if self.link is not None and other not in (None, *self.link.mounts):
            raise HTTPError(403, "the link does not lead there")
        if self.link is not None and self.state.links.full(self.link):
            raise HTTPError(503, "too many pages are open by this link")
        self.role = self.link.role if self.link is not None else "view"
        await GuardedSocket.get(self, kernel, doc, other)

    async def open(self, kernel: str, doc: str, other: str | None = None) -> None:
        if self.link is None or not self.state.links.enter(self.link, self.end):
            # Accepted first: a page that is refused before would try again and again (SPEC 6.1).
            self.close(Close.UNAUTHORISED, INVALID)
            return
        loop = asyncio.get_running_loop()
        self.expiry = loop.call_later(self.link.expires - time.time(), self.end, OVER)
        await super().open(kernel, other or doc)

    def end(self, why: str) -> None:
        """Let nothing more through: the link is good no more."""
        self.drop()
        self.close(Close.UNAUTHORISED, why)

    def on_close(self) -> None:
        if self.link is not None:
            self.state.links.leave(self.link, self.end)
        if self.expiry is not None:
            self.expiry.cancel()
        super().on_close()

    @property
    def user(self) -> str:
        """Who this is: under a hub the hub says it, else the link."""
        if self.current_user is not None and self.state.hub:
            return super().user
        assert self.link is not None
        return self.link.user
