"""Everything a front needs that is not its web framework: sessions, kernels, pages, permissions.

A name is loaded on first use: a Jupyter server that serves no app pays for none of this.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.hosting.admission import Admission
    from syncline.hosting.bridge import Attachment, Bridge
    from syncline.hosting.errors import HostingError, KernelFailed, Stopping, TooManySessions
    from syncline.hosting.kernels import KernelSource, ManagedKernels, OwnKernels
    from syncline.hosting.origins import BadOrigin, Origins, is_loopback
    from syncline.hosting.pages import Link, Page, Pages
    from syncline.hosting.refusals import Refused
    from syncline.hosting.session import ServerSession
    from syncline.hosting.sessions import Sessions
    from syncline.hosting.site import Site
    from syncline.hosting.static import StaticFile, StaticFiles
    from syncline.hosting.tokens import SUBPROTOCOL, Tokens, cookie_name
    from syncline.hosting.visitor import Place, Visit, Visitor
    from syncline.hosting.visits import Visits

__all__ = [
    "SUBPROTOCOL",
    "Admission",
    "Attachment",
    "BadOrigin",
    "Bridge",
    "HostingError",
    "KernelFailed",
    "KernelSource",
    "Link",
    "ManagedKernels",
    "Origins",
    "OwnKernels",
    "Page",
    "Pages",
    "Place",
    "Refused",
    "ServerSession",
    "Sessions",
    "Site",
    "StaticFile",
    "StaticFiles",
    "Stopping",
    "Tokens",
    "TooManySessions",
    "Visit",
    "Visitor",
    "Visits",
    "cookie_name",
    "is_loopback",
]

_MODULES = {
    "admission": ("Admission",),
    "bridge": ("Attachment", "Bridge"),
    "errors": ("HostingError", "KernelFailed", "Stopping", "TooManySessions"),
    "kernels": ("KernelSource", "ManagedKernels", "OwnKernels"),
    "origins": ("BadOrigin", "Origins", "is_loopback"),
    "pages": ("Link", "Page", "Pages"),
    "refusals": ("Refused",),
    "session": ("ServerSession",),
    "sessions": ("Sessions",),
    "site": ("Site",),
    "static": ("StaticFile", "StaticFiles"),
    "tokens": ("SUBPROTOCOL", "Tokens", "cookie_name"),
    "visitor": ("Place", "Visit", "Visitor"),
    "visits": ("Visits",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load what is asked for."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
