"""P13: iopub messages and bytes per change, as a kernel publishes them."""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_most
from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, ROOT
from harness.result import Contender, Result
from wire.comm import SynclineComm

TITLE = "iopub messages and bytes per change: slider -> callback -> label"
METHOD = (
    "A kernel of its own for each contender; a ZeroMQ client stands for JupyterLab, comm messages "
    "go by a subshell as JupyterLab's do. It sets the slider, waits for the label and the kernel's "
    "idle, and counts what was published meanwhile: messages, and the bytes of all their parts."
)
APPS = BENCH / "apps"
SECONDS = 30.0
ROUNDS = 60
BARE = "bench.echo"
DOC = "application/vnd.syncline.doc.v1+json"
VIEW = "application/vnd.jupyter.widget-view+json"
Message = dict[str, Any]


class FrontEnd:
    """A kernel, and what a front end would see of it."""

    def __init__(self, python: Path) -> None:
        self.manager = KernelManager()
        spec = self.manager.kernel_spec
        assert spec is not None
        spec.argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        # What these sources are, whatever the environment has installed.
        paths = [str(ROOT / "python")] if python == OUR_PYTHON else []
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.subshell: str | None = None
        self.published = self.bytes = 0

    def next(self) -> Message:
        """Return the next message of iopub, and count it."""
        socket = self.client.iopub_channel.socket
        if not socket.poll(SECONDS * 1e3):
            raise RuntimeError("the kernel has fallen silent")
        _, parts = self.client.session.feed_identities(socket.recv_multipart())
        self.published += 1
        self.bytes += sum(map(len, parts))
        message: Message = self.client.session.deserialize(parts)
        return message

    def until_idle(self, request: str) -> Iterator[Message]:
        """Yield what is published until the kernel is done with a request."""
        while True:
            message = self.next()
            yield message
            mine = message["parent_header"].get("msg_id") == request
            if mine and message["content"].get("execution_state") == "idle":
                return

    def run(self, file: Path) -> list[Message]:
        """Run a cell; return what it published."""
        return list(self.until_idle(self.client.execute(file.read_text(encoding="utf-8"))))

    def open_subshell(self) -> None:
        """Make the subshell by which comm messages go."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        reply = self.client.get_control_msg(timeout=SECONDS)
        self.subshell = reply["content"]["subshell_id"]

    def send(self, kind: str, content: Message, buffers: list[bytes] | None = None) -> str:
        """Send a comm message; return its id."""
        message = self.client.session.msg(kind, content)
        message["header"]["subshell_id"] = self.subshell
        message["buffers"] = buffers or []
        self.client.shell_channel.send(message)
        request: str = message["header"]["msg_id"]
        return request

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


class Bare:
    """A comm whose kernel side sends everything back: the floor."""

    def __init__(self, front: FrontEnd) -> None:
        self.front, self.comm = front, uuid.uuid4().hex
        front.run(APPS / "lab_echo.py")
        front.open_subshell()
        content = {"comm_id": self.comm, "target_name": BARE, "data": {}}
        list(front.until_idle(front.send("comm_open", content)))

    def change(self, number: int) -> str:
        """Send a number."""
        return self.front.send("comm_msg", {"comm_id": self.comm, "data": {"value": number}})

    def answered(self, message: Message, number: int) -> bool:
        """Tell whether a message brings it back."""
        return message["content"].get("data", {}).get("value") == number


class Widgets:
    """ipywidgets: a slider's state goes up, a label's comes down."""

    def __init__(self, front: FrontEnd) -> None:
        self.front = front
        opened = [m for m in front.run(APPS / "lab_ipywidgets.py") if m["msg_type"] == "comm_open"]
        states = {m["content"]["comm_id"]: m["content"]["data"]["state"] for m in opened}
        self.slider = next(c for c, s in states.items() if s["_model_name"] == "IntSliderModel")
        self.label = next(c for c, s in states.items() if s["_model_name"] == "LabelModel")
        front.open_subshell()

    def change(self, number: int) -> str:
        """Set the slider as its view does."""
        data = {"method": "update", "state": {"value": number}, "buffer_paths": []}
        return self.front.send("comm_msg", {"comm_id": self.slider, "data": data})

    def answered(self, message: Message, number: int) -> bool:
        """Tell whether a message changes the label."""
        content = message["content"]
        said = content.get("data", {}).get("state", {}).get("value")
        return content.get("comm_id") == self.label and said == f"answer {number}"


class Ours:
    """Syncline over the comm."""

    def __init__(self, front: FrontEnd) -> None:
        self.front = front
        shown = [
            m for m in front.run(APPS / "lab_syncline.py") if m["msg_type"] == "execute_result"
        ]
        front.open_subshell()
        self.client = SynclineComm(shown[0]["content"]["data"][DOC]["doc"], front.send)
        self.client.open()
        while not self.client.live:
            self.client.hear(front.next())

    def change(self, number: int) -> str:
        """Set the slider as its view does."""
        return self.client.submit("value", number)

    def answered(self, message: Message, number: int) -> bool:
        """Tell whether the label and the outcome have come."""
        self.client.hear(message)
        return self.client.settled and self.client.values["text"] == f"answer {number}"


@dataclass
class Track:
    """One contender and what was counted."""

    name: str
    role: str
    python: Path
    begin: Callable[[FrontEnd], Any]
    messages: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def measure(self, rounds: int) -> None:
        """Make changes one by one; the first few warm up."""
        with front_end(self.python) as front:
            side = self.begin(front)
            for number in range(1, rounds + 6):
                self._change(front, side, number, keep=number > 5)

    def _change(self, front: FrontEnd, side: Any, number: int, *, keep: bool) -> None:
        before, bytes_before, began = front.published, front.bytes, time.perf_counter()
        took, request, idle, answered = 0.0, side.change(number), False, False
        while not (idle and answered):
            message = front.next()
            if not answered and side.answered(message, number):
                answered, took = True, time.perf_counter() - began
            mine = message["parent_header"].get("msg_id") == request
            idle = idle or (mine and message["content"].get("execution_state") == "idle")
        if keep:
            self.messages.append(front.published - before)
            self.bytes.append(front.bytes - bytes_before)
            self.milliseconds.append(took * 1e3)

    def figures(self) -> Contender:
        """Return what the result says."""
        every: dict[str, Any] = {
            "messages": round(statistics.mean(self.messages), 2),
            "bytes": round(statistics.mean(self.bytes)),
            "round_trip_ms": round(statistics.median(self.milliseconds), 2),
        }
        return Contender(self.name, self.role, every)


@contextmanager
def front_end(python: Path) -> Iterator[FrontEnd]:
    """Run a kernel."""
    front = FrontEnd(python)
    try:
        yield front
    finally:
        front.close()


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P13."""
    ours = by_name.get("syncline comm")
    messages = round(statistics.mean(ours.messages), 2) if ours else None
    kilobytes = round(statistics.mean(ours.bytes) / 1e3, 2) if ours else None
    return [
        at_most("comm: messages per change", messages, 3),
        at_most("comm: bytes per change", kilobytes, 1.8, " kB"),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P13."""
    every = [
        Track("bare comm", "floor", PEERS_PYTHON, Bare),
        Track("ipywidgets", "peer", PEERS_PYTHON, Widgets),
        Track("syncline comm", "ours", OUR_PYTHON, Ours),
    ]
    tracks = [one for one in every if wanted(one.name, one.role, only)]
    tracks = [one for one in tracks if one.role != "ours" or ours_runs("syncline.kernel")]
    for track in tracks:
        track.measure(10 if quick else ROUNDS)
    return Result(
        id="P13",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in tracks],
        checks=checks({track.name: track for track in tracks}),
        notes=["Over attach nothing of a document passes through iopub."],
        packages=("ipykernel", "ipywidgets", "jupyter_client"),
    )
