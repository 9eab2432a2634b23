"""The Tornado application: routes, made from the table, in front of `hosting`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.routing import URLSpec
from tornado.web import Application as TornadoApplication

from syncline.apps import Application, ApplicationContext, RequestFilter
from syncline.hosting import (
    KernelSource,
    Origins,
    Pages,
    Sessions,
    StaticFiles,
    Tokens,
    Visits,
)
from syncline.hosting.permissions import Row, expression, routes
from syncline.hosting.sessions import SESSION_TTL
from syncline.server.views.base import GuardedView, NotFoundView, SocketView
from syncline.server.views.document import DocumentView
from syncline.server.views.health import HealthView
from syncline.server.views.index import IndexView
from syncline.server.views.page import PageView
from syncline.server.views.session import SessionView
from syncline.server.views.static import StaticView
from syncline.server.views.ticket import TicketView

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_MESSAGE = 16 << 20
"""Bytes; above the protocol's own limit, so that it is the protocol that refuses."""
PING_SECONDS = 20

VIEWS: Mapping[str, type[GuardedView]] = {
    "index": IndexView,
    "health": HealthView,
    "static": StaticView,
    "page": PageView,
    "ticket": TicketView,
    "socket": SessionView,
    "document": DocumentView,
}


class SynclineTornado(TornadoApplication):
    """Serves applications, each at `/<name>`."""

    def __init__(
        self,
        applications: Mapping[str, Application],
        *,
        origins: Origins | None = None,
        session_ttl: float = SESSION_TTL,
        secret_key: str | None = None,
        proxy_secret: str | None = None,
        request_filter: RequestFilter | None = None,
        kernels: KernelSource | None = None,
        static: StaticFiles | None = None,
    ) -> None:
        self.contexts = {
            name: ApplicationContext(name, application)
            for name, application in applications.items()
        }
        self.origins = origins or Origins()
        self.proxy_secret = proxy_secret
        """When set, only the proxy that knows it is answered, and it has judged Host and Origin."""
        self.request_filter = request_filter or RequestFilter()
        self.static_files = static or StaticFiles()
        self.sessions = Sessions(kernels, session_ttl)
        tokens = Tokens(secret_key)
        self.visits = Visits(self.sessions, tokens, Pages(self.static_files))
        self.open_sockets: set[SocketView] = set()
        super().__init__(
            [_rule(row) for row in routes().values()],
            default_handler_class=NotFoundView,
            websocket_max_message_size=MAX_MESSAGE,
            websocket_ping_interval=PING_SECONDS,
        )


def _rule(row: Row) -> URLSpec:
    return URLSpec(f"/{expression(row)}$", VIEWS[row.name], {"row": row}, name=row.name)
