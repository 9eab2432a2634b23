"""The Tornado front: the session server."""

from syncline.server.application import SynclineTornado
from syncline.server.base import BaseServer
from syncline.server.errors import (
    AddressUnavailable,
    BadCertificate,
    BadName,
    NotAllowed,
    ServerError,
    UnknownSession,
)
from syncline.server.names import named_applications
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
