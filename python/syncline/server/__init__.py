"""The Tornado front: the session server."""

from syncline.server.application import SynclineTornado
from syncline.server.errors import AddressUnavailable, BadName, NotAllowed, ServerError
from syncline.server.names import named_applications
from syncline.server.server import BaseServer, Server

__all__ = [
    "AddressUnavailable",
    "BadName",
    "BaseServer",
    "NotAllowed",
    "Server",
    "ServerError",
    "SynclineTornado",
    "named_applications",
]
