"""A Python file with hooks that say who somebody is; their names are those of Bokeh."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from syncline.hosting.auth.base import BaseAuth, Handler, Outcome
from syncline.hosting.auth.basic import WRONG
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.hooks import call
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.reply import Away, Form, Reply, Welcome, safe_next
from syncline.hosting.pages import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from syncline.hosting.auth.request import AuthRequest

HOOKS = frozenset(
    {
        "get_user",
        "get_user_async",
        "check_password",
        "login_url",
        "get_login_url",
        "login_handler",
        "logout_url",
        "logout_handler",
    }
)


class ModuleAuth(BaseAuth):
    """Asks the hooks of a module, or of whatever has some of their names as attributes.

    `get_user(request)` or `get_user_async` names the user of each request: a name, an `Identity`,
    or None. `check_password(user, password)` says the same of what was typed on our login page;
    `login_handler(request)` is a login page of one's own. Where neither is, `login_url` or
    `get_login_url(request)` is where people log in.
    """

    def __init__(self, source: str | Path | ModuleType | Any) -> None:
        self._hooks = _loaded(Path(source)) if isinstance(source, (str, Path)) else source
        known = [name for name in HOOKS if hasattr(self._hooks, name)]
        if not {"get_user", "get_user_async", "check_password", "login_handler"} & set(known):
            raise BadAuth(f"{source}: expected get_user, check_password or login_handler")

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The login page, ours or that of the module, and its way out."""
        routes: dict[str, Handler] = {}
        if self._hook("login_handler"):
            routes["login"] = self._handled
        elif self._hook("check_password"):
            routes["login"] = self._login
        if self._hook("logout_handler"):
            routes["logout"] = self._logged_out
        return routes

    async def identify(self, request: AuthRequest) -> Identity | None:
        """Ask who makes a request."""
        hook = self._hook("get_user_async") or self._hook("get_user")
        return None if hook is None else _identity(await call(hook, request))

    def login_url(self, next: str) -> str | None:
        """Return the module's address, or that of our login page."""
        url: str | None = getattr(self._hooks, "login_url", None)
        if url is None:
            return super().login_url(next)
        return url if "next=" in url else f"{url}{'&' if '?' in url else '?'}next={quote(next)}"

    def logout_url(self) -> str | None:
        """Return the module's address, or that of our page."""
        url: str | None = getattr(self._hooks, "logout_url", None)
        ours = "logout" if "logout" in self.routes else super().logout_url()
        return url or ours

    async def _login(self, request: AuthRequest) -> Outcome:
        if request.method != "POST":
            return Form()
        hook, user = self._hook("check_password"), request.form.get("user", "").strip()
        found = await call(hook, user, request.form.get("secret", "")) if hook else None
        identity = Identity(user, user) if found is True else _identity(found or None)
        if identity is None:
            return Form(WRONG, 401, user)
        return Welcome(identity, safe_next(request.arguments.get("next")))

    async def _handled(self, request: AuthRequest) -> Outcome:
        hook = self._hook("login_handler")
        return _outcome(await call(hook, request) if hook else None, request)

    async def _logged_out(self, request: AuthRequest) -> Outcome:
        hook = self._hook("logout_handler")
        return _outcome(await call(hook, request) if hook else None, request)

    def _hook(self, name: str) -> Callable[..., Any] | None:
        hook: Callable[..., Any] | None = getattr(self._hooks, name, None)
        return hook


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("syncline_auth_module", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BadAuth(f"no Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadAuth(f"{path}: {type(error).__name__}: {error}") from error
    return module


def _identity(found: Any) -> Identity | None:
    """Return who it is; a bare name is a user."""
    if found is None or isinstance(found, Identity):
        return found
    if isinstance(found, str) and found:
        return Identity(found, found)
    raise TypeError(f"expected a user's name, an Identity or None, got {type(found).__name__}")


def _outcome(found: Any, request: AuthRequest) -> Outcome:
    """Return what a handler's answer means: a page, a way elsewhere, or who has logged in."""
    if isinstance(found, (Reply, Welcome, Form, Away)):
        return found
    if isinstance(found, Page):
        return Reply(found)
    identity = _identity(found)
    if identity is None:
        return Form(WRONG if request.method == "POST" else None, 401)
    return Welcome(identity, safe_next(request.arguments.get("next")))
