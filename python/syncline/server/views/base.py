"""What every view does before its own code: check the call against its row of the table."""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tornado.web import HTTPError, RequestHandler

from syncline.hosting import SUBPROTOCOL, Page, Visits
from syncline.hosting.answers import answer_page
from syncline.hosting.origins import is_foreign_part
from syncline.hosting.permissions import OriginRule, Row
from syncline.transports.websocket import CarrierSocket

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext
    from syncline.server.application import SynclineTornado

SECRET_HEADER = "X-Syncline-Secret"
USER_HEADER = "X-Syncline-User"

_log = logging.getLogger("syncline.server")


class GuardedView(RequestHandler):
    """A view behind its row."""

    application: SynclineTornado
    row: Row | None = None

    def initialize(self, row: Row | None = None) -> None:
        """Take the row; the view for what no row names has none."""
        self.row = row

    def prepare(self) -> None:
        """Refuse what the row does not allow."""
        if not self._reached_properly():
            host = self.request.headers.get("Host")
            _log.warning("refused a request to %r: see --allow-origin", host)
            raise HTTPError(403)
        if self.row is None:
            raise HTTPError(404)
        if self.request.method not in self.row.methods:
            raise HTTPError(405)
        if self.row.origin is OriginRule.OWN and not self._own_origin():
            raise HTTPError(403, "foreign origin")

    @property
    def visits(self) -> Visits:
        """The reception behind this front."""
        return self.application.visits

    @property
    def user(self) -> str | None:
        """Who the proxy says this is; nobody else may say it."""
        if self.application.proxy_secret is None:
            return None
        return unquote(self.request.headers.get(USER_HEADER, "")) or None

    def context_of(self, app: str) -> ApplicationContext:
        """Return an application by its name, or answer 404."""
        try:
            return self.application.contexts[app]
        except KeyError:
            raise HTTPError(404) from None

    def finish_page(self, page: Page) -> None:
        """Answer with a page."""
        answer_page(self, page)

    def set_default_headers(self) -> None:
        """Say nothing of what serves this."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what happened without a word of why; a fault of ours gets an error id."""
        texts = {403: "This is not allowed.", 404: "There is no such page."}
        if status_code < 500:
            text = texts.get(status_code, "The request was not understood.")
            self.finish_page(self.visits.pages.error(text, status_code))
            return
        error_id = secrets.token_hex(4)
        _log.error("error %s at %s", error_id, self.request.path, exc_info=kwargs.get("exc_info"))
        page = self.visits.pages.error("Something went wrong.", status_code, error_id)
        self.finish_page(page)

    def _reached_properly(self) -> bool:
        secret = self.application.proxy_secret
        if secret is None:
            return self.application.origins.allows_host(self.request.headers.get("Host"))
        given = self.request.headers.get(SECRET_HEADER, "")
        return hmac.compare_digest(given.encode(), secret.encode())

    def _own_origin(self) -> bool:
        if self.application.proxy_secret is not None:
            return True
        headers = self.request.headers
        allowed = self.application.origins.allows_origin(headers.get("Origin"), headers.get("Host"))
        return allowed and not is_foreign_part(self.request.method, headers)


class NotFoundView(GuardedView):
    """What no row names."""


class SocketView(GuardedView, CarrierSocket):
    """A websocket behind its row."""

    def check_origin(self, origin: str) -> bool:
        """Leave the origin to `prepare`, which has compared it for every view alike."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose the protocol; the token beside it is never sent back."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_compression_options(self) -> None:
        """Compress nothing: frames are encoded once and shared by all connections."""
        return

    def settle_in(self) -> None:
        """Begin a connection: small frames leave at once, and the server knows of it."""
        self.set_nodelay(True)
        self.application.open_sockets.add(self)

    def on_close(self) -> None:
        """Forget the connection."""
        super().on_close()
        self.application.open_sockets.discard(self)
