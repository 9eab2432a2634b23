"""What a provider of identities is to its site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol
from urllib.parse import quote

from syncline.hosting.auth.reply import Away, Form, Reply, Welcome

if TYPE_CHECKING:
    from syncline.hosting.auth.identity import Identity
    from syncline.hosting.auth.request import AuthRequest

Outcome = Reply | Welcome | Form | Away
Handler = Callable[["AuthRequest"], Awaitable[Outcome]]


class Auth(Protocol):
    """Decides who makes a request, and lets people say it."""

    required: bool
    """Whether strangers are kept out."""
    asks_user: bool
    """Whether the login page asks for a name beside the secret."""
    hidden: str | None
    """An argument of addresses that holds a secret: it is taken out at once."""

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The rows of the table it answers, by name: `login`, `logout`, `callback`."""

    async def identify(self, request: AuthRequest) -> Identity | None:
        """Return who makes a request by what it says itself; a login cookie was tried before."""

    def of_address(self, request: AuthRequest) -> Identity | None:
        """Return who knows the secret that the argument `hidden` is."""

    def stamp(self, user: str | None) -> str | None:
        """Return what the logins of a user depend on; None where there is no such user."""

    def login_url(self, next: str) -> str | None:
        """Return where people log in, complete or from where the server is mounted."""

    def logout_url(self) -> str | None:
        """Return where they log out."""

    def elsewhere(self) -> str | None:
        """Return where they also may want to log out then: at the provider itself."""

    def key(self, secret: str | bytes) -> None:
        """Take the secret of the site, to sign with."""


class BaseAuth:
    """A provider without any route."""

    required: bool = True
    asks_user: bool = True
    hidden: str | None = None
    _no_routes: ClassVar[Mapping[str, Handler]] = MappingProxyType({})

    @property
    def routes(self) -> Mapping[str, Handler]:
        """Nothing."""
        return self._no_routes

    async def identify(self, request: AuthRequest) -> Identity | None:
        """Know nobody."""
        return None

    def of_address(self, request: AuthRequest) -> Identity | None:
        """Know no such secret."""
        return None

    def stamp(self, user: str | None) -> str | None:
        """Let all logins last."""
        return ""

    def login_url(self, next: str) -> str | None:
        """Return the address of the route `login`, where there is one."""
        if "login" not in self.routes:
            return None
        return f"login?next={quote(next, safe='')}" if next else "login"

    def logout_url(self) -> str | None:
        """Return the address of the route `logout`, where people can log in."""
        return "logout" if "login" in self.routes else None

    def elsewhere(self) -> str | None:
        """Return nothing: there is no other place."""
        return None

    def key(self, secret: str | bytes) -> None:
        """Sign nothing."""


class NoAuth(BaseAuth):
    """Everybody is a stranger, and strangers are welcome."""

    required = False

    def stamp(self, user: str | None) -> str | None:
        """Let no login last that another provider has begun."""
        return None
