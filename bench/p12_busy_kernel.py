"""P12: slider -> kernel -> label in a real JupyterLab while a cell runs."""

from __future__ import annotations

import asyncio

from harness.figures import Check, at_most
from harness.lab_sitting import APPS, ECHO, ECHOES, PACE, Sitting, play
from harness.lab_track import LabTrack as Track
from harness.result import Result
from p11_lab_drag import PACKAGES, median, tracks

ROUNDS = 3
TITLE = "slider -> kernel -> label in JupyterLab in Chromium, dragging beside a running cell"
METHOD = (
    f"As P11, in one turn and at {PACE:g} moves a second only, while a cell runs: it changes the "
    "label, then sleeps for 6 s. The echo is a bare comm in the same page after the drag, beside "
    "the cell still, by its subshell."
)
BEGIN = """async (source) => {
  const panel = window.jupyterapp.shell.currentWidget;
  const { kernel } = panel.sessionContext.session;
  window.benchCell = kernel.requestExecute({ code: source });
  let seen = false;
  window.benchCell.onIOPub = ({ content }) => {
    if (content.execution_state === 'busy') seen = true;
  };
  while (!seen) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 200));
}"""
END = "() => window.benchCell.done.then(() => true)"


class BusySitting(Sitting):
    """One whose kernel runs a cell during the drag."""

    rates = (PACE,)

    async def begin(self, track: Track) -> None:
        """Start the cell."""
        # The document behind a floor is left alone: it would show its own label.
        cell = "lab_bare.py" if track is self.track.floor else track.cell
        cell = cell.replace("lab_", "lab_busy_")
        await self.tab.evaluate(BEGIN, (APPS / cell).read_text(encoding="utf-8"))

    async def end(self) -> list[float]:
        """Measure the floor, then wait until the cell has ended and the label shows the slider."""
        floor: list[float] = await self.tab.evaluate(ECHO, ECHOES)
        await self.tab.evaluate(END)
        await self._settle()
        return floor


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the target of P12."""
    ways = {name: by_name.get(f"syncline {name}") for name in ("attach", "comm")}
    latency = {name: median(track.latency) if track else None for name, track in ways.items()}
    return [at_most(f"{name}: latency, median", took, 12, " ms") for name, took in latency.items()]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P12."""
    chosen = tracks(only)
    asyncio.run(play(chosen, 1, 1 if quick else ROUNDS, BusySitting))
    return Result(
        id="P12",
        title=TITLE,
        method=METHOD,
        contenders=[one for track in chosen for one in track.figures()],
        checks=checks({track.name: track for track in chosen}),
        notes=[
            "Contenders are those of P11; a label that shows only when the cell has ended waited."
        ],
        packages=PACKAGES,
    )
