"""A session server: an HTTP server in front of applications."""

from __future__ import annotations

import logging
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from syncline.apps.names import several
from syncline.hosting import Origins, is_loopback
from syncline.hosting.auth.options import settle_provider
from syncline.server.application import SynclineTornado
from syncline.server.base import BaseServer
from syncline.server.errors import NotAllowed
from syncline.server.listener import BOUNDS, Listener
from syncline.server.router import Inbox
from syncline.server.sockets import bind
from syncline.server.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from socket import socket
    from typing import Unpack

    from tornado.ioloop import IOLoop

    from syncline.hosting.names import Sources
    from syncline.server.application import TornadoOptions

_log = logging.getLogger("syncline.server")
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - to recognise them


class Server(BaseServer):
    """Serves applications on a port or a Unix socket.

    `applications` is a path, a function of a document, an `Application`, or a mapping of names to
    these. The sockets are bound at once, so that a port in use is an error here and not later; 0
    takes a free port. `allow_origin` names the other addresses this server is reached by, and whose
    pages may call it, as `scheme://host[:port]`. With `use_xheaders` a proxy is believed who the
    caller is and whether they speak TLS; only a server that nobody can reach past the proxy may.
    With `sockets`, which listen already, it takes those and opens none; they are their opener's to
    take away. `http_server_kwargs` go to Tornado's `HTTPServer`. The other options:
    `SynclineTornado`.
    """

    def __init__(
        self,
        applications: Sources,
        io_loop: IOLoop | None = None,
        *,
        address: str = "127.0.0.1",
        port: int = 5006,
        unix_socket: str | Path | None = None,
        allow_origin: str | Iterable[str] = (),
        allow_anonymous: bool = False,
        use_xheaders: bool = False,
        ssl_certfile: str | Path | None = None,
        ssl_keyfile: str | Path | None = None,
        ssl_password: str | None = None,
        sockets: Sequence[socket] | None = None,
        http_server_kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[TornadoOptions],
    ) -> None:
        if "num_procs" in options:
            raise TypeError("several processes are served by syncline.server.serve(num_procs=...)")
        local = unix_socket is not None or options.get("proxy_secret") is not None
        public = not (local or is_loopback(address))
        auth = settle_provider(options)
        if public and not (auth.required or allow_anonymous):
            raise NotAllowed(
                f"anybody who can reach {address or 'this machine'} could use these apps: "
                "let them log in (--auth), or give --allow-anonymous if that is meant"
            )
        allowed = several(allow_origin)
        tls = tls_context(ssl_certfile, ssl_keyfile, ssl_password)
        options.setdefault("origins", Origins(address, allowed))
        application = SynclineTornado(applications, **options)
        # With TLS all comes by it, also what another process has taken it off.
        protocol = None if tls is None else "https"
        ours = {"xheaders": use_xheaders, "ssl_options": tls, "protocol": protocol}
        settings = {**BOUNDS, **ours}
        http_server = Listener(application, **{**settings, **(http_server_kwargs or {})})
        super().__init__(io_loop, application, http_server)
        self.unix_socket = None if unix_socket is None else Path(unix_socket)
        self.address = address
        self.scheme = "http" if tls is None else "https"
        self._is_opener = sockets is None
        self._sockets = bind(address, port, self.unix_socket) if sockets is None else list(sockets)
        self.port = None if self.unix_socket else self._sockets[0].getsockname()[1]
        procs = self.site.procs
        self._inbox = None if procs is None else Inbox(procs, http_server)
        if public and not auth.required:
            _log.warning("no authentication: anybody who can reach %s can use the apps", self.url)

    @property
    def url(self) -> str:
        """The address of the index."""
        path = f"{self.application.prefix}/"
        if self.unix_socket is not None:
            return f"{self.scheme}+unix://{quote(str(self.unix_socket), safe='')}{path}"
        literal = f"[{self.address}]" if ":" in self.address else self.address
        # No browser can go to "every address of this machine".
        host = "127.0.0.1" if self.address in EVERYWHERE else literal
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def urls(self) -> dict[str, str]:
        """The address of each application's page, by name."""
        return {name: self.url + quote(name) for name in self.site.contexts}

    def show(self, app: str | None = None) -> None:
        """Open a browser at an application, or at the index."""
        webbrowser.open(self.url if app is None else self.urls[self._known(app)])

    def unlisten(self) -> None:
        """Take no new connection; the port is free again, and the Unix socket's file is gone."""
        super().unlisten()
        # Those that never came to listen.
        for each in self._sockets:
            each.close()
        if self.unix_socket is not None and self._is_opener:
            self.unix_socket.unlink(missing_ok=True)
        if self._inbox is not None and self._started:
            self._inbox.stop()

    def _begin(self) -> None:
        super()._begin()
        if self._listening:
            self.http_server.add_sockets(self._sockets)
            if self._inbox is not None:
                self._inbox.start()
