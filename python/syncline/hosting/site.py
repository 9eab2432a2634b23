"""The applications served in one place, and all that serves them whatever the front."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from syncline.apps import ApplicationContext, AppNotFound, RequestFilter
from syncline.hosting.admin import Admin
from syncline.hosting.auth.door import Door
from syncline.hosting.auth.options import AuthOptions, door_options, settle_provider
from syncline.hosting.crowd import Crowd
from syncline.hosting.gate import Denied, Gate
from syncline.hosting.lag import watch_lag
from syncline.hosting.metrics import Metrics
from syncline.hosting.origins import Origins
from syncline.hosting.pages import Link, Pages
from syncline.hosting.rates import Rate
from syncline.hosting.refusals import RETRY_SECONDS
from syncline.hosting.sessions import MOST_SESSIONS, SESSION_TTL, Sessions
from syncline.hosting.static import StaticFiles
from syncline.hosting.store import open_store, secret_beside
from syncline.hosting.tokens import Tokens
from syncline.hosting.visits import Visits
from syncline.sync.errors import Close
from syncline.sync.messages import Limits
from syncline.sync.rate import Rate as ClientRate

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping
    from typing import Unpack

    from syncline.apps import Application, Scope
    from syncline.hosting.auth.door import Entry
    from syncline.hosting.auth.request import AuthRequest
    from syncline.hosting.kernels import KernelSource
    from syncline.hosting.procs import Procs
    from syncline.hosting.store import Store

RESTART = 1012
MOST_SOCKETS = 10_000
SESSION_RATE = 300.0
"""New sessions a minute, of one client."""
MOST_CLIENT_SOCKETS = 500
SMALLEST_FRAME = 1 << 16
"""Bytes; what is larger goes in parts, of which a head alone takes some."""


class Socket(Protocol):
    """An open websocket of a front."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Send the browser away."""


class SiteOptions(AuthOptions, total=False):
    """What `Site` takes by name, for the fronts that hand it on."""

    index: bool | str | Path
    origins: Origins
    session_ttl: float
    session_scope: Scope | None
    secret_key: str | None
    store: Store | str | None
    proxy_secret: str | None
    admins: str | Iterable[str]
    admin_token: str | None
    metrics_token: str | None
    app_state: Any
    max_sessions: int
    max_sockets: int
    session_rate: float
    max_client_sockets: int
    client_bytes: float
    client_seconds: float
    websocket_max_message_size: int
    include_headers: str | Iterable[str] | None
    exclude_headers: str | Iterable[str] | None
    include_cookies: str | Iterable[str] | None
    exclude_cookies: str | Iterable[str] | None
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
        admins: str | Iterable[str] = (),
        admin_token: str | None = None,
        metrics_token: str | None = None,
        app_state: Any = None,
        max_sessions: int = MOST_SESSIONS,
        max_sockets: int = MOST_SOCKETS,
        session_rate: float = SESSION_RATE,
        max_client_sockets: int = MOST_CLIENT_SOCKETS,
        client_bytes: float = ClientRate().bytes,
        client_seconds: float = ClientRate().seconds,
        websocket_max_message_size: int = Limits().frame,
        include_headers: str | Iterable[str] | None = None,
        exclude_headers: str | Iterable[str] | None = None,
        include_cookies: str | Iterable[str] | None = None,
        exclude_cookies: str | Iterable[str] | None = None,
        kernels: KernelSource | None = None,
        static: StaticFiles | None = None,
        procs: Procs | None = None,
        **auth: Unpack[AuthOptions],
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
        self.visits = Visits(
            self.sessions, tokens, pages, self.contexts, self._is_here, Rate(session_rate)
        )
        self.door = self._door(pages, secret, auth)
        self.sessions.maker.logout_url = self.door.auth.logout_url()
        self.admin = Admin(self, self.visits)
        self.sockets: set[Socket] = set()
        """The websockets that are open."""
        self.crowd = Crowd()
        """Whose they are."""
        self.max_sockets = max_sockets
        self.max_client_sockets = max_client_sockets
        self.client_rate = client_rate(client_bytes, client_seconds)
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

    def check_socket(self, entry: Entry, address: str | None) -> None:
        """Raise `Denied` for a websocket that is one too many, of all or of one client."""
        again = {"Retry-After": str(RETRY_SECONDS)}
        if self.is_full:
            raise Denied(503, headers=again)
        if self.crowd.size(entry, address) >= self.max_client_sockets:
            raise Denied(429, headers=again)

    def settle_in(self, socket: Socket, entry: Entry, address: str | None) -> bool:
        """Know of a websocket from now on; close the one of somebody who may nothing here."""
        self.sockets.add(socket)
        self.crowd.add(socket, entry, address)
        if entry.role is None:
            socket.close(Close.UNAUTHORISED, "log in first")
        return entry.role is not None

    def forget(self, socket: Socket) -> None:
        """Know nothing of a websocket any more."""
        self.sockets.discard(socket)
        self.crowd.discard(socket)

    def set_limits(self, limits: Limits) -> None:
        """Hold the clients of a session to what the server allows."""
        # What is larger goes in parts, both ways (SPEC 3.4).
        limits.frame = self.websocket_max_message_size
        limits.rate = self.client_rate

    def links(self, base: str = "", names: Iterable[str] | None = None) -> list[Link]:
        """Return a link to each application, seen from where the index is `base`."""
        return [
            Link(base + quote(name), self.contexts[name].application.title)
            for name in (self.contexts if names is None else names)
        ]

    async def known_to(self, entry: Entry, app: str | None) -> list[str] | None:
        """Return what somebody may know of who asks for an application that is not there."""
        if app is None or app in self.contexts:
            return None
        return await self.door.may_use(entry, self.contexts)

    def known_links(self, known: Iterable[str] | None, base: str) -> list[Link]:
        """Return a link to each application that is known; None is to whoever it may be."""
        hidden = known is None and self.door.is_closed
        return [] if hidden else self.links(base, known)

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

    def _door(self, pages: Pages, secret: str | bytes, options: AuthOptions) -> Door:
        auth, settings = settle_provider(options), door_options(options)
        return Door(
            auth,
            self.gate,
            pages,
            secret,
            on_logout=self._logged_out,
            was_handed=self._was_handed,
            **settings,
        )

    def _was_handed(self, request: AuthRequest, app: str) -> bool:
        return self.visits.admissions.was_handed(app, request.subprotocols)

    def _logged_out(self, login: str) -> None:
        """End the connections of a login that is over."""
        for socket in self.crowd.of_login(login):
            socket.close(Close.UNAUTHORISED, "logged out")

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


def client_rate(byte_rate: float, seconds: float) -> ClientRate:
    """Return the rate of a client, who may save up as much as by default."""
    usual = ClientRate()
    return ClientRate(
        byte_rate,
        byte_rate * usual.burst_bytes / usual.bytes,
        seconds,
        seconds * usual.burst_seconds / usual.seconds,
    )


def _secret(store: Store | str | None, given: str | None) -> str | bytes:
    """Return what signs names and entries: as given, that of the store, or a new one."""
    kept = secret_beside(store) if given is None and isinstance(store, str) else given
    return kept or secrets.token_bytes(32)
