"""Everything a front needs that is not its web framework: sessions, kernels, pages, permissions."""

from syncline.hosting.bridge import Attachment, Bridge
from syncline.hosting.errors import HostingError, KernelFailed, TooManySessions
from syncline.hosting.kernels import KernelSource, ManagedKernels, OwnKernels
from syncline.hosting.origins import BadOrigin, Origins, is_loopback
from syncline.hosting.pages import Link, Page, Pages
from syncline.hosting.sessions import LiveSession, Sessions
from syncline.hosting.static import StaticFile, StaticFiles
from syncline.hosting.tokens import SUBPROTOCOL, Tokens, cookie_name
from syncline.hosting.visits import Place, Refused, Visit, Visitor, Visits

__all__ = [
    "SUBPROTOCOL",
    "Attachment",
    "BadOrigin",
    "Bridge",
    "HostingError",
    "KernelFailed",
    "KernelSource",
    "Link",
    "LiveSession",
    "ManagedKernels",
    "Origins",
    "OwnKernels",
    "Page",
    "Pages",
    "Place",
    "Refused",
    "Sessions",
    "StaticFile",
    "StaticFiles",
    "Tokens",
    "TooManySessions",
    "Visit",
    "Visitor",
    "Visits",
    "cookie_name",
    "is_loopback",
]
