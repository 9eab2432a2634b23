"""Who makes a request: decided before a view runs, the same for pages and websockets."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from syncline.asgi.dependency import Dependency

UserSource = Callable[[Request], str | Awaitable[str | None] | None]


class Users:
    """Asks the function that knows, else Starlette's `AuthenticationMiddleware`."""

    def __init__(self, source: Any) -> None:
        # FastAPI's `Depends` is no function.
        depends = source is not None and not callable(source)
        self._source: UserSource | None = Dependency(source) if depends else source

    async def of(self, request: Request) -> str | None:
        """Return a user's name, or None for somebody unknown; the function may raise."""
        if self._source is not None:
            found = self._source(request)
            return _name(await found if inspect.isawaitable(found) else found)
        known = request.scope.get("user")
        if getattr(known, "is_authenticated", False):
            return _name(_identity(known))
        return None


def _identity(user: Any) -> Any:
    """Return what tells one of Starlette's users from all others."""
    try:
        return user.identity
    except (AttributeError, NotImplementedError):
        return user.display_name


def _name(found: Any) -> str | None:
    # One name for all whose user is no string would give them each other's sessions.
    if found is not None and not (isinstance(found, str) and found):
        raise TypeError(f"expected a user's name or None, got {type(found).__name__}")
    return found or None
