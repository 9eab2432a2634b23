"""What the extension keeps in one server: its settings, session servers and app sessions."""

from __future__ import annotations

import asyncio
import atexit
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tornado.ioloop import PeriodicCallback

from syncline.apps import ApplicationContext, application_for
from syncline.hosting import ManagedKernels, Pages, Sessions, StaticFiles, Tokens, Visits
from syncline.jupyter.command import Command
from syncline.jupyter.sidecar import Sidecar

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_server.serverapp import ServerApp

    from syncline.jupyter.config import Syncline

SWEEP_MILLISECONDS = 5000


@dataclass(slots=True)
class ExtensionState:
    """One server's share of the extension."""

    config: Syncline
    visits: Visits
    static: StaticFiles
    sidecars: dict[str, Sidecar]
    _applications: dict[str, ApplicationContext] = field(default_factory=dict)

    @classmethod
    def of(cls, serverapp: ServerApp, config: Syncline) -> ExtensionState:
        """Make the state of a server that is starting."""
        static = StaticFiles()
        # The server's own manager: kernels of apps are listed and culled with all others.
        sessions = Sessions(ManagedKernels(serverapp.kernel_manager), config.session_timeout)
        visits = Visits(sessions, Tokens(), Pages(static))
        sidecars = {
            name: Sidecar(name, Command.of(name, setting), config, serverapp.log)
            for name, setting in config.servers.items()
        }
        state = cls(config, visits, static, sidecars)
        # jupyter_server stops only extension *apps*; children see the end of a pipe besides.
        atexit.register(state.kill)
        PeriodicCallback(state.sweep, SWEEP_MILLISECONDS).start()
        return state

    @property
    def pages(self) -> Pages:
        """What renders pages."""
        return self.visits.pages

    def application(self, path: str, file: Path) -> ApplicationContext:
        """Return the app at a path; its code runs in a kernel, never in this process."""
        known = self._applications.get(path)
        if known is None:
            application = application_for(file, in_kernel=True)
            known = self._applications[path] = ApplicationContext(path, application)
        return known

    async def sweep(self) -> None:
        """End what nobody has used for its time."""
        self.visits.sessions.expire()
        now = asyncio.get_running_loop().time()
        for sidecar in self.sidecars.values():
            if sidecar.idle(now):
                await sidecar.stop()

    def kill(self) -> None:
        """End every session server at once."""
        for sidecar in self.sidecars.values():
            sidecar.kill()
