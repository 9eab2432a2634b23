"""Links to a document: each lets whoever has it in, in a role, for a time, until it is taken back.

What a link says is signed, and counts only while this table has it: a new process, which has
another secret besides, knows none of those before it.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from syncline.hosting.signing import BadData, Signed

if TYPE_CHECKING:
    from collections.abc import Callable, Container

MOST_LINKS = 1000
MOST_PAGES = 200
"""Connections through one link: each is one to the kernel, too."""
LinkRole = Literal["view", "edit"]
# Why a link is good no more, in the words in which its page tells its reader (SPEC 6.5).
INVALID = "This link is not valid any more."
TAKEN_BACK = "This link was taken back."
OVER = "This link was for a time that is over."
LOST = "This link led to a document that is gone."


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """What is signed."""

    id: str
    kernel: str
    doc: str
    role: LinkRole
    expires: float


class Link(msgspec.Struct, frozen=True):
    """What one link grants."""

    id: str
    kernel: str
    doc: str
    role: LinkRole
    label: str
    """Whom it is for: the name under which others see who follows it."""
    created: float
    expires: float
    mounts: tuple[str, ...] = ()
    """Documents that were mounted in this one when the link was made: they belong to it."""

    @property
    def claim(self) -> Claim:
        """What its token says."""
        return Claim(self.id, self.kernel, self.doc, self.role, self.expires)

    @property
    def user(self) -> str:
        """The name of whoever follows it, where nobody else tells one."""
        return f"link:{self.label or self.id}"


class TooManyLinks(Exception):
    """There is no room for another one."""


class Links:
    """The links of one server; `clock` tells the seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        key = secrets.token_bytes(32)
        self._tokens = Signed(key, salt="syncline link")
        self._cookies = Signed(key, salt="syncline link cookie")
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._open: dict[str, set[Callable[[str], None]]] = {}

    def make(
        self,
        kernel: str,
        doc: str,
        role: LinkRole,
        *,
        seconds: float,
        label: str = "",
        mounts: tuple[str, ...] = (),
    ) -> Link:
        """Make a link. Raises TooManyLinks."""
        self.expire()
        if len(self._links) >= MOST_LINKS:
            raise TooManyLinks(f"there are {MOST_LINKS} links already")
        now = self._clock()
        id = secrets.token_urlsafe(16)
        link = Link(id, kernel, doc, role, label, now, now + seconds, mounts)
        self._links[id] = link
        return link

    def token(self, link: Link) -> str:
        """Return what the fragment of the link's address says."""
        return self._tokens.write(link.claim)

    def cookie(self, link: Link) -> str:
        """Return what a browser has once it has shown the token."""
        return self._cookies.write(link.claim)

    def shown(self, token: str | None, kernel: str, doc: str) -> Link | None:
        """Return the link that a token stands for, at the address of its document alone."""
        return self._read(self._tokens, token, kernel, doc)

    def followed(self, cookie: str | None, kernel: str, doc: str) -> Link | None:
        """Return the link that a cookie stands for, at the address of its document alone."""
        return self._read(self._cookies, cookie, kernel, doc)

    def good(self, link: Link) -> bool:
        """Tell whether a link still grants anything."""
        return link.id in self._links and self._clock() < link.expires

    def all(self) -> list[Link]:
        """Return those that are good, the oldest first."""
        self.expire()
        return list(self._links.values())

    def open(self, link: Link) -> int:
        """Return how many pages are connected through a link."""
        return len(self._open.get(link.id, ()))

    def full(self, link: Link) -> bool:
        """Tell whether a link is used by as many as may use it."""
        return self.open(link) >= MOST_PAGES

    def enter(self, link: Link, end: Callable[[str], None]) -> bool:
        """Be connected through a link, if it is good; `end` is told why once it is good no more."""
        if self.good(link):
            self._open.setdefault(link.id, set()).add(end)
        return self.good(link)

    def leave(self, link: Link, end: Callable[[str], None]) -> None:
        """Be connected no more."""
        self._open.get(link.id, set()).discard(end)

    def revoke(self, id: str, why: str = TAKEN_BACK) -> bool:
        """Take a link back: what is connected through it ends; tell whether it was there."""
        link = self._links.pop(id, None)
        for end in list(self._open.pop(id, ())):
            end(why)
        return link is not None

    def revoke_document(self, kernel: str, doc: str) -> None:
        """Take back the links to a document."""
        for link in list(self._links.values()):
            if (link.kernel, link.doc) == (kernel, doc):
                self.revoke(link.id, LOST)

    def expire(self, kernels: Container[str] | None = None) -> None:
        """Take back those whose time is over, and those to kernels that are not among these."""
        for link in list(self._links.values()):
            if not self.good(link):
                self.revoke(link.id, OVER)
            elif kernels is not None and link.kernel not in kernels:
                self.revoke(link.id, LOST)

    def _read(self, signed: Signed, text: str | None, kernel: str, doc: str) -> Link | None:
        try:
            claim = signed.read(text, Claim)
        except BadData:
            return None
        link = self._links.get(claim.id)
        here = (claim.kernel, claim.doc) == (kernel, doc)
        if link is None or link.claim != claim or not (here and self.good(link)):
            return None
        return link
