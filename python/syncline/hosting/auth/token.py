"""One secret for all: in a header, once in an address, or on the login page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.hosting.auth.base import BaseAuth, Handler, Outcome
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.logins import same
from syncline.hosting.auth.reply import Form, Welcome, safe_next

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.hosting.auth.request import AuthRequest

SHORTEST = 16
WRONG = "This is not the token."


class TokenAuth(BaseAuth):
    """Lets in whoever knows the token: all are alike, and each browser has its own sessions."""

    asks_user = False
    hidden: str | None = "token"

    def __init__(self, token: str) -> None:
        if len(token) < SHORTEST:
            raise BadAuth(f"a token has {SHORTEST} characters at least: see `syncline secret`")
        self._token = token

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The login page."""
        return {"login": self.login}

    async def identify(self, request: AuthRequest) -> Identity | None:
        """Let in a program that has the token in `Authorization: Bearer`."""
        return self._who(request.bearer)

    def of_address(self, request: AuthRequest) -> Identity | None:
        """Let in whoever has the token in the address."""
        return self._who(request.arguments.get("token"))

    def stamp(self, user: str | None) -> str | None:
        """End all logins with their token."""
        return self._token

    async def login(self, request: AuthRequest) -> Outcome:
        """Ask for the token."""
        if request.method != "POST":
            return Form()
        identity = self._who(request.form.get("secret"))
        if identity is None:
            return Form(WRONG, 401)
        return Welcome(identity, safe_next(request.arguments.get("next")))

    def _who(self, given: str | None) -> Identity | None:
        return Identity() if given is not None and same(given, self._token) else None
