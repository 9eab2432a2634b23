"""import: what importing the library costs the first cell of a kernel."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from harness.contenders import ours_runs, wanted
from harness.figures import at_most, summary
from harness.process import OUR_PYTHON, PEERS_PYTHON
from harness.result import Contender, Result

TITLE = "import in a fresh kernel"
METHOD = (
    "A kernel is started anew for each round, in turns. Its first cell imports what a notebook "
    "imports to display something, and says how long that took."
)
ROUNDS = 15
SECONDS = 60
TIMED = "import time; t = time.perf_counter(); {}; t = time.perf_counter() - t"


@dataclass
class Track:
    """One contender, the statement its users write, and the milliseconds it took."""

    name: str
    role: str
    python: Path
    statement: str
    milliseconds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Start a kernel, import, keep the time."""
        manager = KernelManager()
        spec = manager.kernel_spec
        assert spec is not None
        spec.argv = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        manager.start_kernel()
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=SECONDS)
            self.milliseconds.append(self._ask(client) * 1e3)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()

    def _ask(self, client: Any) -> float:
        reply = client.execute_interactive(
            TIMED.format(self.statement), user_expressions={"t": "t"}, timeout=SECONDS
        )
        return float(literal_eval(reply["content"]["user_expressions"]["t"]["data"]["text/plain"]))


def tracks() -> list[Track]:
    """Return all contenders."""
    return [
        Track("ipywidgets", "peer", PEERS_PYTHON, "import ipywidgets"),
        Track("bokeh", "peer", PEERS_PYTHON, "import bokeh.io, bokeh.plotting"),
        Track("panel", "peer", PEERS_PYTHON, "import panel"),
        Track("syncline", "ours", OUR_PYTHON, "import syncline"),
    ]


def median(measured: Sequence[Track], name: str) -> float | None:
    """Return a contender's median in milliseconds, if it ran."""
    return next((summary(t.milliseconds)["median"] for t in measured if t.name == name), None)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure imports."""
    measured = [one for one in tracks() if wanted(one.name, one.role, only)]
    measured = [one for one in measured if one.role != "ours" or ours_runs("syncline.kernel")]
    for _ in range(1 if quick else ROUNDS):
        for track in measured:
            track.measure()
    contenders = [
        Contender(one.name, one.role, {"import_ms": summary(one.milliseconds)}) for one in measured
    ]
    checks = [at_most("import syncline", median(measured, "syncline"), 150, " ms")]
    packages = ("ipykernel", "ipywidgets", "bokeh", "panel")
    return Result("import", TITLE, METHOD, contenders, checks, packages=packages)
