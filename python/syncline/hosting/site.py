"""The applications served in one place, and all that serves them whatever the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypedDict

from syncline.apps import ApplicationContext, RequestFilter
from syncline.hosting.gate import Gate
from syncline.hosting.origins import Origins
from syncline.hosting.pages import Pages
from syncline.hosting.sessions import SESSION_TTL, Sessions
from syncline.hosting.static import StaticFiles
from syncline.hosting.tokens import Tokens
from syncline.hosting.visits import Visits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from syncline.apps import Application
    from syncline.hosting.kernels import KernelSource

RESTART = 1012


class Socket(Protocol):
    """An open websocket of a front."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Send the browser away."""


class SiteOptions(TypedDict, total=False):
    """What `Site` takes by name, for the fronts that hand it on."""

    index: bool | str | Path
    origins: Origins
    session_ttl: float
    secret_key: str | None
    proxy_secret: str | None
    include_headers: Iterable[str] | None
    exclude_headers: Iterable[str] | None
    include_cookies: Iterable[str] | None
    exclude_cookies: Iterable[str] | None
    kernels: KernelSource | None
    static: StaticFiles | None


class Site:
    """Applications by name, their sessions, and the rules for whoever asks for them.

    `index` is what `/` shows: the list of applications, or the only one there is (True); nothing
    (False); the application of that name; or a Jinja template of one's own, a path, which gets
    the `links`.
    """

    def __init__(
        self,
        applications: Mapping[str, Application],
        *,
        index: bool | str | Path = True,
        origins: Origins | None = None,
        session_ttl: float = SESSION_TTL,
        secret_key: str | None = None,
        proxy_secret: str | None = None,
        include_headers: Iterable[str] | None = None,
        exclude_headers: Iterable[str] | None = None,
        include_cookies: Iterable[str] | None = None,
        exclude_cookies: Iterable[str] | None = None,
        kernels: KernelSource | None = None,
        static: StaticFiles | None = None,
    ) -> None:
        self.contexts = {
            name: ApplicationContext(name, application)
            for name, application in applications.items()
        }
        self.index = index
        self.gate = Gate(origins or Origins(), proxy_secret)
        self.request_filter = RequestFilter.of(
            include_headers=include_headers,
            exclude_headers=exclude_headers,
            include_cookies=include_cookies,
            exclude_cookies=exclude_cookies,
        )
        self.static_files = static or StaticFiles()
        self.sessions = Sessions(kernels, session_ttl)
        self.visits = Visits(self.sessions, Tokens(secret_key), Pages(self.static_files))
        self.sockets: set[Socket] = set()
        """The websockets that are open."""

    def start(self) -> None:
        """Begin what goes on beside the requests; call it in the loop."""
        self.sessions.start(self.contexts.values())

    async def stop(self) -> None:
        """Tell the browsers to come back later, end all sessions and kernels."""
        for socket in tuple(self.sockets):
            socket.close(RESTART, "the server is stopping")
        await self.sessions.close()
