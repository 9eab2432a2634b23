"""A session server: sockets, the HTTP server on them, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets, bind_unix_socket

from syncline.apps import RequestFilter
from syncline.hosting import KernelSource, Origins, StaticFiles, is_loopback
from syncline.hosting.sessions import SESSION_TTL
from syncline.server.application import SynclineTornado
from syncline.server.errors import AddressUnavailable, NotAllowed
from syncline.server.names import Sources, named_applications

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger("syncline.server")
RESTART = 1012
CLOSE_SECONDS = 2.0
MOST_BODY = 1 << 16
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - to recognise them


class BaseServer:
    """Serves a `SynclineTornado` on sockets that are already bound."""

    def __init__(self, application: SynclineTornado, sockets: list[socket.socket]) -> None:
        self.application = application
        self._sockets = sockets
        # No route takes a body, and Tornado reads it before any view can refuse.
        self._http = HTTPServer(application, xheaders=False, max_body_size=MOST_BODY)
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to answer, in the running loop."""
        self._http.add_sockets(self._sockets)
        self._keeper = asyncio.ensure_future(self.application.sessions.keep())

    async def stop(self) -> None:
        """Answer no more, tell the browsers to come back later, end all sessions and kernels."""
        self._http.stop()
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        for view in tuple(self.application.open_sockets):
            view.close(RESTART, "the server is stopping")
        await self.application.sessions.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._http.close_all_connections()

    async def serve(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, stopping.set)
            except NotImplementedError:
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
        self.start()
        try:
            await stopping.wait()
        finally:
            await self.stop()

    def run_until_shutdown(self) -> None:
        """Serve in a loop of its own until SIGINT or SIGTERM."""
        asyncio.run(self.serve())


class Server(BaseServer):
    """Serves applications on a port or a Unix socket.

    `applications` is a path, a function of a document, an `Application`, or a mapping of names to
    these. The sockets are bound at once, so that a port in use is an error here and not later.
    """

    def __init__(
        self,
        applications: Sources,
        *,
        port: int = 5006,
        address: str = "127.0.0.1",
        unix_socket: str | Path | None = None,
        allow_origins: Iterable[str] = (),
        allow_anonymous: bool = False,
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
        named = named_applications(applications)
        public = unix_socket is None and proxy_secret is None and not is_loopback(address)
        if public and not allow_anonymous:
            raise NotAllowed(
                f"anybody who can reach {address or 'this machine'} could use these apps: "
                "give --allow-anonymous if that is meant"
            )
        application = SynclineTornado(
            named,
            origins=Origins(address, allow_origins),
            session_ttl=session_ttl,
            secret_key=secret_key,
            proxy_secret=proxy_secret,
            request_filter=RequestFilter.of(
                include_headers=include_headers,
                exclude_headers=exclude_headers,
                include_cookies=include_cookies,
                exclude_cookies=exclude_cookies,
            ),
            kernels=kernels,
            static=static,
        )
        self.unix_socket = None if unix_socket is None else Path(unix_socket)
        self.address = address
        super().__init__(application, _bind(address, port, self.unix_socket))
        self.port: int | None = None
        if self.unix_socket is None:
            self.port = self._sockets[0].getsockname()[1]
        if public:
            _log.warning("no authentication: anybody who can reach %s can use the apps", self.url)

    @property
    def url(self) -> str:
        """The address of the index."""
        if self.unix_socket is not None:
            return f"http+unix://{quote(str(self.unix_socket), safe='')}/"
        literal = f"[{self.address}]" if ":" in self.address else self.address
        # No browser can go to "every address of this machine".
        host = "127.0.0.1" if self.address in EVERYWHERE else literal
        return f"http://{host}:{self.port}/"

    @property
    def urls(self) -> dict[str, str]:
        """The address of each application's page, by name."""
        return {name: self.url + quote(name) for name in self.application.contexts}

    async def stop(self) -> None:
        """End everything, the Unix socket's file too."""
        await super().stop()
        if self.unix_socket is not None:
            self.unix_socket.unlink(missing_ok=True)


def _bind(address: str, port: int, unix_socket: Path | None) -> list[socket.socket]:
    try:
        if unix_socket is not None:
            return [_bind_unix(unix_socket)]
        return bind_sockets(port, address)
    except OSError as error:
        where = unix_socket or f"{address}:{port}"
        raise AddressUnavailable(f"cannot listen on {where}: {_reason(error)}") from error


def _bind_unix(path: Path) -> socket.socket:
    # Tornado removes a socket that is there; one that still answers belongs to another server.
    if path.exists() and (not path.is_socket() or _answers(path)):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    # Made under a tight umask: there is no moment at which others could connect.
    before = os.umask(0o177)
    try:
        return bind_unix_socket(str(path), mode=0o600)
    finally:
        os.umask(before)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
