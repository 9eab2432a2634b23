"""Names and passwords from a file, asked for on a page of ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from syncline.hosting.auth.base import BaseAuth, Handler, Outcome
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.reply import Form, Welcome, safe_next
from syncline.hosting.auth.users import Users, normal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from syncline.hosting.auth.request import AuthRequest

AT_ONCE = 2
"""Passwords compared at a time: each takes 64 MiB and some hundredths of a second."""
WRONG = "The name or the password is wrong."


class BasicAuth(BaseAuth):
    """Lets in the users of a file, which `syncline passwd` writes."""

    def __init__(self, users: str | Path) -> None:
        self.users = Users(users)
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The login page."""
        return {"login": self.login}

    def stamp(self, user: str | None) -> str | None:
        """End a user's logins with the password, and with the user."""
        return self.users.hash_of(user)

    async def login(self, request: AuthRequest) -> Outcome:
        """Ask for a name and a password."""
        if request.method != "POST":
            return Form()
        user = normal(request.form.get("user", "").strip())
        password = request.form.get("secret", "")
        async with self._turns:
            # Beside the loop, and not where slow applications wait.
            right = await asyncio.to_thread(self.users.check, user, password)
        if not right:
            return Form(WRONG, 401, user)
        return Welcome(Identity(user, user), safe_next(request.arguments.get("next")))
