"""Where the kernels of sessions come from.

A session server starts its own; the jupyter-server extension gives its server's manager instead,
so that the kernels are listed and culled there.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from syncline.hosting.errors import KernelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_client.kernelspec import KernelSpecManager

_log = logging.getLogger("syncline.hosting")
END_SECONDS = 2.0
"""How long a kernel may take to end by itself."""
SECRETS = frozenset({"SYNCLINE_PROXY_SECRET", "SYNCLINE_SECRET_KEY", "SYNCLINE_STORE"})
"""Of the environment: who knows them can speak for the proxy, sign any name, read any session."""


@dataclass(frozen=True)
class Kernel:
    """A started kernel."""

    id: str
    manager: Any
    """An `AsyncKernelManager`, or what stands for one."""
    folder: str | None = None
    """Holds the connection file and the sockets; ends with the kernel."""


class KernelSource(Protocol):
    """Starts and ends kernels."""

    async def start(self, kernel_name: str | None, folder: Path, env: dict[str, str]) -> Kernel:
        """Start a kernel; raise `KernelFailed` when that cannot be done."""
        ...

    async def stop(self, kernel: Kernel) -> None:
        """End a kernel, gone or not."""
        ...


class OwnKernels:
    """Kernels that are children of this process."""

    async def start(self, kernel_name: str | None, folder: Path, env: dict[str, str]) -> Kernel:
        """Start a kernel; an unknown kernel name means Python's."""
        # Half a second of imports that a server of scripts does without, and no other waits for.
        client = await asyncio.to_thread(importlib.import_module, "jupyter_client.manager")
        name = known_kernel(kernel_name)
        private = tempfile.mkdtemp(prefix="syncline-")
        manager = client.AsyncKernelManager(
            kernel_name=name, shutdown_wait_time=END_SECONDS, **_sockets(private)
        )
        try:
            await manager.start_kernel(cwd=str(folder), env=environment(env))
        except Exception as error:
            shutil.rmtree(private, ignore_errors=True)
            raise KernelFailed(f"no kernel {name!r}: {error}") from error
        return Kernel(str(manager.kernel_id), manager, private)

    async def stop(self, kernel: Kernel) -> None:
        """Ask a kernel to end, so that it can tidy up, and kill it when it does not."""
        await kernel.manager.shutdown_kernel()
        if kernel.folder is not None:
            shutil.rmtree(kernel.folder, ignore_errors=True)


class ManagedKernels:
    """Kernels of a manager that a Jupyter server already has."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    async def start(self, kernel_name: str | None, folder: Path, env: dict[str, str]) -> Kernel:
        """Start a kernel where the server keeps the others."""
        name = known_kernel(kernel_name, self._manager.kernel_spec_manager)
        try:
            kernel_id = await self._manager.start_kernel(
                kernel_name=name, cwd=str(folder), env=environment(env)
            )
        except Exception as error:
            raise KernelFailed(f"no kernel {name!r}: {error}") from error
        return Kernel(kernel_id, self._manager.get_kernel(kernel_id))

    async def stop(self, kernel: Kernel) -> None:
        """End a kernel unless its user, or the server, already has."""
        if kernel.id in self._manager:
            await self._manager.shutdown_kernel(kernel.id)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what a kernel's process inherits: everything but this server's own secrets."""
    inherited = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return {**inherited, **extra}


def _sockets(private: str) -> dict[str, str]:
    """Return where a kernel listens: in a folder of our own, not on ports every user can read."""
    import zmq

    file = {"connection_file": f"{private}/kernel.json"}
    fits = len(private) + 8 <= getattr(zmq, "IPC_PATH_MAX_LEN", 100)
    if not (zmq.has("ipc") and fits):
        return file
    return {**file, "transport": "ipc", "ip": f"{private}/k"}


def known_kernel(name: str | None, specs: KernelSpecManager | None = None) -> str:
    """Return the kernel a notebook asks for, or Python's when it is not installed here."""
    from jupyter_client import kernelspec

    specs = specs or kernelspec.KernelSpecManager()
    if name:
        try:
            specs.get_kernel_spec(name)
        except kernelspec.NoSuchKernel:
            _log.warning("kernel %r is not installed here: using python3", name)
        else:
            return name
    return "python3"
