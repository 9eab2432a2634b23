"""What every view does before its own code: check the call against its row of the table."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from tornado.web import HTTPError, RequestHandler

from syncline.hosting import SUBPROTOCOL, Page, Visits
from syncline.hosting.admin import NAME as ADMIN
from syncline.hosting.answers import answer_page
from syncline.hosting.auth import AuthRequest, Entry, Reply
from syncline.hosting.auth.door import Turned
from syncline.hosting.gate import Denied
from syncline.hosting.procs import Busy
from syncline.hosting.refusals import RETRY_SECONDS
from syncline.hosting.tokens import token_in
from syncline.server.router import hand_on
from syncline.transports.websocket import CarrierSocket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.apps import ApplicationContext
    from syncline.hosting.permissions import Row
    from syncline.hosting.procs import Procs
    from syncline.hosting.site import Site

HEADROOM = 8 << 20
"""Bytes above the protocol's own limit, so that it is the protocol that refuses."""

_log = logging.getLogger("syncline.server")


@dataclass(frozen=True)
class Route:
    """What is served at an address, and by which row; what no row names has none."""

    site: Site
    prefix: str
    row: Row | None = None


class GuardedView(RequestHandler):
    """A view behind its row."""

    entry = Entry()
    """Who came in, once `prepare` has let them."""
    known: list[str] | None = None
    """The applications they may know of, where they ask for one that is not there."""
    shares: Mapping[str, str] = MappingProxyType({})
    """The headers that let the page behind the request read the answer, where it may."""

    def initialize(self, route: Route) -> None:
        """Take what is served at this address."""
        # With one attribute for each, Tornado's own no longer fit a shared dict: 1.3 kB a socket.
        self.route = route

    @property
    def site(self) -> Site:
        """What is served."""
        return self.route.site

    @property
    def prefix(self) -> str:
        """Below which path it is served."""
        return self.route.prefix

    @property
    def row(self) -> Row | None:
        """Who may call this, and how."""
        return self.route.row

    async def prepare(self) -> None:
        """Refuse what the row does not allow, and whoever may not come in."""
        try:
            self.site.gate.check(self.row, self.request.method or "", self.request.headers)
            if self.row is not None:
                self._share(self.row)
                app = self.path_kwargs.get("app")
                self.entry = await self.site.door.enter(self.row, self.asked, app)
                self.known = await self.site.known_to(self.entry, app)
            self._let_in()
        except Denied as denied:
            self.deny(denied)
        except Turned as turned:
            self.finish_reply(turned.reply)

    def _let_in(self) -> None:
        """Hand on what is another process's, else check the rest."""
        procs = self.site.procs
        index = None if procs is None else self.process(procs)
        if procs is not None and index not in (None, procs.index):
            self._hand_on(procs, index)
        else:
            self.check_entry()

    def _share(self, row: Row) -> None:
        # Most are not, and an attribute takes memory of every websocket.
        if row.shared:
            self.shares = self.site.gate.sharing(row, self.request.headers)
            self.set_headers(self.shares)

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Set several headers."""
        for name, value in headers.items():
            self.set_header(name, value)

    def check_entry(self) -> None:
        """Raise `Denied` for whoever came in and is still not welcome."""

    def process(self, procs: Procs) -> int | None:
        """Return which process is to answer, where that is not all the same."""
        place = self.place()
        return None if place is None else procs.owner(place)

    def place(self) -> str | None:
        """Return where the session is that is asked for, if it is known."""
        return None

    def _hand_on(self, procs: Procs, index: int) -> None:
        try:
            hand_on(self, procs, index)
        except Busy as busy:
            _log.warning("not handed on: %s", busy)
            raise Denied(503, headers={"Retry-After": str(RETRY_SECONDS)}) from None

    def deny(self, denied: Denied) -> NoReturn:
        """Answer that it is not allowed."""
        if denied.text:
            _log.warning("refused %s: %s", self.request.path, denied.text)
        raise HTTPError(denied.status) from denied

    @property
    def asked(self) -> AuthRequest:
        """What the request says to whoever decides who makes it."""
        request, root = self.request, f"{self.prefix}/"
        return AuthRequest(
            method=request.method or "",
            path=request.path.removeprefix(root),
            query=request.query,
            headers=request.headers,
            cookies={name: morsel.value for name, morsel in self.cookies.items()},
            body=request.body,
            scheme=self.scheme,
            address=request.remote_ip,
            root=root,
        )

    @property
    def visits(self) -> Visits:
        """The reception behind this front."""
        return self.site.visits

    @property
    def user(self) -> str | None:
        """Who this is, for all that is known."""
        return self.entry.user

    @property
    def scheme(self) -> str:
        """What the browser speaks: `http` or `https`."""
        return self.site.gate.scheme(self.request.headers, self.request.protocol)

    def see_other(self, where: str, status: int = 302) -> None:
        """Send the browser elsewhere with its query, relative to what a proxy shows."""
        self.set_status(status)
        self.set_header("Location", f"{where}?{self.request.query}".rstrip("?"))
        self.finish()

    def context_of(self, app: str) -> ApplicationContext:
        """Return an application by its name, or answer 404."""
        try:
            return self.site.contexts[app]
        except KeyError:
            raise HTTPError(404) from None

    @property
    def base(self) -> str:
        """Where the index is, relative to this request."""
        up = "../" * (self.request.path.count("/") - 1)
        return f"{up}{self.prefix.lstrip('/')}/" if self.prefix else up

    def finish_page(self, page: Page) -> None:
        """Answer with a page."""
        answer_page(self, page)

    def finish_reply(self, reply: Reply) -> None:
        """Answer with a page and cookies."""
        for cookie in reply.cookies:
            self.add_header("Set-Cookie", cookie.header)
        self.finish_page(reply.page)

    def set_default_headers(self) -> None:
        """Say nothing of what serves this."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def _request_summary(self) -> str:
        """Say what a line of the log says of the request: nothing of its query, with secrets."""
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what happened without a word of why; a fault of ours gets an error id."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        denied = error.__cause__ if isinstance(error, HTTPError) else None
        # Tornado has taken all headers away.
        self.set_headers(self.shares)
        if status_code == 404:
            links = self.site.known_links(self.known, self.base)
            self.finish_page(self.visits.pages.unknown(links))
        elif status_code < 500 or isinstance(denied, Denied):
            told = denied if isinstance(denied, Denied) else Denied(status_code)
            self.tell(told.told, status_code, headers=told.headers)
        else:
            error_id = secrets.token_hex(4)
            exc_info = kwargs.get("exc_info")
            _log.error("error %s at %s", error_id, self.request.path, exc_info=exc_info)
            self.tell("Something went wrong.", status_code, error_id)

    def tell(
        self,
        text: str,
        status: int,
        error_id: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Say that something failed, never why: to a program, or with a page."""
        if self.row is None or not self.row.json:
            self.finish_page(self.visits.pages.error(text, status, error_id, headers))
            return
        self.set_status(status)
        self.set_headers(headers)
        self.finish({"text": text, "error_id": error_id})


class NotFoundView(GuardedView):
    """What no row names."""


class SocketView(GuardedView, CarrierSocket):
    """A websocket behind its row."""

    def check_entry(self) -> None:
        """Refuse whoever is one too many."""
        self.site.check_socket(self.entry, self.request.remote_ip)

    def place(self) -> str | None:
        """Return where the session of the page is."""
        return self.visits.admissions.place_in(
            self.path_kwargs.get("app", ADMIN), token_in(self.subprotocols)
        )

    def check_origin(self, origin: str) -> bool:
        """Leave the origin to `prepare`, which has compared it for every view alike."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose the protocol; the token beside it is never sent back."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    @property
    def max_message_size(self) -> int:
        """How much Tornado takes before the protocol sees it."""
        return self.site.websocket_max_message_size + HEADROOM

    def get_compression_options(self) -> None:
        """Compress nothing: frames are encoded once and shared by all connections."""
        return

    def settle_in(self) -> bool:
        """Begin a connection: small frames leave at once, and the server knows of it.

        Return whether it goes on.
        """
        self.set_nodelay(True)
        return self.site.settle_in(self, self.entry, self.request.remote_ip)

    def on_close(self) -> None:
        """Forget the connection."""
        super().on_close()
        self.site.forget(self)
