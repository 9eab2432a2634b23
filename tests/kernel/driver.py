"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import os
import queue
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

SECONDS = 30.0
PYTHON = Path(__file__).parents[2] / "python"

LITE = """
import sys, threading

start = threading.Thread.start

def refuse(thread):
    # ZMQ, which JupyterLite has not, needs one.
    if thread.name.startswith("syncline"):
        raise RuntimeError("can't start new thread")
    start(thread)

class Kernel:
    _real, _turned, eventloop = get_ipython().kernel, None, None
    comm_manager = _real.comm_manager

    @property
    def _parent_header(self):
        return self._turned or self._real.get_parent()

    @_parent_header.setter
    def _parent_header(self, parent):
        self._turned = None if parent is self._real.get_parent() else parent

threading.Thread.start = refuse
get_ipython().kernel = Kernel()
del sys.modules["ipykernel"], sys.modules["ipykernel.kernelapp"]
import syncline.document.threads
syncline.document.threads.available = False
"""
"""Makes a kernel as JupyterLite's is: without ipykernel, with comms alone, without threads."""

Message = dict[str, Any]
Handler = Callable[[Message], None]


class Kernel:
    """A kernel process and the channels of one front end."""

    def __init__(self) -> None:
        # It is asked to end for half of that before it is ended by a signal.
        self.manager = KernelManager(kernel_name="python3", shutdown_wait_time=60)
        path = os.pathsep.join(filter(None, [str(PYTHON), os.environ.get("PYTHONPATH")]))
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": path})
        self._connect()

    @property
    def connection_file(self) -> Path:
        return Path(self.manager.connection_file)

    def run(self, code: str, cell: str | None = None) -> list[Message]:
        """Run a cell to its end; return what it published."""
        return self.start(code, cell)()

    def start(self, code: str, cell: str | None = None, deleted: Sequence[str] = ()) -> CellRun:
        """Start a cell, of a notebook where `cell` is its id; return what waits for its end."""
        run = CellRun()
        with self._lock:
            self._cells[self._execute(code, cell, deleted)] = run.inbox
        return run

    def _execute(self, code: str, cell: str | None, deleted: Sequence[str]) -> str:
        if cell is None:
            return str(self.client.execute(code))
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        about = {"cellId": cell, "deletedCells": list(deleted)}
        request = self.client.session.msg("execute_request", content, metadata=about)
        self.client.shell_channel.send(request)
        return str(request["header"]["msg_id"])

    def shown(self, code: str) -> dict[str, Any]:
        """Run a cell; return the MIME bundle of its last expression."""
        for message in self.run(code):
            if message["msg_type"] == "execute_result":
                data: dict[str, Any] = message["content"]["data"]
                return data
        raise AssertionError("the cell showed nothing")

    def value(self, expression: str) -> str:
        """Return the repr of an expression in the kernel."""
        text: str = self.shown(f"({expression})")["text/plain"]
        return text

    def subshell(self) -> str:
        """Make a subshell, as JupyterLab does for a comm target."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        while True:
            reply = self.client.get_control_msg(timeout=SECONDS)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                name: str = reply["content"]["subshell_id"]
                return name

    def comm(self, handler: Handler, subshell: str | None = None) -> CommEnd:
        """Return a front end's side of a new comm, not opened yet."""
        return CommEnd(self, uuid.uuid4().hex, handler, subshell)

    def listen(self, comm_id: str, handler: Handler) -> None:
        """Give the messages of a comm to `handler`, as `createComm` without opening does."""
        handlers = self._comms.setdefault(comm_id, [])
        if handler not in handlers:
            handlers.append(handler)

    def tap(self) -> queue.Queue[Message]:
        """Return what gets every message that is published from now on."""
        tap: queue.Queue[Message] = queue.Queue()
        self._taps.append(tap)
        return tap

    def send(self, message: Message) -> None:
        with self._lock:
            self.client.shell_channel.send(message)

    def restart(self) -> None:
        """Restart the kernel process and connect anew."""
        self._disconnect()
        self.manager.restart_kernel()
        self._connect()

    def shutdown(self) -> None:
        """Ask the kernel to end, and wait until it has."""
        self._disconnect()
        self.manager.shutdown_kernel()
        self.manager.cleanup_resources()
        # What jupyter_client runs its coroutines on, and does not close.
        ensure_event_loop().close()

    def _connect(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[str, queue.Queue[Message]] = {}
        self._comms: dict[str, list[Handler]] = {}
        self._taps: list[queue.Queue[Message]] = []
        self._ended = threading.Event()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _disconnect(self) -> None:
        self._ended.set()
        self._reader.join()
        self.client.stop_channels()

    def _read(self) -> None:
        # The client's own `get_iopub_msg` would leave an event loop behind on this thread.
        socket = self.client.iopub_channel.socket
        while not self._ended.is_set():
            if socket.poll(50):
                _, message = self.client.session.recv(socket)
                self._route(message)

    def _route(self, message: Message) -> None:
        for tap in self._taps:
            tap.put(message)
        with self._lock:
            inbox = self._cells.get(message["parent_header"].get("msg_id", ""))
        if message["msg_type"].startswith("comm_"):
            for handler in list(self._comms.get(message["content"]["comm_id"], [])):
                handler(message)
        elif inbox is not None:
            inbox.put(message)


class CellRun:
    """A cell that was run, and what it is told afterwards."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue()
        self.told: dict[str, str] = {}

    def __call__(self) -> list[Message]:
        """Wait for its end; return what it published until then."""
        published: list[Message] = []
        while True:
            message = self.inbox.get(timeout=SECONDS)
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    return published
                continue
            published.append(message)

    def until_told(self, text: str, stream: str = "stdout") -> str:
        """Wait until a text came out in this cell, after its end too; return all that did."""
        while text not in self.told.get(stream, ""):
            message = self.inbox.get(timeout=SECONDS)
            if message["msg_type"] == "stream":
                name = message["content"]["name"]
                self.told[name] = self.told.get(name, "") + message["content"]["text"]
        return self.told[stream]


class CommEnd:
    """A front end's side of a comm."""

    def __init__(
        self, kernel: Kernel, comm_id: str, handler: Handler, subshell: str | None
    ) -> None:
        self._kernel = kernel
        self._subshell = subshell
        self.comm_id = comm_id
        kernel.listen(comm_id, handler)

    def open(self, target: str, data: Any, buffers: list[bytes] | None = None) -> None:
        self._send("comm_open", {"target_name": target, "data": data}, buffers)

    def send(self, data: Any, buffers: list[bytes] | None = None) -> None:
        self._send("comm_msg", {"data": data}, buffers)

    def close(self) -> None:
        self._send("comm_close", {"data": {}})

    def go_by(self, subshell: str | None) -> None:
        """Send by a subshell from now on, or by the main shell."""
        self._subshell = subshell

    def _send(self, kind: str, content: Any, buffers: list[bytes] | None = None) -> None:
        message = self._kernel.client.session.msg(kind, {"comm_id": self.comm_id, **content})
        message["buffers"] = buffers or []
        if self._subshell is not None:
            message["header"]["subshell_id"] = self._subshell
        self._kernel.send(message)
