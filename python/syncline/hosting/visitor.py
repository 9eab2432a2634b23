"""Who comes, and what they are given: a page, or what a program needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncline.apps import Request

if TYPE_CHECKING:
    from syncline.hosting.pages import Page
    from syncline.hosting.tokens import Role


@dataclass(frozen=True)
class Visitor:
    """What a request says about who makes it, and what they may do."""

    cookie: str | None = None
    request: Request = field(default_factory=Request)
    role: Role = "edit"
    address: str | None = None
    """From where, as an IP address."""

    @property
    def user(self) -> str | None:
        """The user's name, where it is known."""
        return self.request.user


@dataclass(frozen=True)
class Place:
    """Where a page's socket and static files are, relative to the page's URL."""

    socket: str
    static: str
    files: str | None = None
    """The application's own files, where they are served."""
    start_over: str | None = None
    """What ends the session; None where there is no such thing."""
    logout: str | None = None
    """What ends the visitor's login; None where there is no such thing."""


@dataclass(frozen=True)
class Visit:
    """A page, and the cookie by which the next visit finds the same session."""

    page: Page
    cookie: str | None = None


@dataclass(frozen=True)
class Ticket:
    """What a program needs to connect to a session's document, as a page has it inside."""

    token: str
    title: str
    cookie: str | None
    theme: str | None = None
    """The application's own style sheet, relative to the ticket."""

    @property
    def answer(self) -> dict[str, str]:
        """What the program is told."""
        theme = {} if self.theme is None else {"theme": self.theme}
        return {"ws": "ws", "token": self.token, "title": self.title, **theme}
