"""P21: a slider is dragged while its callback takes 50 ms."""

from __future__ import annotations

import asyncio

from harness.contenders import ours_runs, wanted
from harness.drag_app import DragTrack, Noted, bokeh, play, syncline
from harness.figures import at_most, summary
from harness.result import Contender, Result

TITLE = "slider dragged in Chromium while its callback takes 50 ms"
METHOD = (
    "A drag with the mouse at 60 moves a second for one second, one way; every callback blocks "
    "Python for 50 ms, then sets the label. Settled: from the last new value at the slider to the "
    "moment the label shows that value."
)
ROUNDS = 7
SECONDS = 1.0
NAP = {"BENCH_NAP": "0.05"}


def tracks(only: frozenset[str]) -> list[DragTrack]:
    """Return the contenders of this run."""
    chosen = [one for one in (bokeh(**NAP), syncline(**NAP)) if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


def keep(track: DragTrack, noted: Noted) -> None:
    """Keep how long the last value took, and how many of them were shown."""
    moved, answered = noted["moved"], noted["answered"]
    track.keep("settled_ms", answered[-1][0] - moved[-1][0])
    track.keep("values", len(moved))
    track.keep("answers", len(answered))


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P21."""
    chosen = tracks(only)
    asyncio.run(play(chosen, 2 if quick else ROUNDS, SECONDS, keep))
    ours = next((track for track in chosen if track.role == "ours"), None)
    settled = float(summary(ours.measured["settled_ms"], 1)["median"]) if ours else None
    figures = {one.name: {k: summary(v, 0) for k, v in one.measured.items()} for one in chosen}
    return Result(
        id="P21",
        title=TITLE,
        method=METHOD,
        contenders=[Contender(one.name, one.role, figures[one.name]) for one in chosen],
        checks=[at_most("settled after the last move", settled, 120, " ms")],
        packages=("bokeh", "playwright"),
    )
