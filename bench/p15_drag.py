"""P15: slider -> label in a served page, dragging with the mouse."""

from __future__ import annotations

import asyncio

from harness.contenders import ours_runs, wanted
from harness.drag_app import DragTrack, Noted, bokeh, panel, play, syncline
from harness.figures import at_most, summary
from harness.result import Contender, Result

TITLE = "slider -> label in a served page in Chromium, dragging"
METHOD = (
    "Each contender's own server with an app of a slider and a text; a drag with the mouse at 60 "
    "moves a second for two seconds, one way. Latency: from the moment a value shows at the slider "
    "(for Syncline the input event) to the moment the text shows the same value."
)
ROUNDS = 6
SECONDS = 2.0


def tracks(only: frozenset[str]) -> list[DragTrack]:
    """Return the contenders of this run."""
    every = [bokeh(), bokeh("bokeh mended", BENCH_MENDED="1"), panel(), syncline()]
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs()]


def keep(track: DragTrack, noted: Noted) -> None:
    """Keep how long each value took, and how many of them were shown."""
    shown_at = {value: at for at, value in noted["moved"]}
    answered = noted["answered"]
    track.keep("latency_ms", *(at - shown_at[value] for at, value in answered if value in shown_at))
    track.keep("values", len(noted["moved"]))
    track.keep("answers", len(answered))


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P15."""
    chosen = tracks(only)
    asyncio.run(play(chosen, 2 if quick else ROUNDS, SECONDS, keep))
    ours = next((track for track in chosen if track.role == "ours"), None)
    latency = float(summary(ours.measured["latency_ms"], 2)["median"]) if ours else None
    figures = {one.name: {k: summary(v, 1) for k, v in one.measured.items()} for one in chosen}
    return Result(
        id="P15",
        title=TITLE,
        method=METHOD,
        contenders=[Contender(one.name, one.role, figures[one.name]) for one in chosen],
        checks=[at_most("latency, median", latency, 6, " ms")],
        notes=["Mended: the peer with TCP_NODELAY set on its websockets by our script."],
        packages=("bokeh", "panel", "playwright"),
    )
