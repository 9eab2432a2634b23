"""Authorizers for servers under test; named in their configuration."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth import Authorizer


class DenyAll(Authorizer):
    """Forbid everything to everybody who is signed in."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return False


class ReadOnly(Authorizer):
    """Allow looking; allow everything else but Syncline, so that tests can start kernels."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "syncline" or action == "read"
