"""A contender that is dragged in JupyterLab: its notebook, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.figures import summary
from harness.result import Contender


def per_second(noted: list[tuple[float, str]]) -> float:
    """Return how often a new value was noted."""
    return (len(noted) - 1) / (noted[-1][0] - noted[0][0]) * 1e3


@dataclass
class LabTrack:
    """One contender: its lab, its notebook, and what was measured."""

    name: str
    role: str
    python: Path
    cell: str
    handle: str
    readout: str | None = None
    extensions: dict[str, bool] = field(default_factory=dict)
    floor: LabTrack | None = None
    """What is dragged in the same page, in turns with it: a floor to compare it with."""
    latency: list[float] = field(default_factory=list)
    hurried: list[float] = field(default_factory=list)
    hertz: list[float] = field(default_factory=list)
    slider_hertz: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    values: int = 0
    answers: int = 0
    echo: list[float] = field(default_factory=list)
    kernel_bytes: int = 0
    attach_bytes: int = 0

    def sides(self) -> dict[str, Any]:
        """Return where the probe finds both ends."""
        return {"handle": self.handle, "readout": self.readout}

    def add(self, noted: dict[str, list[tuple[float, str]]], *, hurried: bool) -> None:
        """Add what the page noted in one drag, at the pace of the peers or hurried."""
        moved, answered = noted["moved"], noted["answered"]
        shown_at = {value: at for at, value in moved}
        latency = self.hurried if hurried else self.latency
        latency += [at - shown_at[value] for at, value in answered if value in shown_at]
        self.values, self.answers = self.values + len(moved), self.answers + len(answered)
        if hurried and len(answered) > 1:
            self.hertz.append(per_second(answered))
            self.slider_hertz.append(per_second(moved))

    def kernel_share(self) -> float:
        """Return the part of the document's bytes that the kernel's websocket carried, in %."""
        total = self.kernel_bytes + self.attach_bytes
        return round(100 * self.kernel_bytes / total, 2) if total else 100.0

    def figures(self) -> list[Contender]:
        """Return what the result says of this contender and of the floor in its page."""
        dragged = {
            "latency_ms": summary(self.latency, 1),
            **self._of_hurry(),
            "values_shown": f"{self.answers} of {self.values}",
            "moves_per_s": summary(self.moves, 1),
            "bytes_per_value": round((self.kernel_bytes + self.attach_bytes) / self.values),
            "kernel_socket_percent": self.kernel_share(),
        }
        told = [Contender(self.name, self.role, dragged)]
        if self.echo:
            echoed = {"latency_ms": summary(self.echo, 1)}
            told.append(Contender(f"echo ({self.name})", "floor", echoed))
        return told + (self.floor.figures() if self.floor else [])

    def _of_hurry(self) -> dict[str, Any]:
        if not self.hurried:
            return {}
        return {
            "hurried_latency_ms": summary(self.hurried, 1),
            "hz": summary(self.hertz or [0], 1),
            "slider_hz": summary(self.slider_hertz or [0], 1),
        }
