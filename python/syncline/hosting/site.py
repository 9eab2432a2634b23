"""The applications served in one place, and all that serves them whatever the front."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypedDict
from urllib.parse import quote

from syncline.apps import ApplicationContext, AppNotFound, RequestFilter
from syncline.hosting.admin import Admin
from syncline.hosting.gate import Gate
from syncline.hosting.lag import watch_lag
from syncline.hosting.metrics import Metrics
from syncline.hosting.origins import Origins
from syncline.hosting.pages import Link, Pages
from syncline.hosting.sessions import MOST_SESSIONS, SESSION_TTL, Sessions
from syncline.hosting.static import StaticFiles
from syncline.hosting.store import open_store, secret_beside
from syncline.hosting.tokens import Tokens
from syncline.hosting.visits import Visits
from syncline.sync.messages import Limits

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping

    from syncline.apps import Application, Scope
    from syncline.hosting.kernels import KernelSource
    from syncline.hosting.procs import Procs
    from syncline.hosting.store import Store

RESTART = 1012
MOST_SOCKETS = 10_000
SMALLEST_FRAME = 1 << 16
"""Bytes; what is larger goes in parts, of which a head alone takes some."""


class Socket(Protocol):
    """An open websocket of a front."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Send the browser away."""


class SiteOptions(TypedDict, total=False):
    """What `Site` takes by name, for the fronts that hand it on."""

    index: bool | str | Path
    origins: Origins
    session_ttl: float
    session_scope: Scope | None
    secret_key: str | None
    store: Store | str | None
    proxy_secret: str | None
    admins: Iterable[str]
    admin_token: str | None
    metrics_token: str | None
    app_state: Any
    max_sessions: int
    max_sockets: int
    websocket_max_message_size: int
    include_headers: Iterable[str] | None
    exclude_headers: Iterable[str] | None
    include_cookies: Iterable[str] | None
    exclude_cookies: Iterable[str] | None
    kernels: KernelSource | None
    static: StaticFiles | None
    procs: Procs | None


class Site:
    """Applications by name, their sessions, and the rules for whoever asks for them.

    `index` is what `/` shows: the list of applications, or the only one there is (True); nothing
    (False); the application of that name; or a Jinja template of one's own, a path, which gets
    the `links`. `session_scope` says for all applications whose a session is, instead of what each
    says itself. `store`, such as `"sqlite:sessions.db"`, keeps sessions beyond this process;
    `secret_key` signs what is in it, and has to be the same after a restart: where none is given,
    that of an SQLite file is beside it. `app_state` is handed to the applications' code as it is.
    """

    def __init__(
        self,
        applications: Mapping[str, Application],
        *,
        index: bool | str | Path = True,
        origins: Origins | None = None,
        session_ttl: float = SESSION_TTL,
        session_scope: Scope | None = None,
        secret_key: str | None = None,
        store: Store | str | None = None,
        proxy_secret: str | None = None,
        admins: Iterable[str] = (),
        admin_token: str | None = None,
        metrics_token: str | None = None,
        app_state: Any = None,
        max_sessions: int = MOST_SESSIONS,
        max_sockets: int = MOST_SOCKETS,
        websocket_max_message_size: int = Limits().frame,
        include_headers: Iterable[str] | None = None,
        exclude_headers: Iterable[str] | None = None,
        include_cookies: Iterable[str] | None = None,
        exclude_cookies: Iterable[str] | None = None,
        kernels: KernelSource | None = None,
        static: StaticFiles | None = None,
        procs: Procs | None = None,
    ) -> None:
        self.contexts = {
            name: ApplicationContext(name, application, session_scope)
            for name, application in applications.items()
        }
        self.app_state = app_state
        self.index = self._index(index)
        self.gate = Gate(
            origins or Origins(),
            proxy_secret=proxy_secret,
            admins=admins,
            admin_token=admin_token,
            metrics_token=metrics_token,
        )
        self.request_filter = RequestFilter.of(
            include_headers=include_headers,
            exclude_headers=exclude_headers,
            include_cookies=include_cookies,
            exclude_cookies=exclude_cookies,
        )
        self.static_files = static or StaticFiles()
        self.sessions = Sessions(kernels, session_ttl, most=max_sessions)
        kept = open_store(store) if isinstance(store, str) else store
        secret = _secret(store, secret_key)
        if kept is not None:
            self.sessions.keep_in(kept, secret)
        tokens, pages = Tokens(secret), Pages(self.static_files)
        self.procs = procs
        """The processes it is served by, this one and others."""
        self.visits = Visits(self.sessions, tokens, pages, self.contexts, self._is_here)
        self.admin = Admin(self, self.visits)
        self.sockets: set[Socket] = set()
        """The websockets that are open."""
        self.max_sockets = max_sockets
        self.websocket_max_message_size = max(websocket_max_message_size, SMALLEST_FRAME)
        self.metrics = Metrics(self)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def _is_here(self, place: str) -> bool:
        return self.procs is None or self.procs.has(place)

    @property
    def app_state(self) -> Any:
        """What the program around hands to the applications' code."""
        return self._app_state

    @app_state.setter
    def app_state(self, state: Any) -> None:
        self._app_state = state
        for context in self.contexts.values():
            context.app_state = state

    @property
    def is_ready(self) -> bool:
        """Whether new visitors are welcome: all is loaded, and nothing is ending."""
        return bool(self._tasks) and self.sessions.ready and not self._stopping

    @property
    def keeps_sessions(self) -> bool:
        """Whether what sessions are kept in works, where there is such a thing."""
        keeper = self.sessions.keeper
        return keeper is None or keeper.healthy

    @property
    def is_full(self) -> bool:
        """Whether no more websockets are welcome."""
        return len(self.sockets) >= self.max_sockets

    def links(self, base: str = "") -> list[Link]:
        """Return a link to each application, seen from where the index is `base`."""
        return [
            Link(base + quote(name), context.application.title)
            for name, context in self.contexts.items()
        ]

    def start(self) -> None:
        """Begin what goes on beside the requests, also after a stop; call it in the loop."""
        if self._tasks:
            return
        self._stopping = False
        self.sessions.start(self.contexts.values())
        self.admin.start()
        beside = (self.admin.keep(), watch_lag(self.metrics.lag.observe))
        self._tasks = [asyncio.ensure_future(work) for work in beside]

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the requests from now on until the end."""
        self._tasks.append(asyncio.ensure_future(work))

    async def stop(self) -> None:
        """Tell the browsers to come back later, end all sessions and kernels."""
        self._stopping = True
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for socket in tuple(self.sockets):
            socket.close(RESTART, "the server is stopping")
        await self.sessions.close()
        await self.admin.stop()

    def _index(self, index: bool | str | Path) -> bool | str | Path:
        """Return the name of the application that is the index, or what else it is."""
        if index is True and len(self.contexts) == 1:
            return next(iter(self.contexts))
        if isinstance(index, bool):
            return index
        if isinstance(index, str) and index.strip("/") in self.contexts:
            return index.strip("/")
        if not Path(index).is_file():
            raise AppNotFound(f"the index is neither an app nor a file: {index}")
        return Path(index)


def _secret(store: Store | str | None, given: str | None) -> str | bytes:
    """Return what signs names and entries: as given, that of the store, or a new one."""
    kept = secret_beside(store) if given is None and isinstance(store, str) else given
    return kept or secrets.token_bytes(32)
