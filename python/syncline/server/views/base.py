"""What every view does before its own code: check the call against its row of the table."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from tornado.web import HTTPError, RequestHandler

from syncline.hosting import SUBPROTOCOL, Page, Visits
from syncline.hosting.admin import NAME as ADMIN
from syncline.hosting.answers import answer_page
from syncline.hosting.gate import Denied
from syncline.hosting.procs import Busy
from syncline.hosting.tokens import token_in
from syncline.hosting.visits import RETRY_SECONDS
from syncline.server.router import hand_on
from syncline.transports.websocket import CarrierSocket

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext
    from syncline.hosting.permissions import Row
    from syncline.hosting.procs import Procs
    from syncline.hosting.site import Site

HEADROOM = 8 << 20
"""Bytes above the protocol's own limit, so that it is the protocol that refuses."""
PING_SECONDS = 20
TEXTS = {
    401: "This is for administrators.",
    403: "This is not allowed.",
    503: "This server is full. Try again later.",
}

_log = logging.getLogger("syncline.server")


class GuardedView(RequestHandler):
    """A view behind its row."""

    row: Row | None = None
    site: Site
    prefix: str

    def initialize(self, site: Site, prefix: str, row: Row | None = None) -> None:
        """Take what is served here, and where, and the row; what no row names has none."""
        self.site = site
        self.prefix = prefix
        self.row = row or self.row

    def prepare(self) -> None:
        """Refuse what the row does not allow."""
        try:
            self.site.gate.check(self.row, self.request.method or "", self.request.headers)
        except Denied as denied:
            if denied.text:
                _log.warning("refused %s: %s", self.request.path, denied.text)
            raise HTTPError(denied.status) from denied
        procs = self.site.procs
        index = None if procs is None else self.process(procs)
        if procs is not None and index not in (None, procs.index):
            self._hand_on(procs, index)

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
            self.refuse_for_now()

    def refuse_for_now(self) -> NoReturn:
        """Answer 503, and when to come again."""
        full = Denied(503, headers={"Retry-After": str(RETRY_SECONDS)})
        raise HTTPError(full.status) from full

    @property
    def visits(self) -> Visits:
        """The reception behind this front."""
        return self.site.visits

    @property
    def user(self) -> str | None:
        """Who this is, for all that is known."""
        return self.site.gate.user(self.request.headers)

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

    def set_default_headers(self) -> None:
        """Say nothing of what serves this."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what happened without a word of why; a fault of ours gets an error id."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        denied = error.__cause__ if isinstance(error, HTTPError) else None
        pages = self.visits.pages
        if status_code == 404:
            self.finish_page(pages.unknown(self.site.links(self.base)))
        elif status_code < 500 or isinstance(denied, Denied):
            headers = denied.headers if isinstance(denied, Denied) else {}
            text = TEXTS.get(status_code, "The request was not understood.")
            self.finish_page(pages.error(text, status_code, headers=headers))
        else:
            error_id = secrets.token_hex(4)
            exc_info = kwargs.get("exc_info")
            _log.error("error %s at %s", error_id, self.request.path, exc_info=exc_info)
            self.finish_page(pages.error("Something went wrong.", status_code, error_id))


class NotFoundView(GuardedView):
    """What no row names."""


class SocketView(GuardedView, CarrierSocket):
    """A websocket behind its row."""

    def prepare(self) -> None:
        """Refuse what the row does not allow, and whoever is one too many."""
        super().prepare()
        if self.site.is_full and not self._finished:
            self.refuse_for_now()

    def place(self) -> str | None:
        """Return where the session of the page is."""
        return self.visits.place_in(self.path_kwargs.get("app", ADMIN), token_in(self.subprotocols))

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

    @property
    def ping_interval(self) -> float:
        """How often Tornado asks whether the browser is still there."""
        return PING_SECONDS

    def get_compression_options(self) -> None:
        """Compress nothing: frames are encoded once and shared by all connections."""
        return

    def settle_in(self) -> None:
        """Begin a connection: small frames leave at once, and the server knows of it."""
        self.set_nodelay(True)
        self.site.sockets.add(self)

    def on_close(self) -> None:
        """Forget the connection."""
        super().on_close()
        self.site.sockets.discard(self)
