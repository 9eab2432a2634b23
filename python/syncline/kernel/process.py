"""What this process has of a Jupyter kernel; asked without importing any of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

TARGET = "syncline.v1"


def ipython_kernel() -> Any | None:
    """Return this process's IPython kernel, or None where there is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def shell_of(kernel: Any) -> Any:
    """Return the IPython shell of a kernel; JupyterLite's kernel has no attribute for it."""
    shell = getattr(kernel, "shell", None)
    return shell if shell is not None else sys.modules["IPython"].get_ipython()


def main_loop(kernel: Any) -> asyncio.AbstractEventLoop | None:
    """Return the event loop of the kernel's main thread."""
    loop = getattr(getattr(kernel, "io_loop", None), "asyncio_loop", None)
    return loop if isinstance(loop, asyncio.AbstractEventLoop) else None


def connection_file() -> str | None:
    """Return the absolute path of the kernel's connection file, or None when it has none."""
    kernelapp = sys.modules.get("ipykernel.kernelapp")
    if kernelapp is None or not kernelapp.IPKernelApp.initialized():
        return None
    # Not `get_connection_file`: that prefers a file of this name in the working directory.
    path = Path(kernelapp.IPKernelApp.instance().abs_connection_file)
    return str(path) if path.is_absolute() and path.is_file() else None


def register_target(kernel: Any) -> None:
    """Answer the comms that pages open from now on."""
    manager = getattr(kernel, "comm_manager", None)
    if manager is not None and TARGET not in manager.targets:
        manager.register_target(TARGET, _open)


def _open(comm: Any, message: Any) -> None:
    # A page may ask before anything was displayed: after a restart, from its saved output.
    from syncline.kernel.runtime import runtime

    kernel = ipython_kernel()
    if kernel is not None:
        runtime(kernel).comms.open(comm, message)
