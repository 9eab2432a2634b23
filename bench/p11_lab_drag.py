"""P11: slider -> kernel -> label in a real JupyterLab, dragging with the mouse."""

from __future__ import annotations

import asyncio

from harness.contenders import ours_runs, wanted
from harness.figures import Check, at_least, at_most, summary
from harness.lab_sitting import HURRY, PACE, play
from harness.lab_track import LabTrack as Track
from harness.process import OUR_PYTHON, PEERS_PYTHON, can_import
from harness.result import Result

TITLE = "slider -> kernel -> label in JupyterLab in Chromium, dragging"
METHOD = (
    "One JupyterLab and one page at a time, as a person has it; the contenders take turns twice, "
    "the second time from the last to the first. A round is two 3 s drags with the mouse, one way "
    f"each: at {PACE:g} moves a second, as the peers' figures were taken, for the latency, and at "
    f"{HURRY:g} for the Hz; the first two rounds of a page only warm it up. Latency: from the "
    "moment a value shows at the slider (the readout's change, else the input event) to the moment "
    "the label shows the same value; Hz: new labels per second while dragging. The floor is a bare "
    "comm: page, kernel, page, one message at a time, the latest value. It is dragged in our own "
    "page in turns with Syncline's comm, behind the same slider and label, which then hear nothing "
    "else; and behind a bare knob and text. The echo is the same comm between the drags, asked "
    "again as soon as it has answered."
)
TURNS = 2
ROUNDS = 2
SHOWN_HZ = 59.0
"""A display shows 60 frames a second; what a slider shows, the label is to show as well."""
PACKAGES = ("jupyterlab", "jupyter_server", "ipykernel", "ipywidgets", "tornado")
MENDED = {"bench_nodelay": True}
KNOB = "bare comm behind a knob"
SLIDER = "bare comm behind our slider"
# without its server extension the front end of Syncline uses the comm
OUR_EXTENSION = "syncline.jupyter"


def tracks(only: frozenset[str]) -> list[Track]:
    """Return the contenders of this run, in the order of a round."""
    widgets = ("lab_ipywidgets.py", ".noUi-handle", ".widget-readout")
    ours = ("lab_syncline.py", "[role=slider]")
    by_comm = {**MENDED, OUR_EXTENSION: False}
    floor = Track(SLIDER, "floor", OUR_PYTHON, *ours)
    every = [
        Track("ipywidgets", "peer", PEERS_PYTHON, *widgets),
        Track("ipywidgets mended", "peer", PEERS_PYTHON, *widgets, MENDED),
        Track(KNOB, "floor", PEERS_PYTHON, "lab_bare.py", ".bench-knob", None, MENDED),
        Track("syncline attach", "ours", OUR_PYTHON, *ours),
        Track("syncline comm", "ours", OUR_PYTHON, *ours, None, by_comm, floor),
    ]
    if can_import(OUR_PYTHON, "ipywidgets"):
        # What our server extension does for others' widgets.
        every.insert(2, Track("ipywidgets with our extension", "peer", OUR_PYTHON, *widgets))
    chosen = [one for one in every if wanted(one.name, one.role, only)]
    return [one for one in chosen if one.role != "ours" or ours_runs("syncline.jupyter")]


def median(samples: list[float] | None) -> float | None:
    """Return the median of samples, if there are any."""
    return float(summary(samples, 2)["median"]) if samples else None


def above(upper: float | None, lower: float | None) -> float | None:
    """Return by how much one figure is above another."""
    return None if upper is None or lower is None else round(upper - lower, 2)


def checks(by_name: dict[str, Track]) -> list[Check]:
    """Return the verdict on the targets of P11."""
    attach, comm = by_name.get("syncline attach"), by_name.get("syncline comm")
    floor = comm.floor if comm else None
    share = attach.kernel_share() if attach else None
    shown = None
    if attach and attach.hertz:
        pairs = zip(attach.hertz, attach.slider_hertz, strict=True)
        shown = round(100 * median([label / slider for label, slider in pairs]), 1)  # type: ignore[operator]
    over = above(median(comm.latency) if comm else None, median(floor.latency) if floor else None)
    return [
        at_most("attach: latency, median", median(attach.latency) if attach else None, 8, " ms"),
        at_least("attach: Hz", median(attach.hertz) if attach else None, SHOWN_HZ),
        at_least("attach: part of the slider's values that the label shows", shown, 98, " %"),
        at_most("attach: the kernel websocket's part of the bytes", share, 1, " %"),
        at_most("comm: latency over the bare comm behind the same slider", over, 0.5, " ms"),
        at_least("comm: Hz", median(comm.hertz) if comm else None, 40),
    ]


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P11."""
    chosen = tracks(only)
    asyncio.run(play(chosen, *((1, 1) if quick else (TURNS, ROUNDS))))
    return Result(
        id="P11",
        title=TITLE,
        method=METHOD,
        contenders=[one for track in chosen for one in track.figures()],
        checks=checks({track.name: track for track in chosen}),
        notes=[
            "Mended: TCP_NODELAY set on the kernel websocket by bench/extensions/bench_nodelay.py.",
            "slider_hz: new values at the slider; hz cannot be more, a display shows 60 a second.",
            "A value that a later one overtook has no latency; values_shown counts those shown.",
            "Syncline's comm is measured without our server extension, on the mended server.",
        ],
        packages=PACKAGES,
    )
