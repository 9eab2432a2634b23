"""What the extension keeps in one server: its settings, session servers and app sessions."""

from __future__ import annotations

import asyncio
import atexit
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tornado.ioloop import PeriodicCallback

from syncline.jupyter.command import Command
from syncline.jupyter.sidecar import Sidecar

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_server.serverapp import ServerApp

    from syncline.apps import ApplicationContext
    from syncline.hosting import Pages, StaticFiles, Visits
    from syncline.hosting.session import ServerSession
    from syncline.jupyter.config import Syncline
    from syncline.jupyter.links import Links

SWEEP_MILLISECONDS = 5000


@dataclass
class ExtensionState:
    """One server's share of the extension; what only apps need is made for the first of them."""

    config: Syncline
    kernels: Any
    """The server's own manager: kernels of apps are listed and culled with all others."""
    sidecars: dict[str, Sidecar]
    hub: bool = False
    """Whether a JupyterHub has started this server: it knows who may reach it."""
    _applications: dict[str, ApplicationContext] = field(default_factory=dict)

    @classmethod
    def of(cls, serverapp: ServerApp, config: Syncline) -> ExtensionState:
        """Make the state of a server that is starting."""
        sidecars = {
            name: Sidecar(name, Command.of(name, setting), config, serverapp.log)
            for name, setting in config.servers.items()
        }
        hub = "JUPYTERHUB_SERVICE_PREFIX" in os.environ
        state = cls(config, serverapp.kernel_manager, sidecars, hub)
        # jupyter_server stops only extension *apps*; children see the end of a pipe besides.
        atexit.register(state.kill)
        PeriodicCallback(state.sweep, SWEEP_MILLISECONDS).start()
        return state

    @cached_property
    def static(self) -> StaticFiles:
        """The built front end."""
        from syncline.hosting import StaticFiles

        return StaticFiles()

    @cached_property
    def pages(self) -> Pages:
        """What renders pages."""
        from syncline.hosting import Pages

        return Pages(self.static)

    @cached_property
    def visits(self) -> Visits:
        """The reception of the apps."""
        from syncline.hosting import ManagedKernels, Sessions, Tokens, Visits

        sessions = Sessions(ManagedKernels(self.kernels), self.config.session_timeout)
        return Visits(sessions, Tokens(), self.pages, self._applications)

    @cached_property
    def links(self) -> Links:
        """The links to documents."""
        from syncline.jupyter.links import Links

        return Links()

    @property
    def app_sessions(self) -> list[ServerSession]:
        """The sessions of the apps."""
        return list(self.visits.sessions) if "visits" in self.__dict__ else []

    def application(self, path: str, file: Path) -> ApplicationContext:
        """Return the app at a path; its code runs in a kernel, never in this process."""
        from syncline.apps import ApplicationContext, application_for

        known = self._applications.get(path)
        if known is None:
            application = application_for(file, in_kernel=True)
            known = self._applications[path] = ApplicationContext(path, application)
        return known

    async def sweep(self) -> None:
        """End what nobody has used for its time."""
        if self.app_sessions:
            self.visits.sessions.expire()
        if "links" in self.__dict__:
            self.links.expire(self.kernels.list_kernel_ids())
        now = asyncio.get_running_loop().time()
        for sidecar in self.sidecars.values():
            if sidecar.idle(now):
                await sidecar.stop()

    def kill(self) -> None:
        """End every session server at once."""
        for sidecar in self.sidecars.values():
            sidecar.kill()
