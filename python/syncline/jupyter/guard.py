"""The check in front of every handler: identity, origin, the Authorizer.

jupyter_server lets anonymous requests through to handlers by default
(`allow_unauthenticated_access`), leaves GET without an origin check, and asks its Authorizer only
where a handler does.  Here all three happen in `prepare`, that is before a websocket is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError, authenticated

from syncline.hosting.origins import is_foreign_part
from syncline.hosting.tokens import TOKEN_HEADER
from syncline.transports.websocket import CarrierSocket

if TYPE_CHECKING:
    from syncline.jupyter.config import Syncline
    from syncline.jupyter.permissions import Action, Row
    from syncline.jupyter.state import ExtensionState

STATE = "syncline_state"
SUBPROTOCOL = "syncline.v1"
PING_SECONDS = 30.0


class Guarded(JupyterHandler):
    """A handler that runs only for what its row in the route table allows."""

    auth_resource = "syncline"

    def initialize(self, row: Row) -> None:
        self.row = row

    @property
    def state(self) -> ExtensionState:
        """The extension's state in this server."""
        state: ExtensionState = self.settings[STATE]
        return state

    @property
    def syncline(self) -> Syncline:
        """The extension's settings."""
        return self.state.config

    async def prepare(self, **options: Any) -> None:
        options.setdefault("_redirect_to_login", self.row.for_people)
        await super().prepare(**options)
        if self._finished:
            return
        if self.row.shares and not self.syncline.share_links:
            raise HTTPError(404)
        if self.request.method not in self.row.methods:
            raise HTTPError(405)
        if self.row.by_link and not self.state.hub:
            # The handler asks for the link; who this is does not matter.
            self._refuse_foreign()
        elif self.current_user is None:
            self._refuse_anonymous()
        else:
            await self._check_user()

    async def _check_user(self) -> None:
        self._refuse_foreign()
        if not await self.may(self.row.action):
            raise HTTPError(403, f"not allowed to {self.row.action} syncline")

    def check_xsrf_cookie(self) -> None:
        # JupyterHub asks for its XSRF token also when a page loads its own module scripts, which
        # cannot carry one.  Only where such files are: a page of another user of the same hub is
        # of the same origin, and may neither load a document's page nor start an app this way.
        by_token = self.row.page_token and TOKEN_HEADER in self.request.headers
        if not (by_token or (self.row.page_files and is_page_file(self))):
            super().check_xsrf_cookie()

    async def may(self, action: Action) -> bool:
        """Ask the server's Authorizer about this user."""
        verdict = self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        return bool(await ensure_async(verdict))

    def _refuse_foreign(self) -> None:
        if is_foreign(self):
            raise HTTPError(403, "cross-origin request refused")

    def _refuse_anonymous(self) -> None:
        if not self.row.for_people:
            raise HTTPError(403, "not signed in")
        authenticated(_nothing)(self)


class GuardedSocket(WebSocketMixin, CarrierSocket, Guarded):
    """A websocket behind the same check, made before the upgrade."""

    # Seconds, as Tornado counts them; jupyter_server's mixin has milliseconds under these names
    # and pings by a timer of its own, which `open` therefore leaves out.
    ping_interval = PING_SECONDS
    ping_timeout = PING_SECONDS

    def set_default_headers(self) -> None:
        """Leave out the headers of pages."""

    @property
    def max_message_size(self) -> int:
        return int(self.syncline.max_message_size)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.set_nodelay(True)


def is_foreign(handler: JupyterHandler) -> bool:
    """Tell whether another site made this request.

    Pages and apps start kernels on GET, so a foreign `<img>` or `fetch` is refused as a POST would
    be; following a link is not.
    """
    headers = handler.request.headers
    site = headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return False
    if site is not None and "Origin" not in headers:
        trusted = handler.allow_origin == "*" or handler.skip_check_origin()
        return not trusted and is_foreign_part(handler.request.method, headers)
    return not handler.check_origin()


def is_page_file(handler: JupyterHandler) -> bool:
    """Tell whether a page of this origin loads a script, style or font with this request.

    The browser says so; a script cannot.  `fetch` has the destination `empty` and is none of it.
    """
    headers = handler.request.headers
    return (
        handler.request.method in ("GET", "HEAD")
        and headers.get("Sec-Fetch-Site") == "same-origin"
        and headers.get("Sec-Fetch-Dest") in ("script", "style", "font")
    )


def _nothing(handler: JupyterHandler) -> None:
    return None
