"""The views; each is reached through a row of the route table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syncline.asgi.views.autoload import autoload
from syncline.asgi.views.document import document
from syncline.asgi.views.files import app_static, favicon, static
from syncline.asgi.views.index import SLASH, index, slash
from syncline.asgi.views.login import login
from syncline.asgi.views.metadata import metadata
from syncline.asgi.views.page import admin, page
from syncline.asgi.views.probes import health, metrics, ready
from syncline.asgi.views.session import admin_socket, socket
from syncline.asgi.views.start_over import start_over
from syncline.asgi.views.ticket import ticket
from syncline.asgi.views.upgrade import upgrade

if TYPE_CHECKING:
    from syncline.asgi.guard import PageView, SocketView

__all__ = ["PAGES", "SLASH", "SOCKETS"]

SOCKETS: Mapping[str, SocketView] = {
    "admin_socket": admin_socket,
    "socket": socket,
    "document": document,
}
PAGES: Mapping[str, PageView] = {
    "index": index,
    "favicon": favicon,
    "health": health,
    "ready": ready,
    "admin": admin,
    "metrics": metrics,
    "login": login,
    "logout": login,
    "callback": login,
    "static": static,
    "page": page,
    "ticket": ticket,
    "autoload": autoload,
    "metadata": metadata,
    "app static": app_static,
    "start-over": start_over,
    "slash": slash,
    **dict.fromkeys(SOCKETS, upgrade),
}
