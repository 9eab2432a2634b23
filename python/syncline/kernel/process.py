"""What this process has of a Jupyter kernel; asked without importing any of it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from pathlib import Path
from typing import Any

from syncline.document.current import number_documents

TARGET = "syncline.v1"
KEEP_TARGET = "syncline.keep.v1"
PUBLISH_SECONDS = 0.002
"""How long a message waits at most for what was published before it."""


def ipython_kernel() -> Any | None:
    """Return this process's IPython kernel, or None where there is none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


def shell_of(kernel: Any) -> Any:
    """Return the IPython shell of a kernel; that of JupyterLite with what ipykernel's has."""
    shell = getattr(kernel, "shell", None)
    return shell if shell is not None else LiteShell(kernel, sys.modules["IPython"].get_ipython())


class LiteShell:
    """The shell of JupyterLite's kernel, which has one place for the request it answers."""

    def __init__(self, kernel: Any, shell: Any) -> None:
        self.events = shell.events
        self._kernel = kernel
        self._before: Any = None
        self._turned: Any = None

    @property
    def parent_header(self) -> Any:
        """The request that is answered now."""
        return getattr(self._kernel, "_parent_header", None)

    def set_thread_parent(self, parent: Any) -> None:
        """Turn the output of what runs now, until its next await, to a request's cell."""
        if self._turned is None:
            self._before = self.parent_header
            # A cell may be at an await, and its output stays its own.
            asyncio.get_running_loop().call_soon(self._turn_back)
        self._kernel._parent_header = self._turned = parent

    def _turn_back(self) -> None:
        # Unless a request has come meanwhile, which sets its own.
        if self.parent_header is self._turned:
            self._kernel._parent_header = self._before
        self._before = self._turned = None


def main_loop(kernel: Any) -> asyncio.AbstractEventLoop | None:
    """Return the event loop of the kernel's main thread; JupyterLite's kernel is in one already."""
    loop = getattr(getattr(kernel, "io_loop", None), "asyncio_loop", None)
    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def connection_file() -> str | None:
    """Return the absolute path of the kernel's connection file, or None when it has none."""
    kernelapp = sys.modules.get("ipykernel.kernelapp")
    if kernelapp is None or not kernelapp.IPKernelApp.initialized():
        return None
    # Not `get_connection_file`: that prefers a file of this name in the working directory.
    path = Path(kernelapp.IPKernelApp.instance().abs_connection_file)
    return str(path) if path.is_absolute() and path.is_file() else None


def send_published(kernel: Any) -> None:
    """Wait a moment until what the kernel has published so far is on its way.

    The `busy` of a request is sent by another thread, which would not run before the handler has
    done its work; and JupyterLab shows it before it looks at the answer, which takes it as long.
    """
    schedule = getattr(getattr(kernel, "iopub_thread", None), "schedule", None)
    if schedule is None:
        return
    sent = threading.Event()
    # Behind all that it has still to send.
    schedule(sent.set)
    sent.wait(PUBLISH_SECONDS)


def end_subshell(kernel: Any, subshell: str) -> None:
    """End a subshell for good, unless something is under way in it or widgets use it, too.

    A front end asks for that by a message; what a kernel itself has for it is not public, and where
    it is not there the subshell stays.
    """
    thread = getattr(kernel, "shell_channel_thread", None)
    manager: Any = getattr(thread, "manager", None)
    if thread is None or not hasattr(manager, "_delete_subshell"):
        return
    comms = list(kernel.comm_manager.comms.values())
    users = [c for c in comms if getattr(c, "_reply_subshell_id", None) == subshell]

    def end() -> None:
        # Of ipykernel's is a KeyError what says that it is gone.
        with contextlib.suppress(KeyError):
            if not manager.get_subshell_asyncio_lock(subshell).locked():
                manager._delete_subshell(subshell)

    if all(comm.target_name == TARGET for comm in users):
        thread.io_loop.add_callback(end)


def register_target(kernel: Any) -> None:
    """Answer the comms that pages open from now on."""
    manager = getattr(kernel, "comm_manager", None)
    if manager is not None and TARGET not in manager.targets:
        manager.register_target(TARGET, _open)


def serve_keeper(seed: str) -> None:
    """Let a session server keep this kernel's documents (`kernel.keeping`).

    `seed` is the same for each kernel of the session, and so are its documents' ids.
    """
    number_documents(seed)
    kernel = ipython_kernel()
    if kernel is not None:
        kernel.comm_manager.register_target(KEEP_TARGET, _keep)


def _keep(comm: Any, message: Any) -> None:
    from syncline.kernel.runtime import runtime

    kernel = ipython_kernel()
    if kernel is not None:
        runtime(kernel).keep(comm, message)


def _open(comm: Any, message: Any) -> None:
    # A page may ask before anything was displayed: after a restart, from its saved output.
    from syncline.kernel.runtime import runtime

    kernel = ipython_kernel()
    if kernel is not None:
        runtime(kernel).open(comm, message)
