"""The Tornado front: the session server."""

from syncline.hosting.errors import BadName
from syncline.hosting.names import named_applications
from syncline.server.application import SynclineTornado
from syncline.server.base import BaseServer
from syncline.server.errors import (
    AddressUnavailable,
    BadCertificate,
    NotAllowed,
    ServerError,
    UnknownSession,
)
from syncline.server.server import Server
from syncline.server.serving import serve

__all__ = [
    "AddressUnavailable",
    "BadCertificate",
    "BadName",
    "BaseServer",
    "NotAllowed",
    "Server",
    "ServerError",
    "SynclineTornado",
    "UnknownSession",
    "named_applications",
    "serve",
]
