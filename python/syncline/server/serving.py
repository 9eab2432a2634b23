"""Serving until the end, in one process or in several behind one port."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.hosting.store import secret_beside
from syncline.server.errors import NotAllowed
from syncline.server.server import Server
from syncline.server.sockets import bind
from syncline.server.supervisor import Part, Supervisor

if TYPE_CHECKING:
    from syncline.hosting.names import Sources

Begun = Callable[[Server, bool], Awaitable[None]]


async def _nothing(server: Server, first: bool) -> None:
    """Go on at once."""


def serve(
    applications: Sources,
    *,
    num_procs: int = 1,
    begun: Begun = _nothing,
    failed: Callable[[BaseException], int] | None = None,
    **options: Any,
) -> int:
    """Serve until SIGINT or SIGTERM; `options` are those of `Server`. Return the exit status.

    With `num_procs` there are so many processes, 0 is one for each core. They are forked here: call
    it where there is no thread and no loop yet. A session lives in one of them, whichever takes the
    connection, and what is counted per server is counted per process. `await begun(server, first)`
    is called in each before it serves; `failed` says what an error there comes to.
    """
    count = num_procs or _cores()
    if count == 1:
        return asyncio.run(_serve(Server(applications, **options), begun, None))
    options["secret_key"] = _shared_secret(options.get("secret_key"), options.get("store"))
    if not hasattr(os, "fork"):
        raise NotAllowed("several processes behind one port need POSIX")
    path = options.get("unix_socket")
    path = None if path is None else Path(path)
    port = options.get("port", 5006)
    sockets = bind(options.get("address", "127.0.0.1"), port, path)

    def work(part: Part) -> int:
        server = Server(applications, sockets=sockets, procs=part.procs, **options)
        return asyncio.run(_serve(server, begun, part))

    try:
        return Supervisor(count, work, failed).run()
    finally:
        for socket in sockets:
            socket.close()
        if path is not None:
            path.unlink(missing_ok=True)


async def _serve(server: Server, begun: Begun, part: Part | None) -> int:
    if part is not None:
        part.when_alone(lambda: asyncio.ensure_future(server.stop()))
    try:
        await begun(server, part is None or part.first)
    except BaseException:
        await server.stop()
        raise
    if part is not None:
        part.ready()
    await server.serve()
    return 0


def _shared_secret(given: str | None, store: Any) -> str:
    """Return what all processes sign with."""
    if store is not None and not isinstance(store, str):
        raise NotAllowed("processes share a store by its name: each opens its own")
    kept = secret_beside(store) if given is None and store is not None else given
    return kept or secrets.token_urlsafe(32)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
